"""Permits and banking: textbook answers, and random problems against bisection and an independent quadratic program."""

import json
import os
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from marketsim import lab
from marketsim.errors import InputError
from marketsim.planner import banking, merit, permits

PROBLEMS = int(os.environ.get("MARKETSIM_LAB_PROBLEMS", "100"))


def ask(kind, problem):
    return json.loads(lab.run(kind, json.dumps(problem)))


def linear(baseline, a, b, **more):
    return {"baseline": baseline, "mac": {"type": "linear", "a": a, "b": b}, **more}


TWO = [linear(100, 0, 1, allocation=50), linear(100, 0, 3, allocation=50)]
ONE = [{"baseline": 100, "mac": {"a": 0, "b": 1}}]


def test_two_firms_of_the_textbook():
    got = ask("permits", {"cap": 100, "firms": TWO})
    assert (got["price"], got["total_cost"], got["no_trade"]["cost"], got["gains_from_trade"]) == (75, 3750, 5000, 1250)
    assert [f["abatement"] for f in got["firms"]] == [75, 25] and [f["net_purchase"] for f in got["firms"]] == [-25, 25]


def test_steps_leave_an_interval_of_prices():
    firms = [{"baseline": 50, "mac": {"type": "step", "blocks": [[10, 5], [10, 20], [20, 40]]}},
             {"baseline": 50, "mac": {"type": "step", "blocks": [[20, 10], [15, 30]]}}]
    got = ask("permits", {"cap": 60, "firms": firms})
    assert (got["price_low"], got["price"], got["price_high"], got["total_cost"]) == (20, 25, 30, 450)


def test_floor_withdraws_and_ceiling_sells():
    low = ask("permits", {"cap": 190, "price_floor": 15, "firms": TWO})
    assert (low["price"], low["withdrawn"], low["emissions"]) == (15, 10, 180)
    high = ask("permits", {"cap": 100, "price_ceiling": 60, "firms": TWO})
    assert (high["price"], high["extra_sold"], high["emissions"]) == (60, 20, 120)
    inside = ask("permits", {"cap": 100, "price_floor": 15, "price_ceiling": 80, "firms": TWO})
    assert (inside["price"], inside["withdrawn"], inside["extra_sold"]) == (75, 0, 0)


@pytest.mark.parametrize("cap", [200, 230])
def test_a_cap_that_does_not_bind_gives_price_zero_unless_a_floor_holds(cap):
    got = ask("permits", {"cap": cap, "firms": TWO})
    assert (got["price"], got["price_low"], got["price_high"], got["total_abatement"]) == (0, 0, 0, 0)
    assert ask("permits", {"cap": cap, "price_floor": 3, "firms": TWO})["price"] == 3


def test_a_cap_out_of_reach_names_what_can_be_reached():
    with pytest.raises(InputError, match="95 units must be abated, but no more than 40 can be.* emissions can fall to 60"):
        ask("permits", {"cap": 5, "firms": [{"baseline": 100, "mac": {"type": "step", "blocks": [[40, 5]]}}]})
    open_end = ask("permits", {"cap": 60, "firms": [{"baseline": 100, "mac": {"type": "step", "blocks": [[40, 5]]}}]})
    assert (open_end["price"], open_end["price_low"], open_end["price_high"]) == (5, 5, None)


def test_one_who_cannot_keep_to_its_allocation_alone_has_no_cost_without_trade():
    firms = [linear(100, 0, 1, allocation=0), {"baseline": 100, "allocation": 0, "mac": {"type": "step", "blocks": [[40, 5]]}}]
    got = ask("permits", {"cap": 70, "firms": firms})
    assert got["no_trade"]["cost"] is None and got["gains_from_trade"] is None


