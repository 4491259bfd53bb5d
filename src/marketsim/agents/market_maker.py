"""The market maker: quotes both sides of the last price in turn and leans against its own inventory.

    inventory share i = worth of holding / (worth of holding + size of an order), an order being 2 % of all it has
    middle m = last × (1 − 0.1 i),   bid = m × 0.99,   ask = m × 1.01

It cannot sell short, so the inventory it wishes for is none: full of rights it asks for less, but without any it never bids above the last price.

Which side is quoted today is drawn, a buy with chance 1 − i. Its own obligation is covered first.
Source: Ho and Stoll (1981), Optimal dealer pricing under transactions and return uncertainty, J. Financial Economics 9(1).
"""

import numpy as np

from marketsim.agents.view import BUY, SELL, Quotes, View, within_means

HALF_SPREAD, LEAN, SIZE = 0.01, 0.1, 0.02


def quote(view: View) -> Quotes:
    """One limit order a firm, now a bid, now an ask."""
    unit_cny = max(view.last_cny, 0.01) * view.units_per_lot
    worth = view.sellable_lots * unit_cny
    size = SIZE * (worth + view.cash_cny)
    share = worth / np.maximum(worth + size, unit_cny)
    buys = (view.draw < 1.0 - share) | (view.gap_lots > 0)
    middle = view.last_cny * (1.0 - LEAN * share)
    price = np.where(
        buys, np.minimum(middle * (1.0 - HALF_SPREAD), view.most_cny), np.maximum(middle * (1.0 + HALF_SPREAD), view.least_cny)
    )
    wanted = np.ceil(size / unit_cny).astype(np.int64)
    return Quotes(side=np.where(buys, BUY, SELL), price_cny=price, lots=within_means(view, buys, wanted))
