"""Rules that keep a market steady: price limits, floor and ceiling, reserve, position limits."""

from marketsim.policy.rule import table
from marketsim.policy.stability import price_band
from marketsim.policy.stability.price_band import Close

__all__ = ["RULES", "Close"]

RULES = table(price_band.RULE)
