"""The cost-minimising strategy: quote around the expected price, never worse than the own marginal cost.

    bid = min(most, expected × (1 + noise)),   ask = max(least, expected × (1 + noise)),   noise in ±2 %

`most` and `least` are the firm's own marginal costs of doing without one more unit or with one unit less. Quantities
follow an inventory target along the compliance year.
Source: Rubin (1996) for marginal cost = price; Cliff (1997) for quoting with an adaptive margin.
"""

import numpy as np

from marketsim.agents.view import BUY, SELL, Quotes, View, wanted_lots

NOISE = 0.02
HASTE = 2.0


def quote(view: View) -> Quotes:
    """One limit order a firm: the gap at the expected price, within the own reservation price."""
    buys = view.gap_lots > 0
    aim = view.expected_cny * (1.0 + NOISE * (2.0 * view.draw - 1.0))
    price = np.where(buys, np.minimum(aim, view.most_cny), np.maximum(aim, view.least_cny))
    lots = wanted_lots(view, HASTE)
    return Quotes(side=np.where(buys, BUY, SELL), price_cny=price, lots=lots)
