"""Tick auctions, dispatch under an emission cap, and published curves against brute force and an LP."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from marketsim.errors import InputError
from marketsim.markets.capped_dispatch import Problem, dispatch_at_price, dispatch_under_cap
from marketsim.markets.curves import clear_curves
from marketsim.markets.tick_auction import NO_PRICE, clear_auctions

FEW = settings(deadline=None, derandomize=True, max_examples=200)


def auction(rows):
    side, tick, lots = (np.array(column) for column in zip(*rows, strict=True))
    return clear_auctions(np.array([0, len(rows)]), side.astype(np.uint8), tick.astype(np.int64), lots.astype(np.int64))


@FEW
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-5, 9), st.integers(0, 7)), min_size=1, max_size=12))
def test_auction_prices_are_all_the_prices_that_clear(rows):
    done = auction(rows)
    clears = []
    for price in range(-7, 12):
        bought = [sum(q for s, p, q in rows if s == 0 and p > price), sum(q for s, p, q in rows if s == 0 and p >= price)]
        sold = [sum(q for s, p, q in rows if s == 1 and p < price), sum(q for s, p, q in rows if s == 1 and p <= price)]
        if bought[0] <= sold[1] and sold[0] <= bought[1] and min(bought[1], sold[1]) > 0:
            clears.append(price)
    if not clears:
        assert done.price[0] == NO_PRICE and not done.fills.any()
        return
    assert (done.low[0], done.high[0], done.price[0]) == (min(clears), max(clears), (min(clears) + max(clears)) // 2)
    fills = [sum(f for f, r in zip(done.fills, rows, strict=True) if r[0] == side) for side in (0, 1)]
    assert fills[0] == fills[1] == done.volume[0] > 0
    for filled, (side, tick, lots) in zip(done.fills, rows, strict=True):
        gain = (tick - done.price[0]) * (1 if side == 0 else -1)
        assert filled == (lots if gain > 0 else 0 if gain < 0 else filled) and 0 <= filled <= lots


def test_bids_at_the_margin_share_by_size_and_many_auctions_are_separate():
    rows = [(0, 10, 60), (1, 10, 90), (1, 10, 30), (1, 5, 20)]
    assert auction(rows).fills.tolist() == [60, 30, 10, 20]
    side, tick, lots = (np.array(column) for column in zip(*(rows * 3), strict=True))
    done = clear_auctions(np.array([0, 4, 8, 12]), side.astype(np.uint8), tick, lots)
    assert done.price.tolist() == [10] * 3 and done.fills.tolist() == [60, 30, 10, 20] * 3


def test_lots_too_large_to_share_are_refused():
    with pytest.raises(OverflowError, match="outgrow int64"):
        auction([(0, 10, 2**40), (1, 10, 2**40), (1, 10, 2**40)])


def test_the_price_at_which_gas_replaces_coal():
    # lab E6: coal 100 MW at 20, ef 1; gas 100 MW at 50, ef .4; load 120; cap 90
    done = dispatch_under_cap(two_units(120.0), 90.0)
    assert (done.price_low, done.price_high) == pytest.approx((50.0, 50.0))
    assert done.power_price[0] == pytest.approx(70.0)
    assert done.dispatch_mw[0].tolist() == pytest.approx([70.0, 50.0])


def two_units(load):
    return Problem(load_mw=np.array([load]), hours=np.ones(1), cap_mw=np.array([100.0, 100.0]), fuel_cost=np.array([20.0, 50.0]),
                   factor=np.array([1.0, 0.4]), voll=10_000.0)  # fmt: skip


@pytest.mark.parametrize(("price", "power"), [(30.0, 50.0), (60.0, 74.0)])
def test_pass_through_depends_on_who_is_marginal(price, power):
    assert dispatch_at_price(two_units(80.0), price).power_price[0] == pytest.approx(power)


def test_a_cap_that_only_just_does_not_bind_is_worth_up_to_the_next_step():
    # 80 MW of coal emit 80: a tonne less would cost (50 − 20) / (1 − 0.4), a tonne more nothing
    done = dispatch_under_cap(two_units(80.0), 80.0)
    assert (done.price_low, done.price_high) == pytest.approx((0.0, 50.0))
    assert done.dispatch_mw[0].tolist() == [80.0, 0.0] and done.power_price[0] == pytest.approx(20.0 + 25.0)
    above = dispatch_under_cap(two_units(80.0), 80.5)
    assert (above.price_low, above.price_high) == (0.0, 0.0)


def test_a_cap_on_a_step_has_an_interval_and_a_negative_cap_no_answer():
    done = dispatch_under_cap(two_units(100.0), 40.0)  # all gas, exactly
    assert done.price_low == pytest.approx(50.0) and done.price_high == pytest.approx((10_000 - 50) / 0.4)
    with pytest.raises(ValueError, match="no dispatch emits"):
        dispatch_under_cap(two_units(100.0), -1.0)


@pytest.mark.parametrize("seed", range(60))
def test_dispatch_under_a_cap_agrees_with_an_lp(seed):
    rng = np.random.default_rng(seed)
    units, periods = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    load, hours = rng.integers(40, 220, periods).astype(float), rng.integers(1, 12, periods).astype(float)
    cap_mw, fuel = rng.integers(20, 120, units).astype(float), rng.integers(10, 90, units).astype(float)
    factor = rng.integers(0, 110, units) / 100
    problem = Problem(load_mw=load, hours=hours, cap_mw=cap_mw, fuel_cost=fuel, factor=factor, voll=10_000.0)
    cap = float(rng.uniform(0.2, 1.1)) * dispatch_at_price(problem, 0.0).emissions + 1.0
    done = dispatch_under_cap(problem, cap)
    each = units + 1
    cost = np.concatenate([h * np.r_[fuel, 10_000.0] for h in hours])
    balance = np.kron(np.eye(periods), np.ones(each))
    bounds = np.c_[np.zeros(each * periods), np.tile(np.r_[cap_mw, 1e9], periods)]
    emits = np.concatenate([h * np.r_[factor, 0.0] for h in hours])
    check = linprog(cost, A_ub=emits[None], b_ub=[cap], A_eq=balance, b_eq=load, bounds=bounds, method="highs")
    assert done.objective == pytest.approx(check.fun, rel=1e-9)
    assert done.emissions <= cap + 1e-6
    dual = -check.ineqlin.marginals[0]
    assert done.price_low - 1e-6 * max(1, dual) <= dual <= max(done.price_high, done.price_low) + 1e-6 * max(1, dual)
    np.testing.assert_allclose(done.dispatch_mw.sum(axis=1) + done.unserved_mw, load, atol=1e-9)


ORDERS = [("1", "A", "S", "10", "5"), ("1", "A", "S", "20.5", "5"), ("1", "A", "B", "30", "7"), ("1", "B", "S", "40", "5"), ("1", "B", "B", "60", "4.5"),
          ("1", "B", "B", "50", "2")]  # fmt: skip


@pytest.mark.parametrize(("links", "prices", "imported"), [
    ([], [20.5, 50.0], 0.0), ([("1", "A", "B", "2"), ("1", "B", "A", "2")], [20.5, 40.0], 2.0), ([("1", "A", "B", "100")], [30.0, 30.0], 6.5),
])  # fmt: skip
def test_two_zones_of_curves_by_hand(links, prices, imported):
    results, rents = clear_curves(ORDERS, (), links)
    assert [result.price for result in results] == prices
    assert [float(result.imported) for result in results] == [-imported, imported]
    assert sum(rent.rent for rent in rents) == pytest.approx(imported * (prices[1] - prices[0]))


def test_fixed_supply_and_demand_move_the_curves_and_open_intervals_are_cut():
    results, _ = clear_curves(ORDERS[:3], [("1", "A", "-3")])
    assert (results[0].price, float(results[0].bought)) == (25.25, 10.0)  # 10 wanted, 10 offered: between 20.5 and 30
    results, _ = clear_curves([("1", "A", "S", "-4", "9"), ("1", "A", "B", "12.125", "3")], [("1", "A", "9.5")])
    assert (results[0].price_low, results[0].price_high) == (-4000, -4000)


@pytest.mark.parametrize(("orders", "fixed", "ends"), [
    ([("15", "S"), ("60", "S")], "6", (15_000, 15_000)), ([("-40", "B"), ("-15", "B")], "-6", (-15_000, -15_000)), ([("15", "S"), ("60", "B")], "0", (15_000, 60_000)),
])  # fmt: skip
def test_an_open_interval_is_cut_at_prices_that_stand_in_the_files(orders, fixed, ends):
    # all prices on one side of 0: nobody asked for 0
    results, _ = clear_curves([("1", "A", side, price, "5") for price, side in orders], [("1", "A", fixed)])
    assert (results[0].price_low, results[0].price_high) == ends


def test_at_equal_prices_most_is_traded_across_a_link_too():
    orders = [("1", "A", "B", "35", "2"), ("1", "B", "S", "35", "10"), ("1", "B", "B", "25", "8")]
    results, rents = clear_curves(orders, (), [("1", "B", "A", "8")])
    assert [float(result.bought) for result in results] == [2.0, 0.0] and [result.price for result in results] == [35.0, 35.0]
    assert not any(rent.rent for rent in rents)


@pytest.mark.parametrize("seed", range(25))
def test_ends_of_curve_prices_and_volume_agree_with_an_lp_at_many_ties(seed):
    rng, names = np.random.default_rng(seed), "ABC"[: seed % 3 + 1]
    orders = [("1", names[rng.integers(len(names))], "BS"[rng.integers(2)], f"{rng.integers(-3, 9) * 5}", f"{rng.integers(1, 12)}") for _ in range(rng.integers(1, 14))]
    orders += [("1", name, "S", "60", "1") for name in names]
    links = [("1", a, b, f"{rng.integers(0, 9)}") for a in names for b in names if a != b and rng.random() < 0.6]
    results, _ = clear_curves(orders, (), links)
    sign, price = np.array([1 if order[2] == "S" else -1 for order in orders]), np.array([float(order[3]) for order in orders])
    rows, cost = np.zeros((len(names), len(orders) + len(links))), np.r_[sign * price, np.zeros(len(links))]
    rows[[names.index(order[1]) for order in orders], np.arange(len(orders))] = sign
    for n, link in enumerate(links, start=len(orders)):
        rows[names.index(link[1]), n], rows[names.index(link[2]), n] = -1, 1
    bounds = [(0, float(order[4])) for order in orders] + [(0, float(link[3])) for link in links]
    least, step = linprog(cost, A_eq=rows, b_eq=0 * rows[:, 0], bounds=bounds, method="highs").fun, 1e-4
    for result in results:
        for sign_of, found in ((1, result.price_high), (-1, result.price_low)):
            more = linprog(cost, A_eq=rows, b_eq=sign_of * step * (np.array(list(names)) == result.zone), bounds=bounds, method="highs")
            end = sign_of * (more.fun - least) / step if more.status == 0 else sign_of * np.inf
            assert found / 1000 == pytest.approx(np.clip(end, price.min(), price.max()), abs=1e-3)
    wanted = np.r_[np.where(sign < 0, -1.0, 0.0), np.zeros(len(links))]
    most = linprog(wanted, A_ub=cost[None], b_ub=[least + 1e-9], A_eq=rows, b_eq=0 * rows[:, 0], bounds=bounds, method="highs")
    assert float(sum(result.bought for result in results)) == pytest.approx(-most.fun, abs=1e-5)


@pytest.mark.parametrize(("row", "words"), [(("1", "A", "X", "1", "1"), "side B or S"), (("1", "A", "B", "1e3", "1"), "decimal"), (("1", "A", "B", "1", "-1"), "0 or more")])
def test_bad_curve_rows_are_named(row, words):
    with pytest.raises(InputError, match=f"orders row 1.*{words}"):
        clear_curves([row])


@pytest.mark.parametrize("seed", range(15))
def test_curves_of_three_zones_agree_with_an_lp(seed):
    rng = np.random.default_rng(seed)
    names = "ABC"
    orders = [("7", names[rng.integers(3)], "BS"[rng.integers(2)], f"{rng.integers(-20, 60)}", f"{rng.integers(1, 50) / 10}") for _ in range(40)]
    orders += [("7", name, side, price, "1") for name in names for side, price in (("B", "55"), ("S", "-15"))]
    links = [("7", a, b, f"{rng.integers(0, 60) / 10}") for a in names for b in names if a != b]
    results, _ = clear_curves(orders, (), links)
    zones = [result.zone for result in results]
    rows = np.zeros((3, len(orders) + len(links)))
    for n, order in enumerate(orders):
        rows[zones.index(order[1]), n] = 1 if order[2] == "S" else -1
    for n, link in enumerate(links, start=len(orders)):
        rows[zones.index(link[1]), n], rows[zones.index(link[2]), n] = -1, 1
    cost = [float(o[3]) * (1 if o[2] == "S" else -1) for o in orders] + [0.0] * len(links)
    high = [float(o[4]) for o in orders] + [float(link[3]) for link in links]
    check = linprog(cost, A_eq=rows, b_eq=np.zeros(3), bounds=[(0, h) for h in high], method="highs")
    for result, dual in zip(results, check.eqlin.marginals, strict=True):
        assert result.price_low / 1000 - 1e-6 <= dual <= result.price_high / 1000 + 1e-6
    assert float(sum(result.imported for result in results)) == pytest.approx(0)
