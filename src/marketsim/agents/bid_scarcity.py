"""Bid a mark-up that grows as capacity becomes scarce: nothing up to 80 % use, the whole way to the cap at 100 %.

price = cost + (cap − cost) · s², s = max(0, (load / capacity − 0.8) / 0.2), at most 1.
Source: capacity-constrained mark-ups as in the residual supply index regressions of Sheffrin (2002), CAISO; form by judgement.
"""

import numpy as np

from marketsim.agents.bidding import Bids, View, one_bid

FREE_PPM = 800_000


def bid(view: View, memory: np.ndarray) -> tuple[Bids, np.ndarray]:
    """One offer a unit; keeps no memory."""
    capacity = max(int(view.available_kwh.sum()), 1)
    use_ppm = min(view.load_kwh * 1_000_000 // capacity, 1_000_000)
    scarce_ppm = max(0, use_ppm - FREE_PPM) * 1_000_000 // (1_000_000 - FREE_PPM)
    return one_bid(view, view.cost_tick + (view.cap_tick - view.cost_tick) * (scarce_ppm * scarce_ppm // 1_000_000) // 1_000_000), memory
