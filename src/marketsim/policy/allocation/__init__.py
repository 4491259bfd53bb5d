"""Rules that hand out rights: who gets how many, free or for sale, and who must buy or may sell."""

from marketsim.policy.allocation import (
    adjusted_history,
    auction,
    benchmarking,
    by_sector,
    ex_post_band,
    grandfathering,
    historical_intensity,
    hybrid,
    national_power,
    new_entrant,
    output_based,
    per_area,
    per_head,
    per_value_added,
    priority,
    purchase_above_line,
    purchase_by_factor,
    sellable,
)
from marketsim.policy.allocation.claimants import Claimants, Entrants, Plants, Verified
from marketsim.policy.allocation.parts import Part
from marketsim.policy.allocation.tranche import first_tranche, true_up
from marketsim.policy.rule import table

__all__ = ["RULES", "Claimants", "Entrants", "Part", "Plants", "Verified", "first_tranche", "true_up"]

RULES = table(
    grandfathering.RULE,
    historical_intensity.RULE,
    benchmarking.RULE,
    output_based.RULE,
    national_power.RULE,
    adjusted_history.RULE,
    per_area.RULE,
    per_head.RULE,
    per_value_added.RULE,
    priority.RULE,
    hybrid.RULE,
    by_sector.RULE,
    new_entrant.RULE,
    ex_post_band.RULE,
    auction.RULE,
    purchase_above_line.RULE,
    purchase_by_factor.RULE,
    sellable.RULE,
)
