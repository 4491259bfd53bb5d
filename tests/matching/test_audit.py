"""The audit of the compiled core's memory names every invariant that somebody breaks by hand."""

import pytest

from marketsim.matching import audit, core, face, layout
from marketsim.matching.face import BUY, SELL, Rules


def book_of_orders() -> core.Engine:
    """Two books; in the first three orders at one price, icebergs and far prices on both sides."""
    engine = core.Engine(Rules(ticks=9_000, books=2, owners=4))
    engine.open_day(0, 0, 8_999)
    engine.open_day(1, 0, 8_999)
    for owner, tick in ((0, 4_000), (1, 4_000), (2, 4_000), (3, 10)):
        engine.submit(0, owner, BUY, tick, 5)
        engine.submit(0, owner, SELL, tick + 4_500, 5)
    engine.iceberg(0, 1, SELL, 8_700, 11, 3)
    engine.submit(1, 1, BUY, 8_999, 2)
    engine.cancel(engine.submit(0, 1, BUY, 3_999, 2).oid)
    return engine


def check(engine: core.Engine) -> None:
    audit.check(engine._fields, engine._records, engine._arena.array, engine._ids.array)


def slot_of(engine: core.Engine, oid: int) -> int:
    return int(engine._ids.array[oid])


def put(engine, offset, value):
    engine._arena.array[offset] = value


def bits(engine, level=0):
    return int(engine._records[0][layout.BITMAP]) + (0, int(engine._fields[layout.LEVEL1]), int(engine._fields[layout.LEVEL2]))[level]


BROKEN = {
    "live orders are not those": lambda e: e._fields.__setitem__(layout.LIVE, 9),
    "id map does not lead to the order": lambda e: put(e, slot_of(e, 0) + layout.OID, 1),
    "the id map knows orders that do not rest": lambda e: e._ids.array.__setitem__(30, slot_of(e, 0)),
    "5 refills counted, 3 left": lambda e: e._fields.__setitem__(layout.REFILLS, 5),
    "second level of bits": lambda e: put(e, bits(e, 1) + 2, 0),
    "third level of bits": lambda e: put(e, bits(e, 2), 0),
    "best of side 0": lambda e: e._records[0].__setitem__(layout.BEST, 3),
    "best of side 1": lambda e: e._records[1].__setitem__(layout.BEST_ASK, 3),
    "empty level marked": lambda e: put(e, bits(e) + 4_999 // 32, e._arena.array[bits(e) + 4_999 // 32] | 1 << 5_000 % 32),
    "queue is not linked backwards": lambda e: put(e, slot_of(e, 2) + layout.PREV, slot_of(e, 2)),
    "order in the wrong queue": lambda e: put(e, slot_of(e, 2) + layout.KEY, 7),
    "book 0: order in the wrong queue": lambda e: put(e, slot_of(e, 2) + layout.HOME, 1),
    "an order of zero lots rests": lambda e: put(e, slot_of(e, 2) + layout.LOTS, 0),
    "end of a queue is wrong": lambda e: put(e, int(e._records[0][layout.LADDER]) + 2 * 4_999 + layout.PREV, slot_of(e, 0)),
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_broken_invariant_is_named(message):
    engine = book_of_orders()
    check(engine)
    BROKEN[message](engine)
    with pytest.raises(AssertionError, match=f"matching core: .*{message}"):
        check(engine)


def test_an_open_book_is_not_crossed_but_one_in_a_call_may_be():
    engine = book_of_orders()
    engine.phase(1, face.CALL)
    engine.submit(1, 2, SELL, 8_999, 1)
    check(engine)
    engine._records[1][layout.PHASE] = face.CONTINUOUS
    with pytest.raises(AssertionError, match="book 1 is crossed"):
        check(engine)


def test_the_best_prices_may_stand_one_tick_apart():
    engine = core.Engine(Rules(ticks=10, owners=2))
    engine.open_day(0, 0, 9)
    engine.submit(0, 0, BUY, 4, 1)
    engine.submit(0, 1, SELL, 5, 1)
    check(engine)
