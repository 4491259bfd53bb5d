"""Curves from files: worked days, random days against a linear program, and files that are refused."""

import gzip
import json

import numpy as np
import pytest
from scipy.optimize import linprog

from marketsim.cli import main
from marketsim.errors import InputError
from marketsim.lab import curves
from marketsim.markets import zonal_kernel

HEADS = {"orders": "period,zone,side,price,quantity", "fixed": "period,zone,quantity", "links": "period,from,to,capacity"}


def ask(folder, orders, fixed=(), links=()):
    paths = []
    for name, rows in (("orders", orders), ("fixed", fixed), ("links", links)):
        path = folder / f"{name}.csv"
        path.write_text("\n".join([HEADS[name], *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
        paths.append(path if rows or name == "orders" else None)
    text, rents = curves.run(*paths)
    return [json.loads(line) for line in text.split("\n")], rents


def test_overlapping_steps_leave_an_interval(tmp_path):
    rows, _ = ask(tmp_path, [(1, "a", "B", 50, 10), (1, "a", "S", "-3.5", 4), (1, "a", "S", 20, 6), (1, "a", "S", 60, 9)])
    assert rows == [{"period": 1, "zone": "a", "price": 35.0, "price_low": 20.0, "price_high": 50.0, "volume": 10.0, "import": 0.0, "sold": 10.0}]


def test_a_full_link_parts_the_prices_and_a_wide_one_joins_them(tmp_path):
    orders = [("h1", "a", "S", 10, 100), ("h1", "b", "S", 40, 100), ("h1", "a", "B", 100, 20), ("h1", "b", "B", 100, 50)]
    rows, rents = ask(tmp_path, orders, links=[("h1", "a", "b", 30)])
    assert [(r["price"], r["volume"], r["import"]) for r in rows] == [(10, 20, -30), (40, 50, 30)]
    assert rents == "period h1: 30 from a to b, rent 900.00"
    wide, rents = ask(tmp_path, orders, links=[("h1", "a", "b", 80)])
    assert [r["price"] for r in wide] == [10, 10] and rents == ""
    alone, _ = ask(tmp_path, orders)
    assert [(r["price"], r["import"]) for r in alone] == [(10, 0), (40, 0)]


def test_fixed_quantities_move_the_curves(tmp_path):
    rows, _ = ask(tmp_path, [(1, "a", "S", 10, 5), (1, "a", "S", 30, 5), (1, "a", "B", 90, 4)], fixed=[(1, "a", -3), (1, "a", 0.5)])
    assert (rows[0]["price"], rows[0]["volume"]) == (30, 7)


def gains(orders, links, zones):
    """Gains from trade of one period by scipy, with every link in one direction as its own variable."""
    sign = [1 if side == "S" else -1 for _, _, side, _, _ in orders]
    cost = [s * p for s, (_, _, _, p, _) in zip(sign, orders, strict=True)] + [0.0] * len(links)
    a_eq = np.zeros((len(zones), len(cost)))
    for k, (_, zone, _, _, _) in enumerate(orders):
        a_eq[zones.index(zone), k] = sign[k]
    for k, (_, start, end, _) in enumerate(links, start=len(orders)):
        a_eq[zones.index(start), k] -= 1
        a_eq[zones.index(end), k] += 1
    found = linprog(cost, A_eq=a_eq, b_eq=np.zeros(len(zones)), bounds=[(0, q) for *_, q in orders] + [(0, c) for *_, c in links])
    assert found.status == 0
    return -found.fun


@pytest.mark.parametrize("seed", range(60))
def test_random_days_reach_the_gains_of_a_linear_program(tmp_path, seed):
    """Zones cleared at the printed prices and imports reach the greatest gains, and no price moves without a full link."""
    draw = np.random.default_rng([seed, 412])
    zones = ["x", "y", "z"][:draw.integers(1, 4)]
    orders = [(1, zone, side, float(draw.integers(-50, 900)) / 10, int(draw.integers(1, 40)))
              for zone in zones for side in "BS" for _ in range(draw.integers(1, 9))]
    links = [(1, a, b, int(draw.integers(0, 60))) for a in zones for b in zones if a != b and draw.random() < 0.7]
    rows, _ = ask(tmp_path, orders, links=links)
    reached = 0.0
    for row in rows:
        mine, price, close = [o for o in orders if o[1] == row["zone"]], row["price"], 1e-9
        bought = [o[4] for o in mine if o[2] == "B" and o[3] > price + close]
        assert sum(bought) <= row["volume"] + close
        assert row["volume"] <= sum(o[4] for o in mine if o[2] == "B" and o[3] >= price - close) + close
        assert sum(o[4] for o in mine if o[2] == "S" and o[3] < price - close) <= row["sold"] + close
        assert row["sold"] <= sum(o[4] for o in mine if o[2] == "S" and o[3] <= price + close) + close
        assert row["volume"] == pytest.approx(row["sold"] + row["import"])
        reached += sum((o[3] - price) * o[4] for o in mine if o[2] == "B" and o[3] > price)
        reached += sum((price - o[3]) * o[4] for o in mine if o[2] == "S" and o[3] < price) + price * row["import"]
    assert reached == pytest.approx(gains(orders, links, zones), rel=1e-9, abs=1e-6)
    assert sum(row["import"] for row in rows) == pytest.approx(0)


def test_packed_files_and_byte_order_marks_are_read(tmp_path):
    text = "\ufeff" + HEADS["orders"] + "\r\n7,a,S,1,2\r\n\r\n7,a,B,3,2\r\n"
    (tmp_path / "o.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert json.loads(curves.run(tmp_path / "o.csv.gz")[0]) == {
        "period": 7, "zone": "a", "price": 2.0, "price_low": 1.0, "price_high": 3.0, "volume": 2.0, "import": 0.0, "sold": 2.0}


@pytest.mark.parametrize(("text", "said"), [
    ("period,zone,side,price\n", "line 1: expected the columns period,zone,side,price,quantity"),
    (HEADS["orders"] + "\n1,a,S,1\n", "line 2: expected 5 fields, found 4"),
    (HEADS["orders"] + "\n1,a,S,one,1\n", "orders row 1: expected a decimal number, found 'one'"),
    (HEADS["orders"] + "\n1,a,S,nan,1\n", "expected a decimal number"), (HEADS["orders"] + "\n1,a,Q,1,1\n", "expected side B or S"),
    (b"\xff\xfe1", "expected UTF-8"), (b"\x1f\x8bnothing", "cannot be read"),
])  # fmt: skip
def test_files_that_are_refused(tmp_path, text, said):
    (tmp_path / "o.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=said):
        curves.run(tmp_path / "o.csv")


def test_a_broken_engine_breaks_the_lab(tmp_path, monkeypatch):
    orders = [(1, "a", "B", 50, 10), (1, "a", "S", 20, 10)]
    assert ask(tmp_path, orders)[0][0]["price"] == 35
    monkeypatch.setattr(zonal_kernel, "solve_hours", lambda *arguments: None)
    assert ask(tmp_path, orders)[0][0]["price"] != 35


def test_the_command_line_prints_answers_and_tells_rents_apart(tmp_path, capsys):
    (tmp_path / "o.csv").write_text(HEADS["orders"] + "\n1,a,S,10,9\n1,b,S,40,9\n1,b,B,99,9\n", encoding="utf-8")
    (tmp_path / "l.csv").write_text(HEADS["links"] + "\n1,a,b,4\n", encoding="utf-8")
    assert main(["lab", "curves", "--orders", str(tmp_path / "o.csv"), "--links", str(tmp_path / "l.csv")]) == 0
    shown = capsys.readouterr()
    assert [json.loads(line)["import"] for line in shown.out.splitlines()] == [-4, 4] and "rent" in shown.err
    assert main(["lab", "curves"]) == 2 and "--orders" in capsys.readouterr().err
    problem = tmp_path / "p.jsonl"
    problem.write_text('{"cap": 6, "firms": [{"baseline": 9, "mac": {"type": "linear", "a": 0, "b": 1}}]}\n' * 2, encoding="utf-8")
    assert main(["lab", "permits", str(problem), "--lines"]) == 0
    assert [json.loads(line)["price"] for line in capsys.readouterr().out.splitlines()] == [3, 3]
    problem.write_text(problem.read_text(encoding="utf-8") + '{"cap": 1}\n', encoding="utf-8")
    assert main(["lab", "permits", str(problem), "--lines"]) == 2
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 2 and "line 3: permits.firms" in shown.err
    problem.write_text('{"cap": NaN, "firms": []}', encoding="utf-8")
    assert main(["lab", "permits", str(problem)]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and len(shown.err.splitlines()) == 1 and "permits.cap" in shown.err