@pytest.mark.parametrize(("caps", "rate", "limit", "prices"), [
    ([100, 58], 0.1, 0, [20, 22]), ([58, 100], 0.1, 0, [42, 0]), ([58, 100], 0.1, 1000, [20, 22]), ([58, 100], 0.1, 5, [37, 5]),
    ([90, 50, 95], 0.1, 0, [200 / 7, 220 / 7, 5]), ([100, 90, 80, 70], 0, 0, [15, 15, 15, 15]),
])  # fmt: skip
def test_banking_of_the_textbook(caps, rate, limit, prices):
    got = ask("banking", {"caps": caps, "discount_rate": rate, "borrow_limit": limit, "firms": ONE})
    assert got["prices"] == pytest.approx(prices, rel=1e-12)


def test_banking_saves_what_the_textbook_says():
    got = ask("banking", {"caps": [100, 58], "discount_rate": 0.1, "firms": ONE})
    assert (got["total_cost"], got["bank"]) == (420, [20, 0])
    assert got["no_banking"] == {"prices": [0, 42], "total_cost": pytest.approx(801.8181818181819, rel=1e-12)}


def random_permits(seed):
    draw = np.random.default_rng([seed, 401])
    firms = []
    for _ in range(draw.integers(1, 9)):
        if draw.random() < 0.5:
            mac = {"type": "linear", "a": int(draw.integers(0, 25)), "b": float(draw.choice([0, 0.25, 0.5, 1, 3]))}
            firms.append({"baseline": int(draw.integers(1, 150)), "mac": mac})
        else:
            blocks = [[int(draw.integers(0, 40)), int(draw.integers(0, 200))] for _ in range(draw.integers(1, 5))]
            firms.append({"baseline": sum(q for q, _ in blocks), "mac": {"type": "step", "blocks": blocks}})
    total = sum(f["baseline"] for f in firms)
    problem = {"cap": int(draw.integers(0, total + 10)), "firms": firms}
    if draw.random() < 0.3:
        problem["price_floor"] = int(draw.integers(0, 40))
    if draw.random() < 0.3:
        problem["price_ceiling"] = int(draw.integers(40, 120))
    return problem


def supply(problem, price, ties):
    """Independent: what all firms abate at a price; blocks exactly at it count only with `ties`."""
    total = 0.0
    for firm in problem["firms"]:
        mac = firm["mac"]
        steps = mac["blocks"] if mac["type"] == "step" else [[firm["baseline"], mac["a"]]] if mac["b"] == 0 else []
        total += sum(q for q, c in steps if c < price or (ties and c == price))
        if not steps and mac["type"] == "linear":
            total += min(max((price - mac["a"]) / mac["b"], 0), firm["baseline"])
    return total


