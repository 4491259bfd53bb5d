"""The benchmark: a seeded workload, tapes on disk, and a difference that does not go unnoticed."""

import json
from dataclasses import fields

import numpy as np
import pytest

from marketsim import cli
from marketsim.errors import InputError
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


def save(folder, **changed):
    """A tape of two orders that meet, with some files or keys changed (None: left out; text: the file's whole content)."""
    columns = {"kind": [0, 0], "side": [0, 1], "price": [5, 5], "qty": [3, 2], "oid": [0, 1], "owner": [0, 1], "book": [0, 0]}
    meta = {"n_pre": 1, "P": 10, "nbooks": 1, **{key: changed.pop(key) for key in list(changed) if key not in columns and key != "meta"}}
    (folder / "meta.json").write_text(changed.pop("meta", json.dumps(meta)))
    for name, values in {**columns, **changed}.items():
        if isinstance(values, str):
            (folder / f"{name}.npy").write_text(values)
        elif values is not None:
            np.save(folder / f"{name}.npy", np.array(values))
    return {"tape": str(folder)}


def test_columns_of_other_whole_types_are_read(tmp_path):
    result = bench.run(save(tmp_path, trades=1, volume=2, pv=10))
    assert result["differences"] == [] and result["trades"] == 1 and result["messages"] == 1


@pytest.mark.parametrize("changed, message", [
    ({"kind": None}, "kind.npy: missing"),
    ({"oid": "nonsense"}, "oid.npy: cannot be read"),
    ({"oid": ""}, "oid.npy: cannot be read"),
    ({"qty": [1.5, 2.0]}, "qty.npy: float64"),
    ({"price": [[5, 5]]}, r"price.npy: int64 of shape \(1, 2\)"),
    ({"qty": [1 << 40, 2]}, "qty.npy: row 0 is 1099511627776, which does not fit int32"),
    ({"kind": [0, 300]}, "kind.npy: row 1 is 300, which does not fit uint8"),
    ({"side": [0, -1]}, "side.npy: row 1 is -1"),
    ({"book": [0]}, "differ in length"),
    ({"nbooks": None, "P": None}, "P, nbooks missing"),
    ({"P": 0}, "P is 0; expected 1 to"),
    ({"P": "10"}, "P is '10'; expected a whole number"),
    ({"nbooks": 1.5}, "nbooks is 1.5; expected a whole number"),
    ({"nbooks": -1}, "nbooks is -1; expected 1 to"),
    ({"n_pre": 3}, "n_pre is 3; expected 0 to 2"),
    ({"n_pre": True}, "n_pre is True"),
    ({"volume": "many"}, "volume is 'many'"),
    ({"meta": "{"}, "meta.json: not JSON"),
    ({"meta": "[]"}, "meta.json: expected an object"),
], ids=lambda value: value if isinstance(value, str) else None)
def test_bad_tapes_are_named(tmp_path, changed, message):
    with pytest.raises(InputError, match=message):
        bench.run(save(tmp_path, **changed))


def test_a_folder_without_a_tape_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no meta\.json"):
        bench.read_tape(tmp_path)


@pytest.mark.parametrize("asked, message", [
    ({"shape": "Shalow"}, "did you mean shallow"), ({"shape": "nope"}, "expected one of shallow, deep, many"),
    ({"messages": 0}, "0 messages: expected 1 to"), ({"messages": 10**12}, "expected 1 to"), ({"seed": -1}, "seed -1"),
    ({"seed": 1 << 63}, "expected 0 to 2"),
])
def test_bad_wishes_are_named(asked, message):
    with pytest.raises(InputError, match=message):
        bench.run({"messages": 10, **asked})


@pytest.mark.parametrize("wrong, code", [({}, 0), ({"trades": 2}, 1), ({"volume": 3}, 1), ({"pv": 11}, 1)])
def test_the_command_exits_with_1_on_a_difference(tmp_path, capsys, wrong, code):
    save(tmp_path, **{"trades": 1, "volume": 2, "pv": 10, **wrong})
    assert cli.main(["bench", "matching", "--tape", str(tmp_path), "--json"]) == code
    assert json.loads(capsys.readouterr().out)["trades"] == 1
