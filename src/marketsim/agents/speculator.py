"""The speculator: follows the trend of the price as long as the price is not far from what it has been.

    average ← average + 0.1 (last − average),   long average ← long average + 0.01 (last − long average)
    buys if last > 1.01 average and last < 1.2 long average;   sells if last < 0.99 average or last > 1.3 long average
    bid = last × (1 + 0.01 u),   ask = last × (1 − 0.01 u),   u uniform;   5 % of cash or a quarter of the holding at a time

What the own obligation needs is left to others: with a gap to close it never sells.
Source: Chiarella and Iori (2002), A simulation analysis of the microstructure of double auction markets, Quantitative Finance 2(5).
"""

import numpy as np

from marketsim.agents.view import BUY, SELL, Quotes, View, within_means

LEARNS, LEARNS_SLOWLY, TREND, CROSSES = 0.1, 0.01, 0.01, 0.01
CHEAP, DEAR = 1.2, 1.3
STAKE, SHEDS = 0.05, 0.25


def quote(view: View) -> Quotes:
    """One limit order a firm when there is a trend, none otherwise."""
    average, long = np.where(np.isnan(view.memory), view.last_cny, view.memory)
    average, long = average + LEARNS * (view.last_cny - average), long + LEARNS_SLOWLY * (view.last_cny - long)
    buys = (view.last_cny > (1.0 + TREND) * average) & (view.last_cny < CHEAP * long)
    sells = ((view.last_cny < (1.0 - TREND) * average) | (view.last_cny > DEAR * long)) & (view.gap_lots <= 0) & ~buys
    stake = STAKE * view.cash_cny / (max(view.last_cny, 0.01) * view.units_per_lot)
    wanted = np.where(buys, stake, np.where(sells, np.ceil(SHEDS * view.sellable_lots), 0.0)).astype(np.int64)
    reach = CROSSES * view.draw
    price = view.last_cny * np.where(buys, 1.0 + reach, 1.0 - reach)
    price = np.where(buys, np.minimum(price, view.most_cny), np.maximum(price, view.least_cny))
    return Quotes(side=np.where(buys, BUY, SELL), price_cny=price, lots=within_means(view, buys, wanted), memory=np.stack([average, long]))
