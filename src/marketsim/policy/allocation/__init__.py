"""Rules that hand out rights: who gets how many, free or for sale."""

from marketsim.policy.allocation import (
    auction,
    benchmarking,
    grandfathering,
    historical_intensity,
    output_based,
    per_head,
    per_value_added,
)
from marketsim.policy.allocation.claimants import Claimants
from marketsim.policy.allocation.tranche import first_tranche, true_up
from marketsim.policy.rule import table

__all__ = ["RULES", "Claimants", "first_tranche", "true_up"]

RULES = table(
    grandfathering.RULE,
    historical_intensity.RULE,
    benchmarking.RULE,
    output_based.RULE,
    per_head.RULE,
    per_value_added.RULE,
    auction.RULE,
)
