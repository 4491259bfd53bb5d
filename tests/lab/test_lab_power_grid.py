"""Power and grid: textbook answers, and random problems against linear programs solved by scipy."""

import json
import os

import numpy as np
import pytest
from scipy.optimize import linprog

from marketsim import lab
from marketsim.errors import InputError
from marketsim.markets import capped_dispatch, linear

PROBLEMS = int(os.environ.get("MARKETSIM_LAB_PROBLEMS", "100"))


def ask(kind, problem):
    return json.loads(lab.run(kind, json.dumps(problem)))


SWITCH = {"units": [{"name": "coal", "cap": 100, "fuel_cost": 20, "ef": 1}, {"name": "gas", "cap": 100, "fuel_cost": 50, "ef": 0.4}]}


def test_the_switch_from_coal_to_gas():
    got = ask("power", SWITCH | {"periods": [{"demand": 120}], "emission_cap": 90})
    assert (got["carbon_price_low"], got["carbon_price_high"]) == pytest.approx((50, 50), rel=1e-9)
    assert got["power_prices"] == pytest.approx([70], rel=1e-9) and got["dispatch"][0] == pytest.approx([70, 50], rel=1e-9)


@pytest.mark.parametrize(("carbon", "power"), [(30, 50), (60, 74)])
def test_the_marginal_unit_passes_its_cost_on(carbon, power):
    assert ask("power", SWITCH | {"periods": [{"demand": 80}], "carbon_price": carbon})["power_prices"] == pytest.approx([power])


def random_power(seed):
    draw = np.random.default_rng([seed, 408])
    units = [{"cap": int(draw.integers(20, 130)), "fuel_cost": int(draw.integers(10, 90)), "ef": float(draw.integers(0, 110)) / 100}
             for _ in range(draw.integers(1, 7))]
    periods = [{"demand": int(draw.integers(0, sum(u["cap"] for u in units) + 20)), "hours": int(draw.integers(1, 11))}
               for _ in range(draw.integers(1, 5))]
    return {"units": units, "periods": periods, "voll": 10000}


def programme(problem, cap):
    """The dispatch as a linear program: least objective under a cap, None where there is none."""
    units, periods = problem["units"], problem["periods"]
    each = [u["fuel_cost"] for u in units] + [problem["voll"]]
    factor = [u["ef"] for u in units] + [0]
    cost = np.concatenate([np.array(each) * p["hours"] for p in periods])
    meet = np.kron(np.eye(len(periods)), np.ones(len(each)))
    found = linprog(cost, A_ub=[np.concatenate([np.array(factor) * p["hours"] for p in periods])], b_ub=[cap], A_eq=meet,
                    b_eq=[p["demand"] for p in periods], bounds=([(0, u["cap"]) for u in units] + [(0, None)]) * len(periods))
    return found.fun if found.status == 0 else None


