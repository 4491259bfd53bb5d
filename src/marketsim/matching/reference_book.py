"""What the plain engine keeps: orders, and per book two dicts from tick to a queue, oldest order first.

Source: Gould et al. (2013), Limit order books, Quantitative Finance 13(11).
"""

from bisect import insort

from marketsim.matching import face
from marketsim.matching.face import BUY


class LiveOrder:
    """An order while it lives; `lots` shown, `hidden` behind them, `peak` shown after a refill."""

    __slots__ = ("book", "hidden", "lots", "oid", "owner", "peak", "side", "tick")

    def __init__(self, book: int, owner: int, side: int, tick: int, lots: int) -> None:
        self.oid, self.hidden, self.peak = -1, 0, 0
        self.book, self.owner, self.side, self.tick, self.lots = book, owner, side, tick, lots


class Book:
    """One order book: `queues[side][tick]` and the sorted ticks that have a queue."""

    def __init__(self) -> None:
        self.phase = face.CLOSED
        self.low, self.high = 0, -1
        self.block_low, self.block_high, self.block_lots = 0, -1, 1
        self.queues: tuple[dict, dict] = ({}, {})
        self.ticks: tuple[list, list] = ([], [])
        self.draws = 0

    def best(self, side: int) -> int | None:
        """Best tick of a side, None when it is empty."""
        ticks = self.ticks[side]
        return (ticks[-1] if side == BUY else ticks[0]) if ticks else None

    def best_first(self, side: int) -> list[int]:
        """Occupied ticks of a side, best first."""
        return self.ticks[side][::-1] if side == BUY else self.ticks[side][:]

    def append(self, order: LiveOrder) -> None:
        """Put an order at the end of its queue."""
        queue = self.queues[order.side].get(order.tick)
        if queue is None:
            queue = self.queues[order.side][order.tick] = {}
            insort(self.ticks[order.side], order.tick)
        queue[order.oid] = order

    def remove(self, order: LiveOrder) -> None:
        """Take an order out of its queue."""
        queue = self.queues[order.side][order.tick]
        del queue[order.oid]
        if not queue:
            del self.queues[order.side][order.tick]
            self.ticks[order.side].remove(order.tick)

    def to_back(self, order: LiveOrder) -> None:
        """Move an order to the end of its queue."""
        queue = self.queues[order.side][order.tick]
        queue[order.oid] = queue.pop(order.oid)
