"""One message from Python: what is no whole number is refused, and nothing is left behind by a million receipts."""

import gc
import sys

import numba
import numpy as np
import pytest

from marketsim.matching import calls
from marketsim.matching.core import Engine
from marketsim.matching.face import BUY, OK, SELL, UNKNOWN_ID, Receipt, Rules


def opened(**rules) -> Engine:
    engine = Engine(Rules(ticks=100, owners=4, **rules))
    engine.open_day(0, 0, 99)
    return engine


@pytest.mark.parametrize("wrong", [1.5, np.float64(2), "3", None, (1,), 1 << 63])
@pytest.mark.parametrize("place", range(5))
def test_only_whole_numbers_of_64_bits_are_taken(wrong, place):
    engine, message = opened(), [0, 1, BUY, 10, 5]
    message[place] = wrong
    with pytest.raises((TypeError, OverflowError)):
        engine.submit(*message)
    with pytest.raises((TypeError, OverflowError)):
        engine.cancel(wrong)
    assert engine.resting(0) == [] and engine.submit(0, 1, BUY, 10, 5).oid == 0


@pytest.mark.skipif(not numba.config.DISABLE_JIT, reason="what is compiled cannot be replaced")
def test_a_receipt_without_memory_is_an_error(monkeypatch):
    engine = opened()
    monkeypatch.setattr(calls, "_allocate", lambda kind, items: 0)
    with pytest.raises(MemoryError):
        engine.submit(0, 1, BUY, 10, 5)


def test_whole_numbers_of_any_type_are_taken():
    engine = opened()
    assert engine.submit(np.int32(0), np.uint8(1), True, np.int64(10), np.int16(5)) == Receipt(0, OK, 0, 5)
    receipt = engine.cancel(np.int32(0))
    assert receipt == (0, OK, 0, 0) and type(receipt) is Receipt and receipt._asdict()["reason"] == OK
    assert engine.cancel(-1).reason == engine.cancel(1 << 62).reason == UNKNOWN_ID


def test_the_next_id_follows_a_batch_and_refused_orders_use_none():
    engine = opened()
    assert engine.submit(0, 1, BUY, 100, 5).oid == -1
    assert [engine.submit(0, 1, SELL, 50 + n, 5).oid for n in range(3)] == [0, 1, 2]
    assert engine.submit(0, 1, BUY, 51, 12) == Receipt(3, OK, 10, 2)


def test_room_is_made_for_an_order_that_finds_none():
    engine = opened(orders=1)
    assert [engine.submit(0, 1, BUY, 10 + number % 50, 5) for number in range(3000)] == [Receipt(number, OK, 0, 5) for number in range(3000)]


def test_receipts_leave_nothing_behind():
    engine = opened(orders=1)

    def rounds(count: int) -> None:
        for number in range(count):
            engine.submit(0, 7, BUY, 10, 5)  # refused
            engine.cancel(engine.submit(0, 1, BUY, number % 100, 300 + number).oid)
        with pytest.raises(TypeError):
            engine.submit(0, 1, BUY, 1.5, 300)

    rounds(5_000)  # room is made
    gc.collect()
    blocks, references = sys.getallocatedblocks(), sys.getrefcount(Receipt)
    rounds(5_000)
    gc.collect()
    assert sys.getallocatedblocks() - blocks < 200 and sys.getrefcount(Receipt) - references < 10
