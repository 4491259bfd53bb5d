"""How firms decide: what they expect, what they quote and which measures they take; one file a strategy."""

from marketsim.agents import (
    cost_minimising,
    deadline_driven,
    dominant_firm,
    gjerstad_dickhaut,
    hold_until_verified,
    market_maker,
    speculator,
    zero_intelligence,
    zero_intelligence_plus,
    zero_intelligence_unconstrained,
)

STRATEGIES = {
    "cost-minimising": cost_minimising.quote,
    "deadline-driven": deadline_driven.quote,
    "dominant-firm": dominant_firm.quote,
    "gjerstad-dickhaut": gjerstad_dickhaut.quote,
    "hold-until-verified": hold_until_verified.quote,
    "market-maker": market_maker.quote,
    "speculator": speculator.quote,
    "zero-intelligence": zero_intelligence.quote,
    "zero-intelligence-plus": zero_intelligence_plus.quote,
    "zero-intelligence-unconstrained": zero_intelligence_unconstrained.quote,
}
"""Every strategy by the name a scenario uses: `quote(View) -> Quotes`, pure, on columns."""

DEALERS = ("market-maker", "speculator")
"""Strategies that buy without lacking anything."""
