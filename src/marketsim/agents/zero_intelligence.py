"""The zero-intelligence constrained strategy (ZI-C): a random price at which the trade does not lose money.

    bid ~ U[low, most],   ask ~ U[least, high],   within the price band of the day

Source: Gode and Sunder (1993), Allocative efficiency of markets with zero-intelligence traders, JPE 101(1).
"""

import numpy as np

from marketsim.agents.view import BUY, SELL, Quotes, View, wanted_lots

HASTE = 2.0


def quote(view: View) -> Quotes:
    """One limit order a firm, at a uniformly drawn price between its reservation price and the end of the band."""
    buys = view.gap_lots > 0
    floor = np.where(buys, view.low_cny, np.maximum(view.low_cny, view.least_cny))
    top = np.where(buys, np.minimum(view.high_cny, view.most_cny), view.high_cny)
    lots = np.where(top >= floor, wanted_lots(view, HASTE), 0)
    price = floor + view.draw * np.maximum(top - floor, 0.0)
    return Quotes(side=np.where(buys, BUY, SELL), price_cny=price, lots=lots)
