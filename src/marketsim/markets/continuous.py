"""One trading day of one right at one venue: an opening call auction, then continuous price-time trading.

Every order is good for the day. The order book is `matching`'s; this file turns a day's orders into its messages and the
trade log back into columns of accounts.
Source: rules of the Chinese carbon exchanges: opening auction, continuous listing, daily price band (domain study §2).
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.orders import BUY, Orders, Trades
from marketsim.matching.face import CALL, CONTINUOUS, LIMIT, Messages, Rules
from marketsim.matching.reference import Engine

MANY = 500
"""Orders of a day from which the compiled book is worth its start; both books give the same trades."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """What a day brought: trades, lots filled of each order (orders,), the close (volume-weighted, or the old one)."""

    trades: Trades
    filled_lots: np.ndarray
    close_tick: int
    open_tick: int | None


def trade_day(orders: Orders, low_tick: int, high_tick: int, reference_tick: int, call_orders: int) -> Session:
    """Run the day: the first `call_orders` rows meet in the call auction, the others arrive one by one after it.

    Ticks outside the band [low_tick, high_tick] are the caller's mistake and are refused by the book.
    """
    n = len(orders)
    owners = int(orders.owner.max()) + 1 if n else 1
    engine = _engine(n)(Rules(ticks=high_tick - low_tick + 1, books=1, orders=max(n, 1), owners=owners))
    engine.open_day(0, low_tick, high_tick)
    engine.phase(0, CALL)
    _send(engine, orders, slice(0, call_orders))
    opening = engine.cross(0, reference_tick)
    engine.phase(0, CONTINUOUS)
    _send(engine, orders, slice(call_orders, n))
    log = engine.trades
    taker_buys = log.taker_side == BUY
    lots = log.lots.astype(np.int64)
    trades = Trades(
        buyer=np.where(taker_buys, log.taker_owner, log.maker_owner).astype(np.int64),
        seller=np.where(taker_buys, log.maker_owner, log.taker_owner).astype(np.int64),
        tick=log.tick.astype(np.int64),
        lots=lots,
    )
    filled = np.bincount(log.taker_oid, weights=lots, minlength=n) + np.bincount(log.maker_oid, weights=lots, minlength=n)
    total = int(lots.sum())
    # a volume-weighted close rounds half up in integers; without a trade yesterday's stands
    close = (2 * int((trades.tick * lots).sum()) + total) // (2 * total) if total else reference_tick
    return Session(trades=trades, filled_lots=filled[:n].astype(np.int64), close_tick=close, open_tick=opening.tick)


def _engine(orders: int) -> type:
    if orders < MANY:
        return Engine
    from marketsim.matching.core import Engine as Compiled

    return Compiled


def _send(engine: Engine, orders: Orders, rows: slice) -> None:
    """Hand a stretch of the day's orders to the book; an order's id is its row."""
    ids = np.arange(len(orders))[rows]
    engine.submit_batch(Messages(
        kind=np.full(len(ids), LIMIT), side=orders.side[rows], tick=orders.tick[rows], lots=orders.lots[rows], oid=ids,
        owner=orders.owner[rows], book=np.zeros(len(ids), dtype=np.int64)))  # fmt: skip
