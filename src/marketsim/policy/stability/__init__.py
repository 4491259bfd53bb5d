"""Rules that keep a market steady: price limits, floor and ceiling, reserve, position limits."""

from marketsim.policy.rule import table
from marketsim.policy.stability import position_limits, price_band, reserve_triggers, standing_offers
from marketsim.policy.stability.intervention import Intervention, Market
from marketsim.policy.stability.price_band import Close

__all__ = ["RULES", "Close", "Intervention", "Market"]

RULES = table(price_band.RULE, standing_offers.RULE, reserve_triggers.RULE, position_limits.RULE)
