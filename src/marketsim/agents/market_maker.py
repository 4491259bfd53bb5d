"""The market maker: quotes both sides of the last price in turn and leans against its own inventory.

    size of an order s = 2 % of the lots sent a day by whom the right covers, at least one lot
    inventory limit L = 5 s,  melting from 60 to 20 sessions before the surrender to nothing where a kept right is worth nothing
    inventory share i = what it holds beyond its own need / L, at most 1
    middle m = last × (1 − 0.01 i),   bid = m × 0.99,   ask = m × 1.01

Which side is quoted today is drawn, a buy with chance 1 − i. It cannot sell short, so the inventory it wishes for is none; once its limit has melted it
sells as the cost-minimising firm does. So does a firm that the right covers with what it lacks or has to spare beyond the limit.
Source: Ho and Stoll (1981), Optimal dealer pricing under transactions and return uncertainty, J. Financial Economics 9(1).
"""

from dataclasses import replace

import numpy as np

from marketsim.agents import cost_minimising
from marketsim.agents.view import BUY, MOST_ORDERS, SELL, Quotes, View, beside_need, within_means

HALF_SPREAD, LEAN = 0.01, 0.01
CLOSES, CLOSED = 60, 20


def quote(view: View) -> Quotes:
    """One limit order a firm, now a bid, now an ask."""
    size, held = beside_need(view)
    melted = min(1.0, max(view.sessions_left - CLOSED, 0) / (CLOSES - CLOSED))
    limit = np.where(view.least_cny > 0, 1.0, melted) * MOST_ORDERS * size
    deals = (limit > 0) & ~(view.covered & ((view.gap_lots > 0) | (held > limit)))
    share = np.where(held < limit, held / np.maximum(limit, 1.0), 1.0)
    buys = view.draw < 1.0 - share
    middle = view.last_cny * (1.0 - LEAN * share)
    price = np.where(
        buys, np.minimum(middle * (1.0 - HALF_SPREAD), view.most_cny), np.maximum(middle * (1.0 + HALF_SPREAD), view.least_cny)
    )
    own, lots = cost_minimising.quote(view), np.where(buys, size, np.minimum(np.maximum(size, np.ceil(held / MOST_ORDERS)), held)).astype(np.int64)
    return replace(
        own, side=np.where(deals, np.where(buys, BUY, SELL), own.side), price_cny=np.where(deals, price, own.price_cny),
        lots=np.where(deals, within_means(view, buys, lots), own.lots),
    )  # fmt: skip
