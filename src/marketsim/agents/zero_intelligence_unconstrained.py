"""The zero-intelligence unconstrained strategy (ZI-U): any price of the day, whatever it costs.

    bid, ask ~ U[low, high] of the price band; what is lacking is bought, what is to spare is sold

It bounds from below what a market does without any sense of its traders.
Source: Gode and Sunder (1993), Allocative efficiency of markets with zero-intelligence traders, JPE 101(1).
"""

import numpy as np

from marketsim.agents.view import BUY, SELL, Quotes, View, wanted_lots

HASTE = 2.0


def quote(view: View) -> Quotes:
    """One limit order a firm, at a price drawn from the whole band."""
    price = view.low_cny + view.draw * (view.high_cny - view.low_cny)
    return Quotes(side=np.where(view.gap_lots > 0, BUY, SELL), price_cny=price, lots=wanted_lots(view, HASTE))
