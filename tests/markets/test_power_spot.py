"""Ramps and minimum output, spot hours with strategies, and day-ahead against real time."""

import numpy as np
import pytest

from marketsim.agents import bid_marginal_cost, bid_mark_up
from marketsim.agents.generators import BIDDING
from marketsim.markets.deviation import IMBALANCE, SPOT, balance, gathered, payments
from marketsim.markets.merit_order import Offers, dispatch_merit_order
from marketsim.markets.ramped_dispatch import Limits, dispatch_with_ramps
from marketsim.rng import Luck
from marketsim.simulation.power.hours import Spot, run_spot
from marketsim.simulation.power.two_markets import Market, clear_hours, settle_days


def day(cost=(100, 200, 900), room=(100, 100, 100)):
    load = np.array([80] * 6 + [90, 140, 190, 190, 180, 170, 160, 160, 170, 180, 190, 190, 150, 140, 120, 100, 90, 80])
    offers = Offers(available_kwh=np.repeat(np.array(room)[:, None], 24, axis=1), must_kwh=np.zeros((3, 24), np.int64), rank=np.full(3, 2),
                    cost_tick=np.array(cost))  # fmt: skip
    return load, offers


def test_without_limits_ramped_dispatch_is_the_merit_order():
    load, offers = day()
    free = dispatch_merit_order(load, offers, 9999)
    same, starts = dispatch_with_ramps(load, offers, Limits(minimum_kwh=np.zeros(3, np.int64), ramp_kwh=np.full(3, 1000)), 9999)
    assert not starts.any() and (same.generation_kwh == free.generation_kwh).all() and (same.price_tick == free.price_tick).all()


def test_a_unit_that_is_on_keeps_its_minimum_and_its_ramp():
    load, offers = day()
    limits = Limits(minimum_kwh=np.array([40, 40, 0]), ramp_kwh=np.array([100, 20, 100]))
    done, _ = dispatch_with_ramps(load, offers, limits, 9999)
    made = done.generation_kwh
    assert (made.sum(axis=0) + done.unserved_kwh == load).all()
    assert made[1].min() >= 40 and np.abs(np.diff(made[1])).max() <= 20
    assert (made * offers.cost_tick[:, None]).sum() > (dispatch_merit_order(load, offers, 9999).generation_kwh * offers.cost_tick[:, None]).sum()
    with pytest.raises(ValueError, match="whole days"):
        dispatch_with_ramps(load[:23], offers, limits, 9999)


def test_a_unit_stays_on_through_a_gap_when_stopping_costs_more():
    """Three days; the dear unit is needed on the first and the last. A night and a day at its minimum of 10 kWh lose (900 − 100) ticks × 10 kWh."""
    load = np.concatenate([np.full(24, 120), np.full(24, 80), np.full(24, 120)])
    offers = Offers(available_kwh=np.full((2, 72), 100), must_kwh=np.zeros((2, 72), np.int64), rank=np.full(2, 2), cost_tick=np.array([100, 900]))
    lost = 24 * 800 * 10 // 100  # fen of keeping it on for the day
    for start, made, spent in ((lost, 0, [0, lost]), (lost + 1, 240, [0, 0])):
        limits = Limits(minimum_kwh=np.array([0, 10]), ramp_kwh=np.full(2, 1000), start_fen=np.array([0, start]))
        done, paid = dispatch_with_ramps(load, offers, limits, 9999)
        assert done.generation_kwh[1, 24:48].sum() == made and paid.tolist() == spent
        assert (done.generation_kwh.sum(axis=0) == load).all()


def test_sun_gives_way_before_a_unit_is_taken_below_its_minimum():
    load = np.full(24, 60)
    can, must = np.array([100, 40]), np.array([0, 40])
    offers = Offers(available_kwh=np.repeat(can[:, None], 24, axis=1), must_kwh=np.repeat(must[:, None], 24, axis=1), rank=np.array([2, 0]), cost_tick=np.array([200, 0]))
    done, _ = dispatch_with_ramps(load, offers, Limits(minimum_kwh=np.array([50, 0]), ramp_kwh=np.full(2, 100)), 9999)
    assert done.generation_kwh[:, 12].tolist() == [50, 10] and done.curtailed_kwh[:, 12].tolist() == [0, 30] and done.price_tick[12] == 0


def test_a_day_that_units_cannot_follow_gets_one_more():
    load = np.array([60] * 12 + [160] * 12)  # the two cheap units could carry 160 in the end, not at once
    offers = Offers(available_kwh=np.repeat(np.array([100, 100, 100])[:, None], 24, axis=1), must_kwh=np.zeros((3, 24), np.int64), rank=np.full(3, 2),
                    cost_tick=np.array([100, 200, 300]))  # fmt: skip
    done, _ = dispatch_with_ramps(load, offers, Limits(minimum_kwh=np.full(3, 10), ramp_kwh=np.array([20, 20, 90])), 9999)
    assert not done.unserved_kwh.any() and done.generation_kwh[:, 12].tolist() == [60, 30, 70] and (done.generation_kwh.sum(axis=0) == load).all()


