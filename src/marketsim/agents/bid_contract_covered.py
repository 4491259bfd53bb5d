"""Bid what is already sold under contract at the floor, so that it runs, and the rest at a marked-up cost.

Contracted output earns its contract price whatever the spot price is, so a covered generator gains nothing from a high price on it.
Source: Allaz and Vila (1993), Journal of Economic Theory 59; Wolak (2000), International Economic Journal 14(2).
"""

import numpy as np

from marketsim.agents.bidding import Bids, View

MARK_UP_PPM = 100_000


def bid(view: View, memory: np.ndarray) -> tuple[Bids, np.ndarray]:
    """Two offers a unit: the contracted part at the floor, the rest at cost + 10 %; keeps no memory."""
    covered = np.minimum(view.contracted_kwh, view.available_kwh)
    dear = np.clip(view.cost_tick + view.cost_tick * MARK_UP_PPM // 1_000_000, view.floor_tick, view.cap_tick)
    unit = np.arange(len(covered))
    return Bids(unit=np.concatenate([unit, unit]), tick=np.concatenate([np.full(len(unit), view.floor_tick), dear]),
                kwh=np.concatenate([covered, view.available_kwh - covered])), memory  # fmt: skip
