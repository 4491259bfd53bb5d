"""Merit order, sharing, contracts and deviations on small cases with answers worked by hand, and as properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketsim.domain.orders import BUY, SELL, Orders
from marketsim.domain.sharing import share_out
from marketsim.markets.contracts import Terms, annual_contracts, awards, cross, monthly_contracts, pair, together
from marketsim.markets.deviation import FINE, DeviationRules, Positions, balance, fen_of, settle_deviations
from marketsim.markets.merit_order import Offers, dispatch_merit_order

HOURS = settings(deadline=None, derandomize=True, max_examples=150)


def offers(available, cost, must=None, rank=None):
    room = np.array(available, np.int64).reshape(len(cost), -1)
    return Offers(available_kwh=room, must_kwh=np.zeros_like(room) if must is None else np.array(must, np.int64).reshape(room.shape),
                  cost_tick=np.array(cost, np.int64), rank=np.full(len(cost), 2) if rank is None else np.array(rank))  # fmt: skip


def test_the_coal_and_gas_example_at_a_carbon_price_of_30_and_60():
    # lab E7: coal 20 + ef 1, gas 50 + ef 0.4, 100 MW each, load 80: power 50 (coal marginal), then 74 (gas, coal is dearer)
    for carbon, expected in ((30, 500), (60, 740)):
        done = dispatch_merit_order(np.array([80]), offers([[100], [100]], [200 + 10 * carbon, 500 + 4 * carbon]), 100_000)
        assert done.price_tick[0] == expected


def test_price_is_the_middle_of_its_interval_where_load_ends_on_a_step():
    done = dispatch_merit_order(np.array([100, 99, 101, 0, 200, 201]), offers([[100] * 6, [100] * 6], [10, 30]), 1000)
    assert done.price_tick.tolist() == [20, 10, 30, 5, 515, 1000]
    assert done.price_low_tick.tolist() == [10, 10, 30, 0, 30, 1000]
    assert done.price_high_tick.tolist() == [30, 10, 30, 10, 1000, 1000]
    assert done.unserved_kwh.tolist() == [0, 0, 0, 0, 0, 1]


def test_equal_offers_share_by_size_not_by_place_in_the_list():
    done = dispatch_merit_order(np.array([100]), offers([[300], [100], [100]], [10, 10, 10]), 1000)
    assert done.generation_kwh[:, 0].tolist() == [60, 20, 20]


def test_must_run_comes_first_and_is_curtailed_pro_rata_at_price_zero():
    done = dispatch_merit_order(np.array([90, 300]), offers([[100, 100], [80, 80], [200, 200]], [50, 0, 10],
                                must=[[60, 60], [60, 60], [0, 0]]), 1000)  # fmt: skip
    assert done.generation_kwh[:, 0].tolist() == [45, 45, 0]
    assert done.curtailed_kwh[:, 0].tolist() == [15, 15, 0]
    assert done.price_tick.tolist() == [0, 10]
    assert done.generation_kwh[:, 1].tolist() == [60, 80, 160]


def test_planned_supply_runs_before_cheaper_free_supply():
    done = dispatch_merit_order(np.array([100]), offers([[100], [60]], [10, 90], rank=[2, 1]), 1000)
    assert done.generation_kwh[:, 0].tolist() == [40, 60]
    assert done.price_tick[0] == 10


def test_more_must_run_than_available_is_refused():
    with pytest.raises(ValueError, match="must-run"):
        dispatch_merit_order(np.array([1]), offers([[1]], [1], must=[[2]]), 10)


@HOURS
@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(1, 5))
def test_dispatch_balances_is_cheapest_and_does_not_depend_on_the_order_of_units(seed, units, hours):
    rng = np.random.default_rng(seed)
    room, cost = rng.integers(0, 50, (units, hours)), rng.integers(0, 4, units) * 10
    load = rng.integers(0, 150, hours)
    done = dispatch_merit_order(load, offers(room, cost), 100)
    assert (done.generation_kwh.sum(axis=0) + done.unserved_kwh == load).all()
    assert (done.generation_kwh <= room).all() and (done.generation_kwh >= 0).all()
    for hour in range(hours):  # independent: fill one kWh at a time from the cheapest
        ladder = sorted(int(c) for u, c in enumerate(cost) for _ in range(room[u, hour]))[: load[hour]]
        assert (done.generation_kwh[:, hour] * cost).sum() == sum(ladder)
    turned = rng.permutation(units)
    again = dispatch_merit_order(load, offers(room[turned], cost[turned]), 100)
    assert (again.price_tick == done.price_tick).all()
    # a kWh that cannot be split goes by row at the very last; everything else follows the unit
    assert np.abs(again.generation_kwh - done.generation_kwh[turned]).max() <= 1


@HOURS
@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=8), st.integers(0, 2**50))
def test_shares_add_up_and_lie_within_one_of_the_exact_share(weights, total):
    if sum(weights) == 0:
        total = 0
    parts = share_out(np.array([total]), np.array(weights)[:, None])[:, 0].tolist()
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * max(sum(weights), 1) - weight * total) < max(sum(weights), 1) or total == 0


def test_shares_beyond_int64_products_agree_with_the_small_case():
    weights = np.array([[3], [5], [9]])
    assert (share_out(np.array([17 * 10**15]), weights * 10**9) == share_out(np.array([17 * 10**15]), weights)).all()


@HOURS
@given(st.integers(0, 2**31))
def test_pairs_have_both_margins_and_are_few(seed):
    rng = np.random.default_rng(seed)
    bought = rng.integers(0, 30, rng.integers(1, 9))
    sold = share_out(np.array([bought.sum()]), rng.integers(1, 9, (rng.integers(1, 9), 1)))[:, 0]
    buyer, seller, lots = pair(bought, sold)
    assert (np.bincount(buyer, lots, len(bought)) == bought).all() and (np.bincount(seller, lots, len(sold)) == sold).all()
    assert (lots > 0).all() and len(lots) <= len(bought) + len(sold) - 1


def test_central_auction_by_hand():
    # demand 30@40 20@30 10@20, supply 25@10 25@25 25@35: 50 lots, between bid 30 and ask 25
    volume, price = cross(np.array([40, 30, 20]), np.array([30, 20, 10]), np.array([10, 25, 35]), np.array([25, 25, 25]))
    assert (volume, price) == (50, 27)
    assert awards(np.array([5, 5, 1]), np.array([30, 10, 10]), 30).tolist() == [15, 5, 10]
    orders = Orders(owner=np.array([0, 1, 0]), side=np.array([BUY, BUY, SELL], np.uint8), tick=np.array([40, 5, 10]), lots=np.array([3, 9, 8]))
    signed = monthly_contracts(4, orders, Terms(low_tick=20, high_tick=30))
    assert (signed.buyer.tolist(), signed.kwh.tolist(), signed.price_tick.tolist()) == ([0], [3000], [25])  # 40 → 30, 10 → 20, 5 out


def test_annual_price_splits_the_gain_by_weight_and_no_gain_means_no_deal():
    use = np.full((2, 12), 10_000)
    terms = Terms(low_tick=3107, high_tick=3655, seller_weight_ppm=662_000)
    signed = together(*annual_contracts(use, np.array([240_000]), np.array([3655, 3000]), np.array([2466]), terms))
    assert set(signed.price_tick.tolist()) == {3107 + (3655 - 3107) * 662_000 // 1_000_000} == {3469}
    assert set(signed.buyer.tolist()) == {0} and signed.kwh.sum() == 120_000
    assert signed.fen.sum() == 120 * 3469 * 10


def positions(contract, meter, exempt=(0, 0)):
    return Positions(account=np.array([0, 1]), side=np.array([BUY, SELL]), contracted_kwh=np.array(contract), metered_kwh=np.array(meter),
                     over_tick=np.array([3655, 3655]), under_tick=np.array([3400, 3655]), exempt=np.array(exempt))  # fmt: skip


def test_deviation_by_hand():
    # buyer 1,000 MWh contracted, 1,100 used: 100 MWh at 365.5 and a fine on 70 MWh × 347 CNY × 5 %
    rules = DeviationRules(band_ppm=30_000, penalty_ppm=50_000, reference_tick=3470, pool=2, sharing="keep")
    done = settle_deviations(positions([1_000_000, 1_000_000], [1_100_000, 1_020_000]), rules)
    assert done.fen[done.reason == FINE].tolist() == [70 * 34_700 * 5 // 100]
    assert balance(done, 3).tolist() == [-(100 * 36_550 + 121_450), 20 * 36_550, 80 * 36_550 + 121_450]


def test_inside_the_band_nothing_is_fined_and_exempt_sellers_never_are():
    rules = DeviationRules(band_ppm=30_000, penalty_ppm=50_000, reference_tick=3470, pool=2)
    assert FINE not in settle_deviations(positions([1_000_000, 1_000_000], [1_030_000, 970_000]), rules).reason
    assert FINE not in settle_deviations(positions([1_000_000, 1_000_000], [1_000_000, 1], (0, 1)), rules).reason


@pytest.mark.parametrize("sharing", ["buyers", "sellers", "everyone"])
def test_the_pool_is_emptied_to_the_fen(sharing):
    rules = DeviationRules(band_ppm=30_000, penalty_ppm=50_000, reference_tick=3470, pool=2, sharing=sharing)
    net = balance(settle_deviations(positions([1_000_003, 999_983], [777_771, 1_234_567]), rules), 3)
    assert net[2] == 0 and net.sum() == 0 and net[0] != 0


def test_money_is_rounded_half_up_and_overflow_is_refused():
    assert fen_of(np.array([50, 49, 150]), np.array([1, 1, 1])).tolist() == [1, 0, 2]
    with pytest.raises(OverflowError):
        fen_of(np.array([2**40]), np.array([2**30]))
