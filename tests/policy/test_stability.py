"""Price limits and interventions: whole ticks, inside floor and ceiling, never more than there is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketsim.policy import rules
from marketsim.policy.rule import RuleError
from marketsim.policy.stability import Close, Intervention, Market, price_band, reserve_triggers, standing_offers
from marketsim.policy.stability.position_limits import Parameters, Positions
from marketsim.policy.stability.position_limits import apply as room_to_buy


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 10**7), st.floats(0, 100), st.none() | st.floats(0, 500), st.none() | st.floats(500, 1000))
def test_band_is_never_empty_and_keeps_floor_and_ceiling(close, limit, floor, ceiling):
    low, high = price_band.apply(
        price_band.Parameters(limit_pct=limit, floor_cny_per_lot=floor, ceiling_cny_per_lot=ceiling),
        Close(tick=close, tick_fen_per_lot=1))
    assert 1 <= low <= high
    if ceiling is not None:
        assert high <= ceiling * 100
    if floor is not None:
        assert low >= floor * 100
    if floor is None and ceiling is None:
        assert low <= close <= high and high > low, "a price can always move"


def test_band_of_ten_and_blocks_of_thirty_percent():
    at = dict(tick=2505, tick_fen_per_lot=1)
    assert price_band.apply(price_band.Parameters(), Close(**at)) == (2254, 2756)          # 250.5 rounds up to 251
    assert price_band.apply(price_band.Parameters(), Close(**at, lots=200_001)) == (1753, 3257)
    assert price_band.apply(price_band.Parameters(), Close(tick=3, tick_fen_per_lot=1)) == (2, 4)


def test_a_price_above_a_new_ceiling_comes_down_to_it():
    capped = price_band.Parameters(ceiling_cny_per_lot=10)
    assert price_band.apply(capped, Close(tick=2500, tick_fen_per_lot=1)) == (1000, 1000)


def test_hard_ceiling_sells_the_reserve_soft_ceiling_issues():
    market = Market(mean_fen_per_lot=7000, reserve_lots=45, circulating_lots=1000)
    hard = standing_offers.Parameters(ceiling_cny_per_lot=60)
    soft = standing_offers.Parameters(ceiling_cny_per_lot=60, from_reserve=False)
    assert standing_offers.apply(hard, market).sell_lots == 45
    assert standing_offers.apply(soft, market).sell_lots == 1000


def test_floor_buys_as_far_as_the_money_goes():
    market = Market(mean_fen_per_lot=900, circulating_lots=1000, budget_fen=100_000)
    assert standing_offers.apply(standing_offers.Parameters(floor_cny_per_lot=15), market) == Intervention(
        buy_lots=66, buy_fen_per_lot=1500)


def test_triggers_do_nothing_in_between():
    parameters = reserve_triggers.Parameters()
    assert reserve_triggers.apply(parameters, Market(mean_fen_per_lot=3000, reserve_lots=100)) == Intervention()
    low = reserve_triggers.apply(parameters, Market(
        mean_fen_per_lot=1000, circulating_lots=1000, auction_lots=50, budget_fen=10**9))
    assert low == Intervention(buy_lots=20, buy_fen_per_lot=1500, withhold_lots=25)


def test_room_to_buy_is_never_negative():
    left = room_to_buy(Parameters(share=0.1, multiple=1.0), Positions(held=np.array([500, 500]), need=np.array([1, 0])))
    assert left.tolist() == [0, 0]


@pytest.mark.parametrize("name, low, high", [
    ("standing_offers", "floor_cny_per_lot", "ceiling_cny_per_lot"), ("price_band", "floor_cny_per_lot", "ceiling_cny_per_lot"),
    ("reserve_triggers", "low_cny_per_lot", "high_cny_per_lot")])  # fmt: skip
def test_a_floor_above_the_ceiling_is_refused(name, low, high):
    """The government would buy dear and sell cheap without end."""
    with pytest.raises(RuleError, match=f"{low} .50.0. is above {high} .40.0."):
        rules("stability")[name].make({low: 50.0, high: 40.0})
    rules("stability")[name].make({low: 40.0, high: 40.0})
