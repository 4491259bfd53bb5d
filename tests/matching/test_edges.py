"""The edges of both engines' faces: what is refused with words, what grows, what a batch does far from the cache."""

import dataclasses
import os

import numba
import numpy as np
import pytest

from marketsim.lab import bench_matching
from marketsim.matching import auction, auction_kernels, compiled, core, coupled, coupled_call, day, face, kernel_batch, kernel_book, layout, reference
from marketsim.matching.auction import Bids
from marketsim.matching.face import BUY, SELL, Messages, Rules
from marketsim.matching.ways import Link, Way, ways

ENGINES = [core.Engine, reference.Engine]


def opened(make, **rules):
    engine = make(Rules(**{"ticks": 50, "owners": 4, **rules}))
    engine.open_day(0, 0, 49)
    return engine


@pytest.mark.parametrize("make", ENGINES)
def test_an_order_is_seen_by_its_id(make):
    engine = opened(make)
    engine.submit(0, 3, SELL, 20, 7)
    engine.iceberg(0, 2, BUY, 10, 30, 4)
    seen = [engine.order(oid) for oid in (0, 1)]
    assert [(o.oid, o.owner, o.book, o.side, o.tick, o.lots, o.hidden) for o in seen] == [(0, 3, 0, SELL, 20, 7, 0), (1, 2, 0, BUY, 10, 4, 26)]
    engine.cancel(0)
    assert [engine.order(oid) for oid in (-1, 0, 2, 10**6)] == [None] * 4


@pytest.mark.parametrize("make", ENGINES)
@pytest.mark.parametrize("block, reason", [
    ((-1, 0, 1, 5, 9), face.UNKNOWN_BOOK), ((1, 0, 1, 5, 9), face.UNKNOWN_BOOK), ((0, 4, 1, 5, 9), face.BAD_OWNER),
    ((0, 0, -1, 5, 9), face.BAD_OWNER), ((0, 0, 4, 5, 9), face.BAD_OWNER), ((0, -1, 0, 5, 9), face.BAD_OWNER),
    ((0, 0, 1, 5, 8), face.BAD_LOTS), ((0, 0, 1, 5, face.MOST_LOTS + 1), face.BAD_LOTS),
    ((0, 0, 1, 2, 9), face.OUT_OF_BAND), ((0, 0, 1, 8, 9), face.OUT_OF_BAND), ((0, 0, 1, 3, 9), face.OK),
    ((0, 0, 3, 7, face.MOST_LOTS), face.OK),
])
def test_blocks_keep_to_their_own_bounds(make, block, reason):
    engine = opened(make)
    engine.set_blocks(0, 3, 7, 9)
    receipt = engine.block(*block)
    assert receipt == (-1, reason, 0 if reason else block[4], 0)
    assert len(engine.trades) == (reason == face.OK)


@pytest.mark.parametrize("make", ENGINES)
def test_a_call_fills_better_prices_first(make):
    engine = opened(make)
    engine.phase(0, face.CALL)
    for owner, tick in ((0, 22), (1, 25), (2, 21)):
        engine.submit(0, owner, BUY, tick, 5)
    engine.submit(0, 3, SELL, 20, 8)
    assert engine.cross(0, 30) == face.Uncross(tick=22, lots=8, surplus=2)
    assert engine.trades.taker_owner.tolist() == [1, 0] and engine.trades.lots.tolist() == [5, 3]
    assert [(o.owner, o.lots) for o in engine.resting(0)] == [(0, 2), (2, 5)]


@pytest.mark.parametrize("field, value", [
    ("ticks", 0), ("ticks", face.MOST_TICKS + 1), ("books", 0), ("books", (1 << 24) + 1), ("orders", 0), ("orders", (1 << 27) + 1),
    ("owners", 0), ("owners", face.MOST_IDS + 1), ("depth_cap", -1), ("depth_cap", face.MOST_TICKS + 1), ("self_match", "all"),
    ("allocation", "lifo"), ("call_allocation", "fifo"), ("settlement", "t2"),
])
def test_rules_out_of_bounds_are_named(field, value):
    with pytest.raises(ValueError, match=f"Rules.{field} is {value!r}; expected"):
        Rules(**{field: value})


