"""The benchmark: a seeded workload, tapes on disk, and a difference that does not go unnoticed."""

import json
from dataclasses import fields

import numpy as np
import pytest

from marketsim.errors import MarketsimError
from marketsim.lab import bench_kernels
from marketsim.lab import bench_matching as bench
from marketsim.matching import reference
from marketsim.matching.core import Engine
from marketsim.matching.face import Rules


@pytest.fixture(scope="module", params=["shallow", "many"])
def tape(request):
    return bench.workload(request.param, 4_000, seed=3, orders=2_000)


def test_a_seed_is_a_workload_of_the_promised_mix(tape):
    again = bench.workload("shallow" if tape.books == 1 else "many", 4_000, seed=3, orders=2_000)
    for field in fields(tape.messages):
        one, other = getattr(tape.messages, field.name), getattr(again.messages, field.name)
        assert (one is None and other is None) or np.array_equal(one, other)
    kinds = np.bincount(tape.messages.kind[tape.fill:], minlength=3) / 4_000
    assert abs(kinds[1] - 0.43) < 0.05 and abs(kinds[2] - 0.05) < 0.02


def test_a_tape_survives_the_disk_and_the_plain_engine_agrees(tape, tmp_path):
    plain = bench.filled_engine(tape, make=reference.Engine).submit_batch(bench.part_of(tape.messages, slice(tape.fill, None)))
    assert len(plain) > 100
    bench.write_tape(bench.Tape(messages=tape.messages, fill=tape.fill, ticks=tape.ticks, books=tape.books, expected=bench.totals(plain)), tmp_path)
    result = bench.run({"tape": str(tmp_path)})
    assert result["differences"] == [] and result["checksum"] == bench.checksum(plain)
    assert {key: result[key] for key in ("trades", "volume", "pv")} == bench.totals(plain)
    assert result["messages"] == 4_000 and result["schema"] == "marketsim.bench/1"
    meta = json.loads((tmp_path / "meta.json").read_text())
    (tmp_path / "meta.json").write_text(json.dumps({**meta, "trades": meta["trades"] + 1}))
    assert bench.run({"tape": str(tmp_path)})["differences"] == [f"trades: expected {len(plain) + 1}, got {len(plain)}"]


def test_a_market_inside_one_kernel_conserves_units_and_cash():
    engine = Engine(Rules(ticks=200, owners=10))
    engine.open_day(0, 0, 199)
    engine.make_room(3_000)
    units, cash = np.zeros((2, 10), np.int64)
    limits = np.tile([120, 80], 5).astype(np.int64)
    trades = bench_kernels.zero_intelligence(engine.address, np.full(10, -1, np.int64), limits, units, cash, (3_000, 7))
    assert trades > 100 and units.sum() == cash.sum() == 0
    assert (units[::2] > 0).all() and (units[1::2] < 0).all()
    assert engine.submit(0, 1, 0, 5, 1).oid == 3_000


def test_bad_tapes_are_named(tmp_path):
    with pytest.raises(MarketsimError, match="meta.json"):
        bench.read_tape(tmp_path)
    (tmp_path / "meta.json").write_text('{"n_pre": 0}')
    with pytest.raises(MarketsimError, match="kind.npy: missing"):
        bench.read_tape(tmp_path)
    for name in bench.TAPE_COLUMNS:
        np.save(tmp_path / f"{name}.npy", np.zeros(2, np.int32))
    with pytest.raises(MarketsimError, match="P, nbooks missing"):
        bench.read_tape(tmp_path)
