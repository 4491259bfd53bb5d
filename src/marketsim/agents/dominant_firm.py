"""The dominant firm: knows that its own trade moves the price, and holds back.

    part s of all that is lacking (or to spare) on the own side
    ask = max(least, expected × (1 + s/2)),   bid = min(most, expected × (1 − s/2)),   quantity × 1 / (1 + s)

With marginal costs of equal slope a single seller sells half of what a competitive one would, which is the formula at s = 1; at s = 0
it is the cost-minimising firm. The exact equilibrium is the planner's (`planner/dominant_firm.py`); this is how a firm gets near it.
Source: Hahn (1984), Market power and transferable property rights, QJE 99(4).
"""

import numpy as np

from marketsim.agents.view import BUY, SELL, Quotes, View, wanted_lots

HASTE = 2.0


def quote(view: View) -> Quotes:
    """One limit order a firm, smaller and farther from the expected price the larger its part."""
    buys = view.gap_lots > 0
    aim = view.expected_cny * (1.0 + np.where(buys, -0.5, 0.5) * view.part)
    price = np.where(buys, np.minimum(aim, view.most_cny), np.maximum(aim, view.least_cny))
    lots = np.floor(wanted_lots(view, HASTE) / (1.0 + view.part)).astype(np.int64)
    return Quotes(side=np.where(buys, BUY, SELL), price_cny=price, lots=lots)
