"""Peers of the matching core behind one face: play so many timed messages of a tape, answer CPU seconds and trades.

bourse needs `set_time` before every order, or it trades wrongly without a word. Its NumPy batch shuffles the messages of
a step, so only its rate is compared. liquibook keeps listeners alive by hand. The pure-Python book is a sorted list of
prices over first-in first-out queues.

Source: bourse 0.4.0 and liquibook 2.0.1 from PyPI, their own documentation.
"""

import time
from collections import OrderedDict

import numpy as np
from sortedcontainers import SortedDict

from marketsim.lab.bench_matching import Tape

NAMES = ("kind", "side", "tick", "lots", "oid", "owner", "book")


def rows_of(tape: Tape, messages: int) -> list[tuple]:
    """The untimed rows and `messages` timed ones as tuples of Python integers."""
    columns = [getattr(tape.messages, name)[: tape.fill + messages].tolist() for name in NAMES]
    return list(zip(*columns, strict=True))


def timed(handle, rows: list[tuple], fill: int) -> float:
    """CPU seconds of the rows after `fill`."""
    for row in enumerate(rows[:fill]):
        handle(*row)
    begin = time.thread_time()
    for row in enumerate(rows[fill:], fill):
        handle(*row)
    return time.thread_time() - begin


def bourse_per_order(tape: Tape, rows: list[tuple]) -> tuple[float, int]:
    """bourse's order book, one call an order."""
    import bourse

    books = [bourse.core.OrderBook(0, True) for _ in range(tape.books)]
    where: dict[int, tuple] = {}

    def handle(now: int, row: tuple) -> None:
        kind, side, tick, lots, oid, owner, book = row
        if kind == 1:
            home, theirs = where[oid]
            home.set_time(now)
            home.cancel_order(theirs)
            return
        home = books[book]
        home.set_time(now)
        placed = home.place_order(side == 0, lots, owner) if kind == 2 else home.place_order(side == 0, lots, owner, price=tick)
        where[oid] = (home, placed)

    seconds = timed(handle, rows, tape.fill)
    return seconds, sum(len(home.get_trades()) for home in books)


def bourse_batch(tape: Tape, step: int) -> float:
    """CPU seconds of bourse's NumPy environment for one book and the whole tape, `step` messages at a time.

    It shuffles a step: in one that is not small beside the live orders, cancels come before the orders they name, and do nothing.
    """
    import bourse

    rows = {name: getattr(tape.messages, name) for name in NAMES}
    new = rows["kind"] != 1
    theirs = np.cumsum(new) - 1
    own = np.zeros(int(rows["oid"].max()) + 1, np.uint64)
    own[rows["oid"][new]] = theirs[new]
    price = np.where(rows["kind"] == 2, np.where(rows["side"] == 0, tape.ticks, 1), rows["tick"]).astype(np.uint32)
    columns = (np.where(new, 1, 2).astype(np.uint32), rows["side"] == 0, rows["lots"].astype(np.uint32),
               rows["owner"].astype(np.uint32), price, own[rows["oid"]])
    env = bourse.core.StepEnvNumpy(1, 0, 1, 1_000_000)
    spent = 0.0
    for first in range(0, len(new), step):
        part = tuple(np.ascontiguousarray(column[first:first + step]) for column in columns)
        begin = time.thread_time()
        env.submit_instructions(part)
        env.step()
        spent += time.thread_time() - begin if first >= tape.fill else 0.0
    return spent


def liquibook_per_order(tape: Tape, rows: list[tuple]) -> tuple[float, int]:
    """liquibook's depth book, one call an order; trades −1: it does not say."""
    import liquibook

    books = [liquibook.DepthOrderBook() for _ in range(tape.books)]
    where: dict[int, tuple] = {}

    def handle(_now: int, row: tuple) -> None:
        kind, side, tick, lots, oid, _, book = row
        if kind == 1:
            home, order = where[oid]
            home.cancel(order)
            return
        order = liquibook.SimpleOrder(side == 0, 0 if kind == 2 else tick, lots)
        where[oid] = (books[book], order)
        books[book].add(order, liquibook.oc_immediate_or_cancel if kind == 2 else liquibook.oc_no_conditions)

    return timed(handle, rows, tape.fill), -1


class PythonBook:
    """Price levels in a SortedDict, each an ordered dict from id to lots."""

    def __init__(self) -> None:
        self.sides = (SortedDict(), SortedDict())
        self.where: dict[int, tuple] = {}
        self.trades = 0

    def handle(self, _now: int, row: tuple) -> None:
        """One message."""
        kind, side, tick, lots, oid, _, _ = row
        if kind == 1:
            found = self.where.pop(oid, None)
            if found:
                levels, key = found
                del levels[key][oid]
                if not levels[key]:
                    del levels[key]
            return
        sign = 1 if side else -1  # keys ascend from the best price on both sides
        lots = self.take(self.sides[1 - side], None if kind == 2 else -sign * tick, lots)
        if lots and kind == 0:
            self.sides[side].setdefault(sign * tick, OrderedDict())[oid] = lots
            self.where[oid] = (self.sides[side], sign * tick)

    def take(self, levels: SortedDict, limit: int | None, lots: int) -> int:
        """Meet the other side; returns what is left."""
        while lots and levels:
            key, queue = levels.peekitem(0)
            if limit is not None and key > limit:
                break
            oid, shown = next(iter(queue.items()))
            self.trades += 1
            if shown > lots:
                queue[oid] = shown - lots
                return 0
            lots -= shown
            del queue[oid], self.where[oid]
            if not queue:
                del levels[key]
        return lots


def python_per_order(tape: Tape, rows: list[tuple]) -> tuple[float, int]:
    """The pure-Python book."""
    books = [PythonBook() for _ in range(tape.books)]
    seconds = timed(lambda now, row: books[row[6]].handle(now, row), rows, tape.fill)
    return seconds, sum(book.trades for book in books)