def test_the_most_there_may_be_fits_the_columns():
    assert face.MOST_LOTS == np.iinfo(np.int32).max and face.MOST_IDS == face.MOST_LOTS + 1


def test_rules_at_their_bounds_are_taken():
    assert Rules(ticks=1, books=1, orders=1, owners=1, depth_cap=0)
    assert Rules(ticks=face.MOST_TICKS, books=1 << 24, orders=1 << 27, owners=face.MOST_IDS, depth_cap=face.MOST_TICKS)


def test_the_core_names_what_it_cannot_hold():
    engine = opened(core.Engine, call_allocation="prorata")
    for book in (-1, 1):
        with pytest.raises(IndexError, match=f"book {book}: expected 0 to 0"):
            engine.best(book)
    with pytest.raises(MemoryError, match="536,870,911 orders"):
        engine.make_room(1 << 29)
    tape = bench_matching.workload("shallow", 10, orders=10)
    with pytest.raises(ValueError, match="reasons: expected"):
        opened(core.Engine).submit_batch(tape.messages, np.zeros(20, np.int32))
    with pytest.raises(ValueError, match="reasons: expected"):
        opened(core.Engine).submit_batch(tape.messages, np.zeros(40, np.uint8)[::2])
    engine.phase(0, face.CALL)
    for side in (BUY, SELL, BUY, SELL, BUY, SELL):
        engine.submit(0, 1, side, 5, face.MOST_LOTS)
    with pytest.raises(OverflowError, match="pro-rata call"):
        engine.cross(0)
    for oid in (4, 5):
        engine.reduce(oid, 1)
    assert engine.cross(0).lots == engine.trades.lots.sum(dtype=np.int64) == 2 * face.MOST_LOTS + 1


@pytest.mark.parametrize("oid, reason", [(face.MOST_IDS - 1, face.OK), (face.MOST_IDS, face.BAD_ID), (-1, face.BAD_ID)])
def test_the_most_ids_there_may_be(oid, reason):
    reasons = np.zeros(1, np.uint8)
    opened(reference.Engine).submit_batch(limits([BUY], 20, oid), reasons)
    assert reasons.tolist() == [reason]


RECORDS = (auction.Bids, auction.Cleared, coupled.Crossing, coupled_call.RegionalBids, coupled_call.CoupledCleared, day.Day, face.Uncross, face.Order,
           face.Messages, face.Trades, Rules, Link, Way)  # fmt: skip


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_never_changes_and_is_made_by_name(record):
    assert record.__dataclass_params__.frozen and all(field.kw_only for field in dataclasses.fields(record))


def limits(side, tick, first_oid: int) -> Messages:
    """One lot a message, of ids in a row."""
    side = np.asarray(side, np.uint8)
    zeros = np.zeros(len(side), np.int32)
    return Messages(kind=zeros.astype(np.uint8), side=side, tick=zeros + tick, lots=zeros + 1, oid=np.arange(len(side)) + first_oid, owner=zeros, book=zeros)


def test_a_plain_batch_grows_the_arena_though_the_log_of_trades_has_room():
    engine = opened(core.Engine, orders=1)
    assert len(engine.submit_batch(limits(np.arange(3000) % 2, 20, 0))) == 1500
    engine.clear_trades()
    engine.submit_batch(limits(np.zeros(1000), np.arange(1000) % 50, 3000))
    assert [order.oid for order in engine.resting(0)] == [3000 + 50 * row + place for place in reversed(range(50)) for row in range(20)]


def test_a_plain_batch_grows_the_log_though_the_arena_has_room():
    engine = opened(core.Engine, orders=1)
    engine.submit(0, 1, SELL, 20, 400)
    trades = engine.submit_batch(limits(np.zeros(400), 20, 1))
    assert trades.taker_oid.tolist() == list(range(1, 401)) and engine.best(0) == (None, None)


def test_an_iceberg_gives_back_both_its_slots():
    engine = opened(core.Engine, orders=10)
    engine.cancel(engine.iceberg(0, 1, SELL, 20, 9, 2).oid)
    top = int(engine._fields[layout.TOP])
    for _ in range(50):
        engine.cancel(engine.iceberg(0, 1, SELL, 20, 9, 2).oid)
    assert engine._fields[layout.TOP] == top


