"""Every transfer sums to zero, whatever goes in, and who refuses or does not qualify pays nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketsim.policy.transfers import ecological, enclave, recycling, surface_water, upstream
from marketsim.policy.transfers.payments import TREASURY, through_treasury
from marketsim.policy.transfers.tables import borders


def draws(seed: int, count: int, most: int = 10**9):
    return np.random.default_rng(seed).integers(0, most, count)


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(2, 20))
def test_transfers_sum_to_zero_and_nobody_pays_himself(seed, count):
    made = [
        surface_water.apply(surface_water.Parameters(), surface_water.Rivers(
            pollution=draws(seed, count), change=draws(seed + 1, count), outflow_inflow=draws(seed + 2, count))),
        ecological.apply(ecological.Parameters(), ecological.Ecology(
            index=draws(seed, count, 100), weight=draws(seed + 1, count) + 1)),
        *(recycling.apply(recycling.Parameters(by=by, share=0.7), recycling.Revenue(
            fen=10**11 + 7, population=draws(seed, count), value_added=draws(seed + 1, count),
            paid=draws(seed + 2, count), measures=draws(seed + 3, count))) for by in ("population", "paid", "none")),
    ]
    for paid in made:
        net = paid.net_fen(count)
        assert sum(net.tolist()) == 0 and (paid.fen > 0).all() and (paid.payer != paid.payee).all()
        assert (paid.invested_fen <= paid.fen).all()
    for paid in made[:2]:
        assert paid.net_fen(count)[TREASURY] == 0, "zero-sum among districts: the treasury only passes it on"


def test_what_does_not_cancel_is_refused():
    with pytest.raises(ValueError, match="sum to zero"):
        through_treasury(np.array([1, 2]), "x")


def test_compensation_pays_in_before_it_pays_out():
    paid = through_treasury(np.array([5, -5]), "x")
    assert paid.payer.tolist() == [1, TREASURY] and paid.payee.tolist() == [TREASURY, 0]


def border(classes, inflow=0, mean=0):
    return upstream.Border(upstream=0, downstream=1, classes=np.array(classes), inflow_litre=inflow, mean_inflow_litre=mean)


def test_upstream_is_paid_for_class_three_each_month_or_class_two_on_average():
    base = upstream.Parameters()
    assert upstream.apply(base, border([3] * 12)).fen.tolist() == [10**10]
    assert upstream.apply(base, border([1] * 11 + [4])).fen.tolist() == [10**10]     # mean 1.25
    assert upstream.apply(base, border([3] * 11 + [4])).fen.tolist() == []


def test_more_water_more_reward():
    rewarded = upstream.Parameters(bonus_cny_per_1000m3=50.0)
    assert upstream.apply(rewarded, border([5] * 12, 3 * 10**9, 10**9)).fen.tolist() == [2000 * 50 * 100]


def test_an_enclave_books_and_pays_apart_and_a_loser_refuses():
    projects = enclave.Enclaves(origin=np.array([0, 0]), host=np.array([1, 1]), tax_fen=np.array([100, 100]),
                                cost_fen=np.array([60, 300]), amounts=np.array([[1000, 1000], [7, 7]]))
    split = enclave.apply(enclave.Parameters(in_place=False), projects)
    assert split.accepted.tolist() == [True, False]
    assert split.cash.net_fen(2).tolist() == [20, -20, 0]
    assert split.booked_origin.tolist() == [[500, 0], [3, 0]] and split.booked_host.tolist() == [[500, 0], [4, 0]]
    even = enclave.apply(enclave.Parameters(cost_share=0.0), enclave.Enclaves(
        origin=np.array([0, 0]), host=np.array([1, 1]), tax_fen=np.array([100, 100]), cost_fen=np.array([50, 51]),
        amounts=np.array([[1, 1]])))
    assert even.accepted.tolist() == [True, False], "a host that just breaks even accepts"
    in_place = enclave.apply(enclave.Parameters(), projects)
    assert not in_place.booked_origin.any() and in_place.cash.net_fen(2).tolist() == [20, -20, 0]


def test_more_water_earns_more_by_a_table():
    """13 Mm³ came where 10 come in the mean: 3 Mm³ at 50 CNY per 1,000 m³ are 150,000 CNY on top of the base, or alone where the water is foul."""
    def paid(months: int, foul: int) -> int:
        rows = [{"upstream": "treasury", "downstream": "treasury", "month": str(month), "class": "6" if month < foul else "3",
                 "inflow_m3": "13000000" if month == 0 else "", "mean_inflow_m3": "10000000" if month == 0 else ""} for month in range(months)]  # fmt: skip
        (case,) = borders(rows, ())
        return int(upstream.apply(upstream.Parameters(base_cny=1000.0, bonus_cny_per_1000m3=50.0), case).fen.sum())

    assert paid(12, 0) == 100 * (1000 + 150_000) and paid(12, 12) == 100 * 150_000
