"""Bid cost plus a mark-up that rises after hours in which all was sold and falls after hours in which nothing was.

price = cost · (1 + m); m ← m + step if sold out, m − step if unsold, kept in 0 … largest; m is memory in parts per million.
Source: naive profit-seeking bidders as in Bower and Bunn (2000), The Energy Journal 21(3), their rules in short.
"""

import numpy as np

from marketsim.agents.bidding import Bids, View, one_bid

STEP_PPM, LARGEST_PPM = 10_000, 1_000_000


def first_memory(units: int) -> np.ndarray:
    """No mark-up to begin with: (units,) int64 ppm."""
    return np.zeros(units, np.int64)


def bid(view: View, memory: np.ndarray) -> tuple[Bids, np.ndarray]:
    """One offer a unit at its marked-up cost; memory (units,) int64 ppm."""
    able = view.available_kwh > 0
    sold_out = able & (view.last_award_kwh >= view.available_kwh) & (view.last_price_tick > view.last_bid_tick)
    unsold = able & (view.last_award_kwh == 0)
    mark_up = np.clip(memory + STEP_PPM * (sold_out.astype(np.int64) - unsold), 0, LARGEST_PPM)
    return one_bid(view, view.cost_tick + view.cost_tick * mark_up // 1_000_000), mark_up
