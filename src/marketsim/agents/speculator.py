"""The speculator: follows the trend of the price as long as the price is not far from what it has been.

    average ← average + 0.1 (last − average),   long average ← long average + 0.01 (last − long average)
    buys if last > 1.01 average and last < 1.2 long average;   sells if last < 0.99 average or last > 1.3 long average
    bid = last × (1 + 0.01 u),   ask = last × (1 − 0.01 u),   u uniform;   sells a quarter of its holding at a time, and
    buys 2 % of the lots sent a day by whom the right covers, at most 5 % of its cash

It buys no more with five orders' worth in hand, and from 60 sessions before the surrender on, where a kept right is worth nothing; then it sells whatever the
trend. A firm that the right covers trades what it lacks, or has to spare beyond those five, as the cost-minimising one does.
Source: Chiarella and Iori (2002), A simulation analysis of the microstructure of double auction markets, Quantitative Finance 2(5).
"""

import numpy as np

from marketsim.agents import cost_minimising
from marketsim.agents.view import BUY, MOST_ORDERS, SELL, Quotes, View, beside_need, within_means

LEARNS, LEARNS_SLOWLY, TREND, CROSSES = 0.1, 0.01, 0.01, 0.01
CHEAP, DEAR = 1.2, 1.3
STAKE, SHEDS, CLOSES = 0.05, 0.25, 60


def quote(view: View) -> Quotes:
    """One limit order a firm when there is a trend, none otherwise."""
    average, long = np.where(np.isnan(view.memory), view.last_cny, view.memory)
    average, long = average + LEARNS * (view.last_cny - average), long + LEARNS_SLOWLY * (view.last_cny - long)
    size, held = beside_need(view)
    closes, full = (view.sessions_left <= CLOSES) & (view.least_cny <= 0), held >= MOST_ORDERS * size
    buys = (view.last_cny > (1.0 + TREND) * average) & (view.last_cny < CHEAP * long) & ~closes & ~full
    sells = ((view.last_cny < (1.0 - TREND) * average) | (view.last_cny > DEAR * long) | closes) & ~buys
    stake = np.minimum(STAKE * view.cash_cny / (max(view.last_cny, 0.01) * view.units_per_lot), size)
    wanted = np.where(buys, stake, np.where(sells, np.ceil(SHEDS * held), 0.0)).astype(np.int64)
    reach = CROSSES * view.draw
    price = view.last_cny * np.where(buys, 1.0 + reach, 1.0 - reach)
    price = np.where(buys, np.minimum(price, view.most_cny), np.maximum(price, view.least_cny))
    own, plain = cost_minimising.quote(view), view.covered & ((view.gap_lots > 0) | (held > MOST_ORDERS * size))
    return Quotes(
        side=np.where(plain, own.side, np.where(buys, BUY, SELL)), price_cny=np.where(plain, own.price_cny, price),
        lots=np.where(plain, own.lots, within_means(view, buys, wanted)), memory=np.stack([average, long]),
    )  # fmt: skip