def test_buffers_lie_on_cache_lines_behind_their_length():
    for length in range(1, 40):
        buffer = layout.Buffer(length, np.uint32)
        assert buffer.address % 64 == 0 and buffer.array.ctypes.data == buffer.address and len(buffer.array) == length
        assert compiled.get64(buffer.address, -1) == 4 * length if not compiled.CHECKED else True


@pytest.mark.skipif(not numba.config.DISABLE_JIT, reason="compiled kernels do not look at what stands in for another")
def test_plain_rows_take_the_short_path(monkeypatch):
    engine = opened(core.Engine, orders=1000)
    engine.submit(0, 1, BUY, 20, 1)  # the first order opens the book's levels
    monkeypatch.setattr(kernel_batch, "any_row", lambda *_: pytest.fail("the long path"))
    engine.submit_batch(limits(np.zeros(50), np.arange(50), 1))
    assert len(engine.submit_batch(limits(np.ones(50), np.arange(50), 51))) == 25
    assert engine.best(0) == (24, 25)


def test_sealed_auctions_name_what_they_refuse():
    bids = Bids(side=np.zeros(1, np.uint8), tick=np.ones(1, np.int32), lots=np.ones(1, np.int32), market=np.zeros(1, bool))
    for clear in (auction.call_auction, auction_kernels.call_auction):
        with pytest.raises(ValueError, match="allocation is 'luck'"):
            clear(bids, None, "luck")
    for offer, requests in ((-1, [1]), (5, [1, 0]), (5, [-2])):
        with pytest.raises(ValueError, match="a listing needs"):
            auction.listing_fills(offer, requests)
    assert auction.listing_fills(0, []) == []


@pytest.mark.parametrize("region, side, lots", [(0, 2, 5), (0, BUY, 0), (-1, BUY, 5), (2, SELL, 5)])
def test_coupled_books_name_an_order_that_cannot_be(region, side, lots):
    with pytest.raises(ValueError, match=f"region {region}, side {side}, lots {lots}"):
        coupled.CoupledBooks(2).submit(0, region, side, 5, lots)


@pytest.mark.parametrize("link, message", [
    ({"origin": -1}, "link 0 from -1 to 1: expected two of the regions 0 to 1"), ({"target": 2}, "link 0 from 0 to 2"), ({"target": 0}, "link 0 from 0 to 0"),
    ({"origin": 2}, "link 0 from 2"), ({"target": -1}, "link 0 from 0 to -1"),
    ({"loss": 1}, "link 0: ratio"), ({"ratio": -1}, "link 0: ratio"), ({"cost": -1}, "link 0: ratio"), ({"capacity": -1}, "link 0: ratio"),
])
def test_links_that_cannot_be_are_named(link, message):
    with pytest.raises(ValueError, match=message):
        ways(2, (Link(**{"origin": 0, "target": 1, **link}),))


def test_a_link_without_room_is_a_link():
    assert [way.links for way in ways(2, (Link(origin=0, target=1, capacity=0),))] == [(), (), (0,)]


def test_prices_of_a_coupled_call_are_open_up_to_the_limits_of_all_orders():
    one = np.array([0, 1])
    cleared = coupled_call.clear(2, (), coupled_call.RegionalBids(region=one * 0, side=one, tick=np.array([10, 5]), lots=one * 0 + 1))
    assert (cleared.low, cleared.high, cleared.ticks, cleared.gains) == ([5, 5], [10, 10], [7, 7], 5)


def test_a_coupled_call_needs_orders():
    none = np.zeros(0, np.int64)
    with pytest.raises(ValueError, match="at least one order"):
        coupled_call.clear(1, (), coupled_call.RegionalBids(region=none, side=none, tick=none, lots=none))


def test_fetching_ahead_changes_nothing(monkeypatch):
    tape = bench_matching.workload("many", 3_000, orders=1_000 if numba.config.DISABLE_JIT else 25_000)
    monkeypatch.setattr(kernel_batch, "PREFETCH_FROM", 0)  # compiled kernels keep theirs, hence the many orders
    cut = slice(tape.fill, None)
    ours, plain = (bench_matching.filled_engine(tape, make=make).submit_batch(bench_matching.part_of(tape.messages, cut)) for make in ENGINES)
    assert len(plain) > 50 and bench_matching.checksum(ours) == bench_matching.checksum(plain)


