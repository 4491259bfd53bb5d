"""Every bidding strategy of generators by the name a scenario uses; `bid(View, memory) -> (Bids, memory)`, pure, on columns.

Source: the strategies' own files.
"""

from marketsim.agents import bid_contract_covered, bid_cournot, bid_marginal_cost, bid_mark_up, bid_roth_erev, bid_scarcity

BIDDING = {
    "contract-covered": bid_contract_covered.bid,
    "cournot": bid_cournot.bid,
    "marginal-cost": bid_marginal_cost.bid,
    "mark-up": bid_mark_up.bid,
    "roth-erev": bid_roth_erev.bid,
    "scarcity": bid_scarcity.bid,
}