@pytest.mark.parametrize("part", range(10))
def test_random_dispatch_agrees_with_a_linear_program(part):
    for seed in range(part * PROBLEMS // 10, (part + 1) * PROBLEMS // 10):
        problem = random_power(seed)
        free = ask("power", problem | {"carbon_price": 0})["emissions"]
        cap = round(free * (0.3 + (seed % 9) / 10), 2)
        got, step = ask("power", problem | {"emission_cap": cap}), 1e-3
        best = programme(problem, cap)
        assert got["objective"] == pytest.approx(best, rel=1e-6, abs=1e-5) and got["emissions"] <= cap * (1 + 1e-9) + 1e-9, seed
        for period, row, unserved in zip(problem["periods"], got["dispatch"], got["unserved"], strict=True):
            assert sum(row) + unserved == pytest.approx(period["demand"], abs=1e-6)
            assert all(-1e-9 <= g <= u["cap"] + 1e-9 for g, u in zip(row, problem["units"], strict=True))
        if cap <= 0 or cap >= free - 0.006:  # as for permits, a cap at the free emissions gives price 0, not an interval
            continue
        tighter, looser = programme(problem, cap - step), programme(problem, cap + step)
        if tighter is not None:
            assert got["carbon_price_high"] == pytest.approx((tighter - best) / step, rel=1e-3, abs=1e-2), seed
        assert got["carbon_price_low"] == pytest.approx((best - looser) / step, rel=1e-3, abs=1e-2), seed


def random_grid(seed):
    draw = np.random.default_rng([seed, 409])
    count = int(draw.integers(2, 7))
    pairs = {(int(draw.integers(0, b)), b) for b in range(1, count)}
    pairs |= {tuple(sorted(draw.choice(count, 2, replace=False).tolist())) for _ in range(draw.integers(0, 5))}
    lines = [{"from": a, "to": b, "x": float(draw.choice([0.05, 0.1, 0.2])), "limit": None if draw.random() < 0.5 else int(draw.integers(30, 200))}
             for a, b in sorted(pairs)]
    gens = [{"bus": b, "pmin": 0, "pmax": int(draw.integers(80, 400)), "c1": int(draw.integers(5, 60)),
             "c2": float(draw.choice([0, 0.01, 0.05]))} for b in range(count) if b == 0 or draw.random() < 0.7]
    return {"buses": [{"load": int(draw.integers(0, 80))} for _ in range(count)], "lines": lines, "gens": gens}


def prices_that_support(problem, got):
    """Least and greatest price of each bus over all prices that make the answer optimal, by scipy; fails if there are none."""
    buses, lines, gens = (len(problem[key]) for key in ("buses", "lines", "gens"))
    near, equal, unequal = 1e-6, [], []
    for gen, p in zip(problem["gens"], got["dispatch"], strict=True):
        slope = gen["c1"] + 2 * gen["c2"] * p
        row = np.zeros(buses + lines)
        row[gen["bus"]] = 1
        if p > gen["pmin"] + near and p < gen["pmax"] - near:
            equal.append((row, slope))
        else:
            unequal.append((row, slope + 1e-7) if p <= gen["pmin"] + near else (-row, 1e-7 - slope))
    tilt, bounds = np.zeros((buses, buses + lines)), [(None, None)] * buses
    for k, (line, flow) in enumerate(zip(problem["lines"], got["flows"], strict=True)):
        pull = np.zeros(buses + lines)
        pull[line["from"]], pull[line["to"]], pull[buses + k] = 1, -1, 1  # what a MW on the line is worth, plus its scarcity
        tilt[line["from"]] += pull / line["x"]
        tilt[line["to"]] -= pull / line["x"]
        limit = np.inf if line["limit"] is None else line["limit"]
        bounds.append((0 if flow < limit - near else 0, None) if flow >= limit - near else (None, 0) if flow <= near - limit else (0, 0))
    equal += [(row, 0.0) for row in tilt]
    a_eq, b_eq = (np.array(side) for side in zip(*equal, strict=True))
    a_ub, b_ub = (np.array(side) for side in zip(*unequal, strict=True)) if unequal else (None, None)
    ends = []
    for sign in (1, -1):
        for bus in range(buses):
            aim = np.eye(buses + lines)[bus] * sign
            found = linprog(aim, A_ub=a_ub, b_ub=b_ub, A_eq=a_eq, b_eq=b_eq, bounds=bounds)
            assert found.status in (0, 3), found.message
            ends.append(None if found.status == 3 else found.x[bus])
    return ends[:buses], ends[buses:]


@pytest.mark.parametrize("part", range(10))
def test_random_grids_are_proved_optimal_and_pay_their_rent(part):
    for seed in range(part * PROBLEMS // 10, (part + 1) * PROBLEMS // 10):
        problem = random_grid(seed)
        try:
            got = ask("grid", problem)
        except InputError as error:
            assert "no dispatch" in str(error), seed
            assert infeasible(problem), seed
            continue
        net = np.array([-bus["load"] for bus in problem["buses"]], dtype=float)
        for gen, p in zip(problem["gens"], got["dispatch"], strict=True):
            net[gen["bus"]] += p
        for line, flow in zip(problem["lines"], got["flows"], strict=True):
            net[line["from"]] -= flow
            net[line["to"]] += flow
        assert np.abs(net).max() < 1e-6, seed
        lows, highs = prices_that_support(problem, got)
        for low, high, got_low, got_high in zip(lows, highs, got["lmp_low"], got["lmp_high"], strict=True):
            for expected, given in ((low, got_low), (high, got_high)):
                assert (expected is None) == (given is None), seed
                assert expected is None or given == pytest.approx(expected, rel=1e-5, abs=1e-4), seed
        paid = sum(b["load"] * p for b, p in zip(problem["buses"], got["lmp"], strict=True))
        earned = sum(p * got["lmp"][g["bus"]] for g, p in zip(problem["gens"], got["dispatch"], strict=True))
        assert paid - earned == pytest.approx(got["congestion_rent"], rel=1e-6, abs=1e-5), seed


def infeasible(problem):
    buses, lines = len(problem["buses"]), len(problem["lines"])
    count = len(problem["gens"])
    a_eq = np.zeros((buses + lines, count + lines + buses))  # dispatch, flows, angles
    for k, gen in enumerate(problem["gens"]):
        a_eq[gen["bus"], k] = 1
    for k, line in enumerate(problem["lines"]):
        a_eq[line["from"], count + k] -= 1
        a_eq[line["to"], count + k] += 1
        a_eq[buses + k, count + k] = line["x"]
        a_eq[buses + k, count + lines + line["from"]] = -1
        a_eq[buses + k, count + lines + line["to"]] = 1
    limits = [(None if line["limit"] is None else -line["limit"], line["limit"]) for line in problem["lines"]]
    found = linprog(np.zeros(a_eq.shape[1]), A_eq=a_eq, b_eq=[b["load"] for b in problem["buses"]] + [0] * lines,
                    bounds=[(g["pmin"], g["pmax"]) for g in problem["gens"]] + limits + [(None, None)] * buses)
    return found.status == 2


def test_a_broken_engine_breaks_the_lab(monkeypatch):
    system = SWITCH | {"periods": [{"demand": 120}], "emission_cap": 90}
    wires = {"buses": [{"load": 5}, {"load": 5}], "lines": [{"from": 0, "to": 1, "x": 0.1}], "gens": [{"bus": 0, "pmax": 20, "c1": 3}]}
    right = ask("power", system)["dispatch"], ask("grid", wires)["dispatch"]
    merit, solve = capped_dispatch._merit, linear.Solver.solve
    monkeypatch.setattr(capped_dispatch, "_merit", lambda *arguments: merit(*arguments) * 0.5)
    assert ask("power", system)["dispatch"] != right[0]
    monkeypatch.setattr(linear.Solver, "solve", lambda self, bounds: [a * 0 for a in solve(self, bounds)])
    monkeypatch.setattr("marketsim.markets.nodal.canonical_point", lambda solver, bounds, found: found[0])
    assert ask("grid", wires)["dispatch"] != right[1]