def test_a_cache_that_cannot_be_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    assert not compiled._cache_works(tmp_path / "file" / "kernels")
    assert compiled._cache_works(tmp_path / "kernels") and compiled._cache_works(tmp_path / "kernels")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert not compiled._cache_works(tmp_path / "kernels")
    monkeypatch.setenv("MARKETSIM_CACHE", str(tmp_path))
    assert compiled.cache_folder().parent == tmp_path / "kernels"
    monkeypatch.delenv("MARKETSIM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert compiled.cache_folder().parent == tmp_path / "xdg" / "marketsim" / "kernels"


@pytest.mark.parametrize("make", ENGINES)
def test_the_most_lots_are_taken_and_one_more_is_not(make):
    engine = opened(make)
    assert engine.submit(0, 1, BUY, 20, face.MOST_LOTS) == (0, face.OK, 0, face.MOST_LOTS)
    assert engine.replace(0, 21, face.MOST_LOTS).reason == face.OK
    assert engine.submit(0, 1, BUY, 20, face.MOST_LOTS + 1).reason == face.BAD_LOTS
    assert engine.replace(0, 21, face.MOST_LOTS + 1).reason == face.BAD_LOTS
    assert engine.iceberg(0, 1, BUY, 20, 9, face.MOST_LOTS).reason == face.OK
    assert engine.iceberg(0, 1, BUY, 20, 9, face.MOST_LOTS + 1).reason == face.BAD_LOTS


@pytest.mark.skipif(not compiled.CHECKED, reason="only the checked build looks")
@pytest.mark.parametrize("access, width", [(compiled.get32, 4), (compiled.get_signed32, 4), (compiled.get64, 8), (compiled.put32, 4), (compiled.put64, 8)])
def test_checked_accesses_stay_inside_their_buffers(access, width):
    def read(*place):
        return access(*place) if access.__name__.startswith("get") else access(*place, 0) or 0

    buffer = layout.Buffer(8, np.uint32)
    assert [read(buffer.address, index) for index in (0, 32 // width - 1)] == [0, 0]
    for base, index in ((buffer.address, -1), (buffer.address, 32 // width), (0, 0)):
        with pytest.raises(IndexError, match="outside its buffer"):
            read(base, index)


@pytest.mark.skipif(not compiled.CHECKED, reason="only the checked build looks")
def test_a_broken_invariant_stops_the_core_where_it_is_checked():
    engine = opened(core.Engine)
    book = kernel_book.book_record(engine.address, 0)
    assert kernel_book.level_of(engine.address, book, 0, 49) == 98
    for key in (-1, 50):
        with pytest.raises(AssertionError, match="an invariant is broken"):
            kernel_book.level_of(engine.address, book, 0, key)


@pytest.mark.skipif(not compiled.CHECKED, reason="only the checked build looks")
@pytest.mark.parametrize("call", [lambda e: e.close_day(0), lambda e: e.cross(0), lambda e: e.submit_batch(limits([BUY], 21, 9))], ids=["close", "cross", "batch"])
def test_the_books_are_audited_after_all_that_moves_much(call):
    engine = opened(core.Engine)
    engine.phase(0, face.CALL)
    engine.submit(0, 1, BUY, 20, 1)
    engine.submit(0, 1, SELL, 20, 1)
    engine._fields[layout.LIVE] += 1
    with pytest.raises(AssertionError, match="live orders are not those in the queues"):
        call(engine)


@pytest.mark.skipif(not compiled.CHECKED, reason="only the checked build looks")
def test_a_book_ends_where_its_length_says():
    engine = core.Engine(Rules(ticks=5, books=2))
    second = engine._books.address + 4 * layout.BOOK_WORDS
    assert compiled.get32(second, layout.BOOK_WORDS - 3) == 0
    with pytest.raises(IndexError, match="outside its buffer"):
        compiled.get32(second, layout.BOOK_WORDS - 2)


def test_warming_up_twice_is_harmless():
    core.warmup()
    core.warmup()
