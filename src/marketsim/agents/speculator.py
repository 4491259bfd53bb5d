"""The speculator: follows the trend of the price, buys while it rises and sells what it holds when it turns.

    average ← average + 0.1 (last − average);   buys if last > 1.01 average, sells if last < 0.99 average
    bid = last × (1 + 0.01 u),   ask = last × (1 − 0.01 u),   u uniform;   5 % of cash or a quarter of the holding at a time

What the own obligation needs is left to others: with a gap to close it never sells.
Source: Chiarella and Iori (2002), A simulation analysis of the microstructure of double auction markets, Quantitative Finance 2(5).
"""

import numpy as np

from marketsim.agents.view import BUY, SELL, Quotes, View, within_means

LEARNS, TREND, CROSSES = 0.1, 0.01, 0.01
STAKE, SHEDS = 0.05, 0.25


def quote(view: View) -> Quotes:
    """One limit order a firm when there is a trend, none otherwise."""
    average = np.where(np.isnan(view.memory[0]), view.last_cny, view.memory[0])
    average = average + LEARNS * (view.last_cny - average)
    buys = view.last_cny > (1.0 + TREND) * average
    sells = (view.last_cny < (1.0 - TREND) * average) & (view.gap_lots <= 0)
    stake = STAKE * view.cash_cny / (max(view.last_cny, 0.01) * view.units_per_lot)
    wanted = np.where(buys, stake, np.where(sells, np.ceil(SHEDS * view.sellable_lots), 0.0)).astype(np.int64)
    reach = CROSSES * view.draw
    price = view.last_cny * np.where(buys, 1.0 + reach, 1.0 - reach)
    price = np.where(buys, np.minimum(price, view.most_cny), np.maximum(price, view.least_cny))
    return Quotes(
        side=np.where(buys, BUY, SELL), price_cny=price, lots=within_means(view, buys, wanted), memory=np.stack([average, np.zeros_like(average)])
    )