def test_an_hour_that_stands_for_many_ramps_like_one():
    load, offers = day()
    many = np.repeat([22, 9], 24)
    twice = Offers(available_kwh=np.tile(offers.available_kwh, 2) * many, must_kwh=np.zeros((3, 48), np.int64), rank=offers.rank, cost_tick=offers.cost_tick)
    plain = Offers(available_kwh=np.tile(offers.available_kwh, 2), must_kwh=twice.must_kwh, rank=offers.rank, cost_tick=offers.cost_tick)
    least, ramp = np.array([40, 40, 0]), np.array([100, 20, 100])
    weighed, _ = dispatch_with_ramps(np.tile(load, 2) * many, twice, Limits(minimum_kwh=least[:, None] * many, ramp_kwh=ramp[:, None] * many, weight=many), 9999)
    once, _ = dispatch_with_ramps(np.tile(load, 2), plain, Limits(minimum_kwh=least, ramp_kwh=ramp), 9999)
    assert (weighed.generation_kwh == once.generation_kwh * many).all() and (weighed.price_tick == once.price_tick).all()


def test_a_reserve_keeps_the_cheapest_units_on_until_it_is_met():
    load = np.full(24, 150)
    offers = Offers(available_kwh=np.full((4, 24), 100), must_kwh=np.zeros((4, 24), np.int64), rank=np.full(4, 2), cost_tick=np.array([100, 200, 300, 400]))
    for reserve, on in ((0, [True, True, False, False]), (400_000, [True, True, True, False]), (1_000_000, [True, True, True, False]), (1_500_000, [True] * 4)):
        limits = Limits(minimum_kwh=np.full(4, 20), ramp_kwh=np.full(4, 1000), reserve_ppm=reserve)
        made = dispatch_with_ramps(load, offers, limits, 9999)[0].generation_kwh
        assert (made[:, 12] >= 20).tolist() == on, reserve
        assert made.sum() == load.sum()


def test_payments_gathered_keep_every_balance():
    rng = np.random.default_rng(5)
    many = payments(rng.integers(0, 6, 200), rng.integers(6, 12, 200), rng.integers(-50, 50, 200), SPOT)
    few = gathered(many, 12)
    assert len(few) < len(many) and (balance(few, 12) == balance(many, 12)).all() and few.fen.sum() == many.fen.sum()


def spot(hours=48):
    rng = np.random.default_rng(3)
    return Spot(available_kwh=rng.integers(50, 100, (12, hours)), contracted_kwh=np.full((12, hours), 20), cost_tick=rng.integers(1000, 5000, 12),
                use_kwh=rng.integers(50, 150, (5, hours)), value_tick=np.full(5, 9000), floor_tick=0, cap_tick=10_000)  # fmt: skip


FIRST = {"mark-up": bid_mark_up.first_memory(12), "roth-erev": np.concatenate([np.ones((12, 11)), np.full((12, 1), -1.0)], axis=1),
         "cournot": np.column_stack([np.arange(12) % 3, np.full(12, 10.0)])}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BIDDING))
def test_every_strategy_clears_every_hour_and_repeats_itself(name):
    market, memory = spot(), FIRST.get(name, np.zeros(12))
    done, again = (run_spot(BIDDING[name], memory, market, Luck(seed=2)) for _ in range(2))
    assert (done.award_kwh.sum(axis=0) == done.served_kwh.sum(axis=0)).all() and done.served_kwh.sum() > 0
    assert (done.award_kwh <= market.available_kwh).all() and (done.served_kwh <= market.use_kwh).all()
    assert (done.price_tick == again.price_tick).all() and (done.award_kwh == again.award_kwh).all()
    assert (done.price_tick <= 10_000).all()


def test_mark_ups_raise_prices_above_cost():
    market = spot(400)
    competitive = run_spot(bid_marginal_cost.bid, np.zeros(12), market, Luck(seed=1))
    marked = run_spot(bid_mark_up.bid, bid_mark_up.first_memory(12), market, Luck(seed=1))
    assert marked.price_tick[100:].mean() > competitive.price_tick[100:].mean()


def test_day_ahead_and_real_time_settle_to_the_fen():
    rng = np.random.default_rng(8)
    offers, loads, hours = 9, 4, 24
    tick, value = np.repeat(rng.integers(1000, 5000, (offers, 1)), hours, axis=1), np.full((loads, hours), 9000)
    kwh, use = rng.integers(50_000, 90_000, (offers, hours)), rng.integers(50_000, 120_000, (loads, hours))
    ahead = clear_hours(Market(tick=tick, kwh=kwh, value_tick=value, use_kwh=use), 10_000)
    live = clear_hours(Market(tick=tick, kwh=kwh * (np.arange(offers) != 2)[:, None], value_tick=value, use_kwh=use * 103 // 100), 10_000)
    assert live.price_tick.mean() > ahead.price_tick.mean()  # a unit is out and load is higher
    venue = offers + loads
    paid = settle_days(ahead, live, (np.arange(offers), offers + np.arange(loads)), venue)
    net = balance(paid, venue + 1)
    assert net.sum() == 0 and abs(net[venue]) <= len(paid)  # one zone: nothing is left but the rounding of each payment
    assert net[2] == balance(paid, venue + 1)[2] and paid.payer[(paid.payee == venue) & (paid.reason == IMBALANCE)].size > 0
    alone = int((ahead.made_kwh[2] * (ahead.price_tick - live.price_tick)).sum())
    assert abs(int(net[2]) * 100 - alone) <= 100 * hours  # the failed unit buys back at the real-time price
