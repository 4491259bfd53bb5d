"""How firms decide: what they expect, what they quote and which measures they take; one file a strategy."""

from marketsim.agents import cost_minimising, zero_intelligence

STRATEGIES = {
    "cost-minimising": cost_minimising.quote,
    "zero-intelligence": zero_intelligence.quote,
}
"""Every strategy by the name a scenario uses: `quote(View) -> Quotes`, pure, on columns."""
