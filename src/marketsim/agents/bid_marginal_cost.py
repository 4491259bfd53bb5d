"""Bid at variable cost: price = cost, quantity = all that is available.

Source: the competitive benchmark; e.g. Stoft, Power System Economics (2002), ch. 2-1.
"""

import numpy as np

from marketsim.agents.bidding import Bids, View, one_bid


def bid(view: View, memory: np.ndarray) -> tuple[Bids, np.ndarray]:
    """One offer a unit at cost; keeps no memory."""
    return one_bid(view, view.cost_tick), memory
