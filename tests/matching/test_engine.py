"""Both engines by hand: receipts, reasons, errors for people, a Hypothesis machine, memory, the checked build."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from marketsim.matching import core, face, layout, reference
from marketsim.matching.face import BUY, SELL, Messages, Receipt, Rules

ENGINES = [core.Engine, reference.Engine]


def opened(make, **rules):
    engine = make(Rules(**{"ticks": 100, "owners": 10, **rules}))
    for book in range(engine.rules.books):
        engine.open_day(book, 0, 99)
    return engine


@pytest.mark.parametrize("make", ENGINES)
def test_receipts_say_what_became_of_a_message(make):
    engine = opened(make)
    assert engine.submit(0, 1, SELL, 50, 7) == Receipt(0, face.OK, 0, 7)
    assert engine.submit(0, 2, BUY, 51, 10) == Receipt(1, face.OK, 7, 3)
    assert engine.submit(0, 3, SELL, 51, 9, face.FOK) == Receipt(-1, face.FOK_UNFILLED, 0, 0)
    assert engine.submit(0, 3, SELL, 51, 9, face.IOC) == Receipt(2, face.OK, 3, 0)
    assert engine.submit(0, 3, SELL, 51, 9, face.MARKET) == Receipt(3, face.OK, 0, 0)
    assert engine.cancel(0) == Receipt(0, face.UNKNOWN_ID, 0, 0)
    assert engine.trades.tick.tolist() == [50, 51]
    assert engine.best(0) == (None, None)


@pytest.mark.parametrize("make", ENGINES)
@pytest.mark.parametrize("resting, taken, shares", [((5, 3, 3), 6, [3, 2, 1]), ((2, 2, 2, 2), 3, [1, 1, 1]), ((4, 4, 4, 1), 5, [2, 2, 1])])
def test_pro_rata_with_its_remainder(make, resting, taken, shares):
    engine = opened(make, allocation="prorata")
    for lots in resting:
        engine.submit(0, 1, SELL, 50, lots)
    engine.submit(0, 2, BUY, 50, taken)
    assert engine.trades.lots.tolist() == shares


@pytest.mark.parametrize("make", ENGINES)
def test_units_bought_today_cannot_be_sold_today(make):
    engine = opened(make, settlement="t1")
    engine.set_sellable(0, 1, 10)
    assert engine.submit(0, 1, SELL, 50, 11).reason == face.NOT_SELLABLE
    engine.submit(0, 1, SELL, 50, 10)
    engine.submit(0, 2, BUY, 50, 4)
    assert engine.submit(0, 2, SELL, 50, 1).reason == face.NOT_SELLABLE
    engine.close_day(0)
    assert engine.sellable(0)[:3].tolist() == [0, 6, 4]
    engine.open_day(0, 0, 99)
    assert engine.submit(0, 2, SELL, 50, 4).reason == face.OK


@pytest.mark.parametrize("make", ENGINES)
def test_calls_out_of_turn_are_named(make):
    engine = opened(make)
    for call, message in (((engine.open_day, 0, 0, 5), "is open"), ((engine.cross, 0), "not in phase CALL"),
                          ((engine.phase, 0, face.CLOSED), "CALL or CONTINUOUS"), ((engine.set_sellable, 0, 1, 1), "settlement")):
        with pytest.raises(ValueError, match=message):
            call[0](*call[1:])
    engine.phase(0, face.CALL)
    engine.submit(0, 1, BUY, 60, 1)
    engine.submit(0, 1, SELL, 50, 1)
    with pytest.raises(ValueError, match="crossed"):
        engine.phase(0, face.CONTINUOUS)
    engine.close_day(0)
    with pytest.raises(ValueError, match="1 to 100 ticks"):
        engine.open_day(0, 0, 100)
    with pytest.raises(ValueError, match="self_match.*newest"):
        Rules(self_match="newst")


def test_batches_name_a_column_that_does_not_fit():
    engine = opened(core.Engine)
    good = {name: np.zeros(3, kind) for name, kind in core.COLUMN_TYPES.items()}
    with pytest.raises(ValueError, match="rows"):
        engine.submit_batch(Messages(**{**good, "lots": np.ones(2, np.int32)}))
    with pytest.raises(ValueError, match="column side"):
        engine.submit_batch(Messages(**{**good, "side": np.array([0, 300, 0])}))


class Agreement(RuleBasedStateMachine):
    """Hypothesis looks for a sequence of messages on which the engines differ, and makes it short."""

    @initialize(self_match=st.sampled_from(face.SELF_MATCH), allocation=st.sampled_from(face.ALLOCATION), depth_cap=st.sampled_from((0, 1, 2)),
                call_allocation=st.sampled_from(face.CALL_ALLOCATION), settlement=st.sampled_from(face.SETTLEMENT))
    def found(self, **features):
        rules = Rules(ticks=12, owners=3, orders=1, seed=5, **features)
        self.engines, self.calling, self.held = [make(rules) for make in ENGINES], False, rules.settlement != "off"
        self.both("open_day", 0, 0, 11)
        self.both("set_blocks", 0, 0, 15, 2)
        for owner in range(3 if self.held else 0):
            self.both("set_sellable", 0, owner, 30)

    def both(self, name: str, *arguments):
        one, other = (getattr(engine, name)(*arguments) for engine in self.engines)
        assert one == other

    @rule(owner=st.integers(0, 2), side=st.integers(0, 1), tick=st.integers(-1, 12), lots=st.integers(0, 9),
          kind=st.sampled_from((face.LIMIT, face.LIMIT, face.MARKET, face.IOC, face.FOK, face.POST)))
    def submit(self, owner, side, tick, lots, kind):
        self.both("submit", 0, owner, side, tick, lots, kind)

    @rule(owner=st.integers(0, 2), side=st.integers(0, 1), tick=st.integers(0, 11), lots=st.integers(1, 9), peak=st.integers(1, 4))
    def iceberg(self, owner, side, tick, lots, peak):
        self.both("iceberg", 0, owner, side, tick, lots, peak)

    @rule(oid=st.integers(0, 30))
    def cancel(self, oid):
        self.both("cancel", oid)

    @rule(oid=st.integers(0, 30), lots=st.integers(0, 9))
    def reduce(self, oid, lots):
        self.both("reduce", oid, lots)

    @rule(oid=st.integers(0, 30), tick=st.integers(0, 11), lots=st.integers(1, 9))
    def replace(self, oid, tick, lots):
        self.both("replace", oid, tick, lots)

    @rule(buyer=st.integers(0, 3), seller=st.integers(0, 2), tick=st.integers(-1, 16), lots=st.integers(1, 9))
    def block(self, buyer, seller, tick, lots):
        self.both("block", 0, buyer, seller, tick, lots)

    @rule(rows=st.lists(st.tuples(st.sampled_from((0, 0, 0, 1, 2, 3, 6, 7)), st.integers(0, 1), st.integers(0, 11), st.integers(1, 9),
                                  st.integers(0, 9), st.integers(0, 2), st.just(0)), max_size=6))
    def batch(self, rows):
        table = np.array(rows, np.int64).reshape(-1, 7).T
        table[4] = np.where(np.isin(table[0], (1, 6, 7)), table[4], 100 + len(self.engines[0].trades) + np.arange(len(rows)))
        names = [name for name in core.COLUMN_TYPES if name != "peak"]
        messages = Messages(**{name: column.astype(core.COLUMN_TYPES[name]) for name, column in zip(names, table, strict=True)})
        reasons = np.zeros((2, len(rows)), np.uint8)
        for engine, answer in zip(self.engines, reasons, strict=True):
            engine.submit_batch(messages, answer)
        assert reasons[0].tolist() == reasons[1].tolist()

    @precondition(lambda self: not self.calling)
    @rule()
    def next_day(self):
        self.both("close_day", 0)
        self.both("open_day", 0, 0, 11)

    @precondition(lambda self: not self.calling)
    @rule()
    def call(self):
        self.both("phase", 0, face.CALL)
        self.calling = True

    @precondition(lambda self: self.calling)
    @rule(reference_tick=st.none() | st.integers(0, 11))
    def cross(self, reference_tick):
        self.both("cross", 0, reference_tick)
        self.both("phase", 0, face.CONTINUOUS)
        self.calling = False

    @invariant()
    def books_trades_and_balances_are_the_same(self):
        self.both("resting", 0)
        fast, plain = self.engines
        assert all(getattr(fast.trades, name).tolist() == getattr(plain.trades, name).tolist() for name in fast.trades.__dataclass_fields__)
        assert not self.held or fast.sellable(0).tolist() == plain.sellable(0).tolist() and fast.bought(0).tolist() == plain.bought(0).tolist()


Agreement.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True,
                                       suppress_health_check=[HealthCheck.too_slow])
TestAgreement = Agreement.TestCase


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads Linux's resident memory")
@pytest.mark.skipif(core.CHECKED, reason="the auditor of the checked build holds memory of its own")
def test_memory_stays_small():
    core.warmup()
    before = resident_bytes()
    many = opened(core.Engine, books=10_000, ticks=2001)
    assert resident_bytes() - before < 50e6
    before, orders = resident_bytes(), 500_000
    engine = core.Engine(Rules(ticks=2001, orders=orders, owners=10))
    engine.open_day(0, 0, 2000)
    luck = np.random.default_rng(1)
    side = luck.integers(0, 2, orders).astype(np.uint8)
    columns = {name: np.zeros(orders, kind) for name, kind in core.COLUMN_TYPES.items() if name != "peak"}
    columns.update(side=side, tick=np.where(side == 0, 900, 1100).astype(np.int32) + luck.integers(-90, 90, orders).astype(np.int32),
                   lots=np.ones(orders, np.int32), oid=np.arange(orders, dtype=np.int32))
    columns_bytes = resident_bytes() - before
    engine.submit_batch(Messages(**columns))
    assert engine._fields[layout.LIVE] == orders
    assert (resident_bytes() - before - columns_bytes) / orders <= 64
    assert many.best(9_999) == (None, None)


def test_the_checked_build_runs_the_same_sessions():
    script = Path(__file__).with_name("test_agree.py")
    environment = {**os.environ, "MARKETSIM_CHECKED": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, str(script), "4000"], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "4000 events agreed\n", done.stderr[-2000:]


def test_the_checked_build_sees_a_broken_book():
    code = ("from marketsim.matching import core, face, layout\n"
            "engine = core.Engine(face.Rules(ticks=10))\nengine.open_day(0, 0, 9)\nengine.submit(0, 1, 0, 5, 2)\n"
            "engine._fields[layout.LIVE] += 1\nengine.close_day(0)\n")
    environment = {**os.environ, "MARKETSIM_CHECKED": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "live orders are not those in the queues" in done.stderr


def test_the_face_and_the_plain_engine_do_without_numba():
    code = "import sys, marketsim.matching.reference, marketsim.matching.auction; sys.exit('numba' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
