"""Linking and river: textbook answers, and random problems with an independent proof of optimality by scipy."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from marketsim import lab
from marketsim.errors import InputError
from marketsim.planner import linking as planner_linking
from marketsim.planner import river as planner_river

PROBLEMS = int(os.environ.get("MARKETSIM_LAB_PROBLEMS", "100"))


def ask(kind, problem):
    return json.loads(lab.run(kind, json.dumps(problem)))


def prove(x, low, high, slope, rows, need):
    """Prices y ≥ 0 of rows·x ≥ need that make x optimal: the least and greatest of each by scipy (None: open); fails if none exist."""
    close = 1e-7 * (1 + np.abs(x))
    assert (x >= low - close).all() and (x <= high + close).all()
    slack = rows @ x - need
    assert (slack >= -1e-6 * (1 + np.abs(need))).all()
    at_low, at_high = x <= low + close, x >= high - close
    upper = [(row, s) for row, s, at in zip(rows.T, slope, at_high, strict=True) if not at]  # y·row ≤ slope unless at the top
    lower = [(-row, -s) for row, s, at in zip(rows.T, slope, at_low, strict=True) if not at]
    a_ub = np.array([row for row, _ in upper + lower])
    b_ub = np.array([s for _, s in upper + lower]) + 1e-7
    bounds = [(0, None if abs(s) < 1e-6 * (1 + abs(n)) else 0) for s, n in zip(slack, need, strict=True)]
    ends = []
    for aim in np.vstack([np.eye(len(need)), -np.eye(len(need))]):
        found = linprog(aim, A_ub=a_ub, b_ub=b_ub, bounds=bounds)
        assert found.status in (0, 3), found.message  # 3: open upwards
        ends.append(found.x @ np.abs(aim) if found.status == 0 else None)
    return ends[:len(need)], ends[len(need):]


def same_ends(expected, got):
    for a, b in zip(expected, got, strict=True):
        assert (a is None) == (b is None) and (a is None or b == pytest.approx(a, rel=1e-5, abs=1e-4))


def region(cap, *firms):
    return {"cap": cap, "firms": [{"baseline": u, "mac": {"a": a, "b": b}} for u, a, b in firms]}


def between(**link):
    """Two regions of the textbook: alone 40 and 10; permits go from the second to the first."""
    two = [region(60, (100, 0, 1)), region(90, (100, 0, 1))]
    return ask("linking", {"regions": two, "links": [{"from": 1, "to": 0, "ratio": 1, "cost": 0, "limit": None} | link]})


@pytest.mark.parametrize(("link", "prices", "flow"), [
    ({}, [25, 25], 15), ({"limit": 5}, [35, 15], 5), ({"cost": 6}, [28, 22], 12), ({"ratio": 0.5}, [36, 18], 8),
])  # fmt: skip
def test_two_linked_regions_of_the_textbook(link, prices, flow):
    got = between(**link)
    assert got["prices"] == pytest.approx(prices, rel=1e-11) and got["flows"] == pytest.approx([flow], rel=1e-11)
    assert got["autarky"]["prices"] == [40, 10]


def test_the_gain_of_a_link_is_the_triangle():
    assert between()["gains"] == pytest.approx(225, rel=1e-11)
    steeper = ask("linking", {"regions": [region(60, (100, 0, 1)), region(90, (100, 0, 3))],
                              "links": [{"from": 0, "to": 1, "ratio": 1, "cost": 0}, {"from": 1, "to": 0, "ratio": 1, "cost": 0}]})
    assert steeper["prices"] == pytest.approx([37.5, 37.5], rel=1e-11) and steeper["gains"] == pytest.approx(12.5, rel=1e-11)
    half = between(ratio=0.5)
    assert sum(half["emissions"]) == pytest.approx(150 - 4, rel=1e-11)


def test_a_cycle_that_makes_permits_from_nothing_is_refused_by_name():
    regions = [region(60, (100, 0, 1)) | {"name": name} for name in ("north", "east", "south")]
    links = [{"from": a, "to": b, "ratio": r, "cost": 1} for a, b, r in ((0, 1, 2), (1, 2, 0.8), (2, 0, 0.7), (1, 0, 0.5))]
    with pytest.raises(InputError, match="cycle .*(north → east → south → north|east → south → north → east|south → north → east → south)"
                                         ".* nothing.* 1.12"):
        ask("linking", {"regions": regions, "links": links})
    links[2]["ratio"] = 0.625  # the product is exactly 1: nothing is gained
    assert ask("linking", {"regions": regions, "links": links})["prices"]


def random_linking(seed):
    draw = np.random.default_rng([seed, 403])
    count = int(draw.integers(2, 7))
    regions = [region(int(draw.integers(20, 250)), *[(int(draw.integers(40, 120)), int(draw.integers(0, 20)), float(draw.choice(
        [0.5, 1, 2, 4]))) for _ in range(draw.integers(1, 4))]) for _ in range(count)]
    links = [{"from": i, "to": j, "ratio": float(draw.choice([1, 0.8, 0.5])), "cost": float(draw.choice([0, 0.5, 2])),
              "limit": None if draw.random() < 0.4 else int(draw.integers(0, 30))}
             for i in range(count) for j in range(count) if i != j and draw.random() < 0.6]
    return {"regions": regions, "links": links}


@pytest.mark.parametrize("part", range(10))
def test_random_links_are_proved_optimal(part):
    """Flows and abatement of the answer, and the very interval of its prices, against scipy."""
    for seed in range(part * PROBLEMS // 10, (part + 1) * PROBLEMS // 10):
        problem = random_linking(seed)
        got = ask("linking", problem)
        regions, links = problem["regions"], problem["links"]
        firms = [(i, f) for i, r in enumerate(regions) for f in r["firms"]]
        saved = np.array([min(max((got["prices_low"][i] - f["mac"]["a"]) / f["mac"]["b"], 0), f["baseline"]) for i, f in firms])
        x = np.concatenate([saved, got["flows"]])
        rows = np.zeros((len(regions), x.size))
        for k, (i, _) in enumerate(firms):
            rows[i, k] = 1
        for k, link in enumerate(links, start=len(firms)):
            rows[link["from"], k] -= 1
            rows[link["to"], k] += link["ratio"]
        high = np.array([f["baseline"] for _, f in firms] + [np.inf if link["limit"] is None else link["limit"] for link in links])
        slope = np.array([f["mac"]["a"] + f["mac"]["b"] * q for (_, f), q in zip(firms, saved, strict=True)] + [k["cost"] for k in links])
        need = np.array([sum(f["baseline"] for f in r["firms"]) - r["cap"] for r in regions], dtype=float)
        lows, highs = prove(x, np.zeros(x.size), high, slope, rows, need)
        same_ends(lows, got["prices_low"])
        same_ends(highs, got["prices_high"])
        cost = sum((f["mac"]["a"] + f["mac"]["b"] * q / 2) * q for (_, f), q in zip(firms, saved, strict=True))
        assert got["total_cost"] == pytest.approx(cost + sum(k["cost"] * f for k, f in zip(links, got["flows"], strict=True)), rel=1e-9)
        assert got["gains"] is None or got["gains"] >= -1e-7


def test_the_river_of_the_textbook():
    """Two users alike, 20 % lost between: the one below needs 1/0.8 above, so upstream water is worth 0.8 of water below."""
    users = [{"a": 100, "b": 1, "max": 1000}]
    got = ask("river", {"nodes": [{"inflow": 100, "loss": 0.2, "users": users}, {"inflow": 0, "users": users}]})
    assert got["node_prices"][0] == pytest.approx(0.8 * got["node_prices"][1], rel=1e-11)
    assert 100 - got["diversions"]["n0u0"] == pytest.approx(got["node_prices"][0], rel=1e-11)
    assert got["diversions"]["n1u0"] == pytest.approx(0.8 * (100 - got["diversions"]["n0u0"]), rel=1e-11)


def test_what_must_stay_in_the_river_is_not_diverted():
    node = {"inflow": 30, "min_flow": 12, "users": [{"name": "farm", "a": 50, "b": 1, "max": 100}]}
    got = ask("river", {"nodes": [node]})
    assert got["diversions"] == {"farm": pytest.approx(18)} and got["flows"] == pytest.approx([12])
    with pytest.raises(InputError, match="min_flow"):
        ask("river", {"nodes": [node | {"min_flow": 31}]})


def random_river(seed):
    draw = np.random.default_rng([seed, 404])
    return {"nodes": [
        {"inflow": int(draw.integers(20, 170)), "min_flow": int(draw.choice([0, 0, 10])), "loss": float(draw.choice([0, 0.1, 0.2])),
         "users": [{"name": f"n{n}u{k}", "a": int(draw.integers(0, 150)), "b": float(draw.choice([0.5, 1, 2])),
                    "max": int(draw.integers(0, 101)), "return": float(draw.choice([0, 0.3, 0.8]))} for k in range(draw.integers(0, 4))]}
        for n in range(draw.integers(1, 7))]}


@pytest.mark.parametrize("part", range(10))
def test_random_rivers_are_proved_optimal(part):
    for seed in range(part * PROBLEMS // 10, (part + 1) * PROBLEMS // 10):
        problem = random_river(seed)
        got = ask("river", problem)
        nodes = problem["nodes"]
        users = [(n, u) for n, node in enumerate(nodes) for u in node["users"]]
        x = np.array([got["diversions"][u["name"]] for _, u in users])
        reach = np.zeros((len(nodes), len(nodes)))  # what one unit at a node still is at another one below
        for n in range(len(nodes)):
            reach[n, n] = 1
            for m in range(n + 1, len(nodes)):
                reach[n, m] = reach[n, m - 1] * (1 - nodes[m - 1]["loss"])
        rows = np.array([[-reach[n, m] + (u["return"] * reach[n + 1, m] if n + 1 < len(nodes) else 0) for n, u in users]
                         for m in range(len(nodes))]).reshape(len(nodes), len(users))
        need = np.array([node["min_flow"] - sum(nodes[n]["inflow"] * reach[n, m] for n in range(m + 1)) for m, node in enumerate(nodes)])
        slope = np.array([-u["a"] + u["b"] * q for (_, u), q in zip(users, x, strict=True)])
        high = np.array([u["max"] for _, u in users], dtype=float)
        if len(users):
            prove(x, np.zeros(x.size), high, slope, rows, need)
        assert got["welfare"] == pytest.approx(sum(u["a"] * q - u["b"] * q * q / 2 for (_, u), q in zip(users, x, strict=True)), rel=1e-9)
        assert got["flows"] == pytest.approx(rows @ x - need + [node["min_flow"] for node in nodes], rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("seed", range(30))
def test_node_prices_are_what_one_unit_more_is_worth(seed):
    problem = random_river(seed)
    got, step = ask("river", problem), 2.0**-10
    for n, node in enumerate(problem["nodes"]):
        node["inflow"] += step
        more = ask("river", problem)["welfare"]
        node["inflow"] -= 2 * step
        less = ask("river", problem)["welfare"]
        node["inflow"] += step
        assert (more - got["welfare"]) / step <= got["node_prices"][n] + 1e-5 <= (got["welfare"] - less) / step + 2e-5


def test_a_broken_engine_breaks_the_lab(monkeypatch):
    stream = {"nodes": [{"inflow": 10, "users": [{"a": 5, "b": 1, "max": 4}]}]}
    flows, diversions, right = between()["flows"], ask("river", stream)["diversions"], planner_linking.optimum
    for module in (planner_linking, planner_river):
        monkeypatch.setattr(module, "optimum", lambda program: replace(right(program), x=right(program).x / 2))
    assert between()["flows"] == pytest.approx([flows[0] / 2]) and ask("river", stream)["diversions"] != diversions
