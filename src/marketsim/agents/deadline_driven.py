"""The deadline-driven strategy: nothing until the surrender comes near, then whatever price it takes.

    starts at sessions_left ≤ 45;   impatience h = 1 − sessions_left / 45
    bid = min(most, expected × (1 + 0.9 h)),   ask = max(least, expected × (1 − 0.9 h))

The whole gap is quoted over the looks that are left. A surplus is offered under pressure of the deadline too: it can be banked, but
a firm that never trades but to comply closes its books with the year.
Source: the rush before the surrender of the Chinese pilots, China Policy Journal 1(1), 2018, Table 4 and its discussion.
"""

import numpy as np

from marketsim.agents.view import BUY, SELL, Quotes, View, wanted_lots

STARTS = 45
PRESSURE = 0.9
HASTE = 2.0


def quote(view: View) -> Quotes:
    """One limit order a firm within the last sessions, none before."""
    buys = view.gap_lots > 0
    impatience = PRESSURE * (1.0 - min(view.sessions_left / STARTS, 1.0))
    price = np.where(
        buys, np.minimum(view.expected_cny * (1.0 + impatience), view.most_cny), np.maximum(view.expected_cny * (1.0 - impatience), view.least_cny)
    )
    lots = wanted_lots(view, HASTE) if view.sessions_left <= STARTS else np.zeros(len(buys), dtype=np.int64)
    return Quotes(side=np.where(buys, BUY, SELL), price_cny=price, lots=lots)
