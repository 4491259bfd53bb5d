"""A day that is played in one go: the same trades as the plain engine's, on lists and compiled."""

import sys

import numpy as np
import pytest

from marketsim.matching import day
from marketsim.matching.face import BUY, CALL, CONTINUOUS, LIMIT, MOST_LOTS, SELL, Messages, Rules
from marketsim.matching.reference import Engine


def drawn_day(rng):
    """Side, tick, lots, orders of the call, band, reference: some ticks outside the band, some orders without lots."""
    n, width, low = int(rng.integers(0, 80)), int(rng.integers(1, 60)), int(rng.integers(1, 1000))
    side, tick, lots = rng.integers(0, 2, n).astype(np.uint8), low + rng.integers(-1, width + 1, n), rng.integers(0, 9, n)
    return side, tick, lots, int(rng.integers(0, n + 1)), (low, low + width - 1), low + int(rng.integers(-2, width + 2))


def by_engine(side, tick, lots, call, band, reference):
    """The same day played message by message: (buy, sell, tick, lots) rows and the tick of the call."""
    n = len(side)
    engine = Engine(Rules(ticks=band[1] - band[0] + 1, orders=max(n, 1), owners=max(n, 1)))
    engine.open_day(0, *band)
    engine.phase(0, CALL)
    found = None
    for part, phase in ((slice(0, call), CALL), (slice(call, n), CONTINUOUS)):
        if phase == CONTINUOUS:
            found = engine.cross(0, reference).tick
            engine.phase(0, CONTINUOUS)
        ids = np.arange(n)[part]
        zeros = np.zeros(len(ids), dtype=np.int64)
        engine.submit_batch(Messages(kind=zeros + LIMIT, side=side[part], tick=tick[part], lots=lots[part], oid=ids, owner=ids, book=zeros))
    log = engine.trades
    first = log.taker_side == BUY
    rows = np.stack([np.where(first, log.taker_oid, log.maker_oid), np.where(first, log.maker_oid, log.taker_oid), log.tick, log.lots], axis=1)
    return rows, found


@pytest.mark.parametrize("compiled", [False, True])
def test_a_day_is_what_the_engine_makes_of_it(monkeypatch, compiled):
    used, taken = [], day._compiled
    monkeypatch.setattr(day, "compiled_pays", lambda rows, many: compiled)
    monkeypatch.setattr(day, "_compiled", lambda: used.append(1) or taken())
    rng, trades, crossed = np.random.default_rng(5), 0, 0
    for _ in range(150):
        asked = drawn_day(rng)
        rows, found = by_engine(*asked)
        got = day.trade(*asked)
        assert np.stack([got.buy, got.sell, got.tick, got.lots], axis=1).tolist() == rows.tolist()
        assert got.open_tick == found
        trades, crossed = trades + len(rows), crossed + (found is not None)
    assert trades > 1500 and crossed > 60 and len(used) == 150 * compiled


def test_the_most_lots_are_taken_and_one_more_is_not():
    side, lots = np.array([BUY, SELL, SELL], np.uint8), np.array([MOST_LOTS, MOST_LOTS + 1, MOST_LOTS])
    got = day.trade(side, np.array([20, 20, 20]), lots, 0, (1, 40), 20)
    assert [got.buy.tolist(), got.sell.tolist(), got.lots.tolist()] == [[0], [2], [MOST_LOTS]]


def test_compiled_code_is_taken_for_many_rows_or_where_it_is_loaded_anyway(monkeypatch):
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    assert not day.compiled_pays(10, 100) and day.compiled_pays(100, 100)
    monkeypatch.setitem(sys.modules, "numba", day)
    assert day.compiled_pays(10, 100)
