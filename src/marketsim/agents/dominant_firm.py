"""The dominant firm: plans its measures at marginal revenue instead of the price, because its own trade moves the price.

    felt price = p · f,   f = 1 + n(f) / A        n = what it lacks over the year (below zero: has to spare) if it takes what pays at p · f
                                                   A = what all others save at the prices they expect

With others whose marginal cost rises in proportion to what they save, p / A is the slope by which its trade moves the price: a seller feels less than the
price, saves less and sells less; a buyer feels more and saves more itself. Without a net trade it is the cost-minimising firm. It quotes as that one does:
what moves the price is how little it brings to market. `planner/dominant_firm.py` has the exact equilibrium.
Source: Hahn (1984), Market power and transferable property rights, QJE 99(4).
"""

from collections.abc import Callable

import numpy as np

from marketsim.agents import cost_minimising
from marketsim.agents.view import Quotes, View

HALVINGS = 20
MOST = 3.0
"""Largest factor: who buys twice what all others save can expect no more of them."""


def quote(view: View) -> Quotes:
    """One limit order a firm, as the cost-minimising one; its plans are what is different."""
    return cost_minimising.quote(view)


def factor(lacking: Callable[[np.ndarray], np.ndarray], others: np.ndarray) -> np.ndarray:
    """The factor f of each firm by halving, (firms,): `lacking(f)` falls as f rises; `others` is what all others save, (firms,)."""
    low, high = np.zeros(len(others)), np.full(len(others), MOST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = 1.0 + lacking(middle) / np.maximum(others, 1e-9) > middle
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return high
