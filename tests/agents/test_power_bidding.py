"""Bidding strategies of generators and the textbook equilibria they must find."""

from dataclasses import replace

import numpy as np
import pytest

from marketsim.agents import bid_contract_covered, bid_cournot, bid_marginal_cost, bid_mark_up, bid_roth_erev, bid_scarcity, bid_supply_function
from marketsim.agents.bid_cournot import Oligopoly, forward_sales, quantities
from marketsim.agents.bid_equilibrium import Duopoly, bertrand_edgeworth, fictitious_play
from marketsim.agents.bidding import View, cost_with_rights
from marketsim.markets.tick_auction import clear_auctions


def game(intercept, cost, capacity=np.inf, forward=0.0):
    firms = len(cost)
    return Oligopoly(intercept=intercept, slope=1.0, cost=np.array(cost, float), capacity=np.full(firms, capacity), forward=np.full(firms, forward))


def test_cournot_duopoly():
    market = game(120.0, [30.0, 30.0])
    q = quantities(market)
    np.testing.assert_allclose(q, [30, 30], atol=1e-9)
    assert bid_cournot.price(market, q) == pytest.approx(60, abs=1e-9)
    competitive = 120 - 30
    assert (competitive - q.sum()) ** 2 / 2 == pytest.approx(450, abs=1e-6)  # deadweight loss


@pytest.mark.parametrize("cost", [[30.0, 30.0], [10.0, 20.0, 35.0], [5.0, 6.0, 7.0, 8.0]])
def test_margins_weighted_by_share_equal_concentration_over_elasticity(cost):
    market = game(120.0, cost)
    q = quantities(market)
    price, share = bid_cournot.price(market, q), q / q.sum()
    assert (share * (price - market.cost) / price).sum() == pytest.approx((share**2).sum() / (price / q.sum()), abs=1e-9)
    bound = quantities(game(120.0, cost, capacity=q.min() / 2))
    tight, shares = 120 - bound.sum(), bound / bound.sum()
    assert (shares * (tight - market.cost) / tight).sum() != pytest.approx((shares**2).sum() / (tight / bound.sum()), abs=1e-3)


def test_forward_sales_lower_the_price():
    market = game(100.0, [0.0, 0.0])
    forward = forward_sales(market)
    np.testing.assert_allclose(forward, [20, 20], atol=1e-6)
    assert bid_cournot.price(market, quantities(replace(market, forward=forward))) == pytest.approx(20, abs=1e-6)
    assert bid_cournot.price(market, quantities(market)) == pytest.approx(100 / 3, abs=1e-9)


@pytest.mark.parametrize(("capacities", "low", "high", "profit"), [
    ((0.3, 0.3), 0.4, 0.4, 0.12), ((0.6, 0.6), 1 / 15, 0.2, 0.04), ((2.0, 1.0), 0.0, 0.0, 0.0),
])  # fmt: skip
def test_bertrand_with_capacities(capacities, low, high, profit):
    assert bertrand_edgeworth(*capacities) == pytest.approx((low, high, profit), abs=1e-9)


def test_supply_functions_lie_between_competition_and_cournot():
    beta = bid_supply_function.slopes(1.0, np.ones(2))
    np.testing.assert_allclose(beta, (5**0.5 - 1) / 2, atol=1e-12)
    assert bid_supply_function.price(10.0, 1.0, beta) == pytest.approx(4.4721, abs=1e-4)
    for load in (1.0, 10.0, 50.0):
        prices = []
        for firms in (2, 3, 6):
            competitive = bid_supply_function.price(load, 1.0, np.ones(firms))
            found = bid_supply_function.price(load, 1.0, bid_supply_function.slopes(1.0, np.ones(firms)))
            cournot = load * 2 / (firms + 2)  # P = a − Q, cost q²/2: q = a/(n + 2)
            assert competitive < found < cournot
            prices.append(found / competitive)
        assert prices == sorted(prices, reverse=True)  # more firms come nearer to competition


def pivotal(pay_as_bid):
    grid = np.arange(0, 100.25, 0.25)
    return fictitious_play(Duopoly(cost=np.zeros(2), capacity=np.full(2, 100.0), load=150.0, grid=grid), pay_as_bid), grid


def test_two_pivotal_generators_at_a_uniform_price_reach_the_cap():
    found, _ = pivotal(False)
    assert found.mean_price == pytest.approx(100, rel=0.02)


def test_two_pivotal_generators_paid_as_bid_mix_between_50_and_100():
    found, grid = pivotal(True)
    assert found.mean_price == pytest.approx(66.67, rel=0.02)
    np.testing.assert_allclose(found.profit, 5000, rtol=0.02)
    np.testing.assert_allclose(found.bids @ grid, 100 * np.log(2), rtol=0.02)
    assert grid[found.bids.sum(axis=0) > 1e-3].min() >= 50


@pytest.mark.parametrize("pay_as_bid", [False, True])
def test_with_slack_capacity_both_forms_pay_the_second_cost(pay_as_bid):
    slack = Duopoly(cost=np.array([10.0, 30.0]), capacity=np.full(2, 100.0), load=80.0, grid=np.arange(0, 101.0))
    assert fictitious_play(slack, pay_as_bid, 20_000).mean_price == pytest.approx(30, rel=0.01)