@pytest.mark.parametrize("part", range(10))
def test_random_permits_agree_with_supply_at_the_price(part):
    """The interval is where supply without ties ≤ what is required ≤ supply with ties, and it is the widest such one."""
    for seed in range(part * PROBLEMS // 10, (part + 1) * PROBLEMS // 10):
        problem = random_permits(seed)
        got = ask("permits", problem)
        required = sum(f["baseline"] for f in problem["firms"]) - problem["cap"] + got["withdrawn"] - got["extra_sold"]
        assert got["total_abatement"] >= required - 1e-9, seed
        low, high, close = got["price_low"], got["price_high"], 1e-9 * (1 + abs(required))
        floor, ceiling = problem.get("price_floor", 0), problem.get("price_ceiling")
        assert got["withdrawn"] == 0 or low == high == floor
        assert got["extra_sold"] == 0 or low == high == ceiling
        if required <= 0:
            assert low == (ceiling if got["extra_sold"] else floor)
            continue
        assert supply(problem, low, True) >= required - close, seed
        if low > floor and not got["extra_sold"]:
            assert supply(problem, low * (1 - 1e-9) - 1e-9, True) < required, seed
        if high is None:
            assert supply(problem, 1e9, True) == pytest.approx(required)
        else:
            assert supply(problem, high, False) <= max(required, got["total_abatement"]) + close, seed
            if high != ceiling and high > floor:
                assert supply(problem, high * (1 + 1e-9) + 1e-9, True) > required, seed


def random_banking(seed):
    draw = np.random.default_rng([seed, 402])
    periods = int(draw.integers(1, 8))
    firms = [{"baseline": draw.integers(40, 120, periods).tolist(),
              "mac": {"a": int(draw.integers(0, 20)), "b": float(draw.choice([0.5, 1, 2, 4]))}} for _ in range(draw.integers(1, 6))]
    total = np.sum([f["baseline"] for f in firms], axis=0)
    return {"caps": [int(t * draw.uniform(0.4, 1.15)) for t in total], "discount_rate": float(draw.choice([0, 0.03, 0.1, -0.02])),
            "initial_bank": int(draw.choice([0, 20])), "borrow_limit": int(draw.choice([0, 0, 15, 1000])),
            "terminal_bank_min": int(draw.choice([0, 0, 10])), "firms": firms}


@pytest.mark.parametrize("part", range(10))
def test_random_banking_meets_the_optimality_conditions(part):
    """Independent proof of optimality: firms abate to the price, the bank obeys its limits, discounted prices fall only at a limit."""
    for seed in range(part * PROBLEMS // 10, (part + 1) * PROBLEMS // 10):
        problem = random_banking(seed)
        got = ask("banking", problem)
        prices, bank = got["prices"], problem["initial_bank"]
        periods, cost = len(prices), 0.0
        limits = [-problem["borrow_limit"]] * (periods - 1) + [problem["terminal_bank_min"]]
        for t, price in enumerate(prices):
            saved = [min(max((price - f["mac"]["a"]) / f["mac"]["b"], 0), f["baseline"][t]) for f in problem["firms"]]
            emitted = sum(f["baseline"][t] for f in problem["firms"]) - sum(saved)
            factor = (1 + problem["discount_rate"]) ** t
            cost += sum((f["mac"]["a"] + f["mac"]["b"] * q / 2) * q for f, q in zip(problem["firms"], saved, strict=True)) / factor
            bank += problem["caps"][t] - emitted
            assert got["emissions"][t] == pytest.approx(emitted, rel=1e-9), seed
            assert got["bank"][t] == pytest.approx(bank, rel=1e-9, abs=1e-7) and bank >= limits[t] - 1e-7, seed
            after = prices[t + 1] / factor / (1 + problem["discount_rate"]) if t + 1 < periods else 0.0
            fall = price / factor - after
            assert fall >= -1e-9 and (abs(fall) < 1e-9 or abs(bank - limits[t]) < 1e-6), seed
        assert got["total_cost"] == pytest.approx(cost, rel=1e-9), seed


def test_many_firms_are_cleared_by_the_same_function():
    """Ten thousand steps: the marginal cost used and the one left enclose the price."""
    draw = np.random.default_rng(5)
    pieces = tuple(merit.Piece(owner=i, quantity=Fraction(int(q)), start=Fraction(int(c)))
                   for i, (q, c) in enumerate(draw.integers(1, 1000, (10_000, 2))))
    used = merit.cheapest(pieces, Fraction(1_234_567))
    assert sum(used.saved) == 1_234_567
    assert used.low == used.high == used.price and all(p.start <= used.low for p, q in zip(pieces, used.saved, strict=True) if q)


def test_a_broken_engine_breaks_the_lab(monkeypatch):
    problem = {"cap": 100, "firms": TWO}
    path = {"caps": [100, 58], "discount_rate": 0.1, "firms": ONE}
    right = merit.cheapest
    wrong = lambda pieces, required: replace(right(pieces, required), low=Fraction(1), high=Fraction(1))  # noqa: E731
    monkeypatch.setattr(permits, "cheapest", wrong)
    monkeypatch.setattr(banking, "cheapest", wrong)
    assert ask("permits", problem)["price"] != 75
    assert ask("banking", path)["prices"] != [20, 22]
