"""What must not matter does not: names of traders, scale of lots, level of prices, which side is which, how it is sent."""

import random

import numpy as np
import pytest

from marketsim.matching import core, face, reference
from marketsim.matching.face import Messages, Rules

TICKS, OWNERS, HIGH = 60, 8, 59
ENGINES = [core.Engine, reference.Engine]
FIELDS = ("kind", "side", "tick", "lots", "oid", "owner")


def tape(seed: int, rows: int = 400) -> np.ndarray:
    """Random messages (rows, 6) in the order of FIELDS; cancels, reductions and replacements name earlier orders."""
    luck = random.Random(seed)
    table = []
    for row in range(rows):
        kind = luck.choice((face.LIMIT,) * 6 + (face.MARKET, face.IOC, face.FOK, face.POST, face.CANCEL, face.CANCEL, face.REDUCE, face.REPLACE))
        oid = luck.randrange(max(1, row)) if kind in (face.CANCEL, face.REDUCE, face.REPLACE) else row
        table.append((kind, luck.randrange(2), luck.randint(20, 40), luck.randint(1, 9), oid, luck.randrange(OWNERS)))
    return np.array(table)


def play(make, table: np.ndarray, band: tuple[int, int] = (0, HIGH), **rules) -> dict[str, list]:
    """Trades and reasons of a tape on a fresh engine."""
    engine = make(Rules(ticks=TICKS, owners=OWNERS, **rules))
    engine.open_day(0, *band)
    columns = dict(zip(FIELDS, table.T, strict=True))
    messages = Messages(**{name: columns[name].astype(core.COLUMN_TYPES[name]) for name in FIELDS}, book=np.zeros(len(table), np.int32))
    reasons = np.empty(len(table), np.uint8)
    trades = engine.submit_batch(messages, reasons)
    return {"reasons": reasons.tolist(), **{name: getattr(trades, name).tolist() for name in trades.__dataclass_fields__}}


@pytest.fixture(params=[(engine, seed, smp) for engine in ENGINES for seed in (1, 2, 3) for smp in ("none", "oldest")],
                ids=lambda p: f"{p[0].__module__.rsplit('.', 1)[1]}-{p[1]}-{p[2]}")
def case(request):
    make, seed, self_match = request.param
    table = tape(seed)
    before = play(make, table, self_match=self_match)
    assert len(before["lots"]) > 60
    return make, table, self_match, before


def test_traders_may_be_renamed(case):
    make, table, self_match, before = case
    names = np.random.default_rng(5).permutation(OWNERS)
    table = table.copy()
    table[:, 5] = names[table[:, 5]]
    after = play(make, table, self_match=self_match)
    for name in ("taker_owner", "maker_owner"):
        assert after.pop(name) == names[before[name]].tolist()
    assert all(after[name] == before[name] for name in after)


def test_lots_may_be_doubled(case):
    make, table, self_match, before = case
    table = table.copy()
    table[:, 3] *= 2
    after = play(make, table, self_match=self_match)
    assert after.pop("lots") == [2 * lots for lots in before["lots"]]
    assert all(after[name] == before[name] for name in after)


def test_prices_may_be_shifted(case):
    make, table, self_match, before = case
    table = table.copy()
    table[:, 2] -= 1000
    after = play(make, table, band=(-1000, HIGH - 1000), self_match=self_match)
    assert after.pop("tick") == [tick - 1000 for tick in before["tick"]]
    assert all(after[name] == before[name] for name in after)


def test_sides_may_be_mirrored(case):
    make, table, self_match, before = case
    table = table.copy()
    table[:, 1], table[:, 2] = 1 - table[:, 1], HIGH - table[:, 2]
    after = play(make, table, self_match=self_match)
    assert after.pop("tick") == [HIGH - tick for tick in before["tick"]]
    assert after.pop("taker_side") == [1 - side for side in before["taker_side"]]
    assert all(after[name] == before[name] for name in after)


@pytest.mark.parametrize("make", ENGINES)
@pytest.mark.parametrize("allocation", face.ALLOCATION)
def test_a_batch_is_its_messages_one_by_one(make, allocation):
    table = tape(9)
    table = table[~np.isin(table[:, 0], (face.CANCEL, face.REDUCE, face.REPLACE))]
    table[:, 4] = np.arange(len(table))
    whole = play(make, table, allocation=allocation, seed=4)
    engine = make(Rules(ticks=TICKS, owners=OWNERS, allocation=allocation, seed=4))
    engine.open_day(0, 0, HIGH)
    reasons = [engine.submit(0, owner, side, tick, lots, kind).reason for kind, side, tick, lots, _, owner in table.tolist()]
    assert reasons == whole["reasons"]
    for name in ("tick", "lots", "taker_owner", "maker_owner", "taker_side"):
        assert getattr(engine.trades, name).tolist() == whole[name]


def test_another_book_does_not_move_this_books_luck():
    alone, beside = (core.Engine(Rules(ticks=TICKS, books=2, owners=OWNERS, allocation="random", seed=8)) for _ in range(2))
    for engine in (alone, beside):
        engine.open_day(0, 0, HIGH)
        engine.open_day(1, 0, HIGH)
    for _, side, tick, lots, _, owner in tape(4).tolist():
        alone.submit(0, owner, side, tick, lots)
        beside.submit(1, owner, 1 - side, tick, lots)
        beside.submit(0, owner, side, tick, lots)
    mine = beside.trades.book == 0
    assert alone.trades.lots.tolist() == beside.trades.lots[mine].tolist()
    assert alone.trades.maker_owner.tolist() == beside.trades.maker_owner[mine].tolist()