# --- strategies on columns ---


def view(units=4, **changes):
    cost = np.array([1000, 2000, 3000, 4000], np.int64)[:units]
    base = dict(cost_tick=cost, available_kwh=np.full(units, 100), contracted_kwh=np.array([0, 40, 100, 150])[:units], last_bid_tick=cost,
                last_award_kwh=np.zeros(units, np.int64), draw=np.linspace(0.05, 0.95, units), load_kwh=250, last_price_tick=2500, floor_tick=0, cap_tick=10_000)  # fmt: skip
    return View(**(base | changes))


FIRST = {
    bid_marginal_cost: lambda n: np.zeros(n), bid_mark_up: bid_mark_up.first_memory, bid_contract_covered: lambda n: np.zeros(n),
    bid_scarcity: lambda n: np.zeros(n), bid_roth_erev: bid_roth_erev.first_memory,
    bid_cournot: lambda n: np.column_stack([np.arange(n) % 2, np.full(n, 10.0)]),
}  # fmt: skip


@pytest.mark.parametrize("strategy", FIRST, ids=lambda module: module.__name__.rsplit(".")[-1])
def test_every_strategy_is_pure_and_offers_no_more_than_it_has_within_floor_and_cap(strategy):
    memory = FIRST[strategy](4)
    kept = memory.copy()
    bids, later = strategy.bid(view(), memory)
    again, _ = strategy.bid(view(), kept)
    assert (memory == kept).all() and (bids.tick == again.tick).all() and (bids.kwh == again.kwh).all()
    assert later.shape == memory.shape
    assert (np.bincount(bids.unit, bids.kwh, 4) <= 100).all() and (bids.kwh >= 0).all()
    assert (bids.tick >= 0).all() and (bids.tick <= 10_000).all() and bids.tick.dtype == bids.kwh.dtype == np.int64
    capped, _ = strategy.bid(view(cap_tick=1500), FIRST[strategy](4))
    assert capped.tick.max() <= 1500


def test_mark_up_rises_when_sold_out_below_the_price_and_falls_when_unsold():
    _, memory = bid_mark_up.bid(view(last_award_kwh=np.array([100, 50, 0, 0]), last_price_tick=2000), np.full(4, 50_000))
    assert memory.tolist() == [60_000, 50_000, 40_000, 40_000]


def test_covered_output_is_offered_at_the_floor():
    bids, _ = bid_contract_covered.bid(view(), np.zeros(4))
    assert bids.kwh.tolist() == [0, 40, 100, 100, 100, 60, 0, 0]
    assert bids.tick.tolist() == [0, 0, 0, 0, 1100, 2200, 3300, 4400]


def test_scarcity_raises_bids_only_near_full_use():
    assert (bid_scarcity.bid(view(load_kwh=320), np.zeros(4))[0].tick == view().cost_tick).all()
    assert (bid_scarcity.bid(view(load_kwh=400), np.zeros(4))[0].tick == 10_000).all()


def test_a_learner_comes_to_prefer_the_mark_up_that_pays():
    # one unit of 100 kWh at cost 1,000 against a competitor at 1,650: mark-ups up to 60 % sell, 70 % and more do not
    memory, rng, last = bid_roth_erev.first_memory(1), np.random.default_rng(5), None
    for _ in range(3000):
        seen = view(1, draw=rng.random(1)) if last is None else view(1, draw=rng.random(1), last_price_tick=last[0], last_award_kwh=np.array([last[1]]))
        bids, memory = bid_roth_erev.bid(seen, memory)
        last = (int(bids.tick[0]), 100 if bids.tick[0] < 1650 else 0)
    chance = memory[0, :11] / memory[0, :11].sum()
    assert chance[4:7].sum() > 0.5 and int(np.argmax(chance)) in (5, 6)


def test_cournot_portfolios_raise_the_price_of_a_spot_auction():
    seen = view(cost_tick=np.full(4, 1000, np.int64), contracted_kwh=np.zeros(4, np.int64), available_kwh=np.full(4, 500), last_price_tick=1000, load_kwh=300)
    memory = np.column_stack([np.array([0, 0, 1, 1]), np.full(4, 10.0)])
    bids, _ = bid_cournot.bid(seen, memory)
    # demand P = 4,000 − 10 Q, cost 1,000: Q = 200, price 2,000 instead of 1,000
    assert bids.kwh.sum() == 200
    ladder = np.arange(1, 301)
    rows = clear_auctions(np.array([0, 304]), np.r_[np.ones(4), np.zeros(300)].astype(np.uint8), np.r_[bids.tick, 4000 - 10 * ladder],
                          np.r_[bids.kwh, np.ones(300, np.int64)])  # fmt: skip
    assert rows.volume[0] == 200 and abs(rows.price[0] - 2000) <= 10


def test_what_rights_cost_enters_the_bid_by_the_share_passed_on():
    # 50 CNY per tonne and 800 kg per MWh are 40 CNY per MWh
    args = (np.array([2500]), np.array([5000]), np.array([[800_000]]), np.array([1000]))
    assert [int(cost_with_rights(*args, share)[0]) for share in (0, 500_000, 1_000_000)] == [2500, 2700, 2900]
