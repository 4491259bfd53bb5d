"""One trading day of one right at one venue: an opening call auction, then continuous price-time trading.

Every order is good for the day. The order book is `matching`'s; this file turns its trades back into columns of accounts.
Source: rules of the Chinese carbon exchanges: opening auction, continuous listing, daily price band (domain study §2).
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.orders import Orders, Trades
from marketsim.matching import day


@dataclass(frozen=True, kw_only=True)
class Session:
    """What a day brought: trades, the rows of their orders (trades,), lots filled of each order (orders,), the close (volume-weighted, or the old one)."""

    trades: Trades
    buy: np.ndarray
    sell: np.ndarray
    filled_lots: np.ndarray
    close_tick: int
    open_tick: int | None


def trade_day(orders: Orders, low_tick: int, high_tick: int, reference_tick: int, call_orders: int) -> Session:
    """Run the day: the first `call_orders` rows meet in the call auction, the others arrive one by one after it.

    Ticks outside the band [low_tick, high_tick] are the caller's mistake and are refused by the book.
    """
    n = len(orders)
    done = day.trade(orders.side, orders.tick, orders.lots, call_orders, (low_tick, high_tick), reference_tick)
    trades = Trades(buyer=orders.owner[done.buy], seller=orders.owner[done.sell], tick=done.tick, lots=done.lots)
    filled = np.bincount(done.buy, weights=done.lots, minlength=n) + np.bincount(done.sell, weights=done.lots, minlength=n)
    total = int(done.lots.sum())
    # a volume-weighted close rounds half up in integers; without a trade yesterday's stands
    close = (2 * int((done.tick * done.lots).sum()) + total) // (2 * total) if total else reference_tick
    return Session(trades=trades, buy=done.buy, sell=done.sell, filled_lots=filled.astype(np.int64), close_tick=close, open_tick=done.open_tick)
