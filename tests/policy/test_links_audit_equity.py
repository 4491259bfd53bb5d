"""Links, audits and measures of equity against closed forms."""

from fractions import Fraction

import numpy as np
import pytest

from marketsim.planner.linking import Link, gaining_cycle
from marketsim.policy.audit import concentration, double_count, interaction, local_favour
from marketsim.policy.coalitions import add_up, shapley
from marketsim.policy.equity import atkinson, gini, theil, theil_by_group, variation
from marketsim.policy.links import link, link_gains


@pytest.mark.parametrize(("kind", "ways"), [("none", 0), ("one_way", 1), ("free", 2), ("quota", 2), ("ratio", 2)])
def test_each_form_of_link_opens_its_ways_and_none_makes_rights(kind, ways):
    opened = link.apply(link.Parameters(kind=kind, ratio=0.8), link.Pair(
        source=0, target=1, source_cap_lots=100, target_cap_lots=50))
    there_and_back = [Link(start=one.source, end=one.target, ratio=one.ratio, cost=Fraction(0)) for one in opened]
    assert len(opened) == ways and gaining_cycle(there_and_back, 2) is None
    assert all((one.quota_lots is None) == (kind != "quota") for one in opened)


def linear_worth():
    """T2: slopes (0.5, 1, 4) Mt per CNY/t and autarky prices (80, 25, 40): what each coalition saves by linking."""
    slope, price = np.array([0.5, 1.0, 4.0]), np.array([80.0, 25.0, 40.0])
    slopes, needs = add_up(slope), add_up(slope * price)
    costs = add_up(slope * price**2 / 2)
    return slope, price, costs - np.where(slopes > 0, needs**2 / np.where(slopes > 0, 2 * slopes, 1), 0)


def test_linking_gains_and_shapley_of_three_regions():
    slope, price, worth = linear_worth()
    assert worth[-1] == pytest.approx(510.2273, abs=1e-4)
    assert shapley(worth) == pytest.approx([283.363, 150.585, 76.279], abs=1e-3)
    assert [worth[3], worth[5], worth[6]] == pytest.approx([504.167, 355.556, 90.0], abs=1e-3)
    common = float(slope @ price / slope.sum())
    cost = np.array([slope * price**2 / 2, slope * common**2 / 2])
    gains = link_gains(cost, slope * (price - common) * common, worth)
    assert gains.gain == pytest.approx([382.025, 126.550, 1.653], abs=1e-3)
    assert gains.gain.sum() == pytest.approx(gains.together) == pytest.approx(gains.shapley.sum())


def test_equity_indices_of_the_textbook():
    values = (1, 2, 3, 4, 10)
    assert gini(values) == pytest.approx(0.4, abs=1e-6)
    assert theil(values) == pytest.approx(0.276364, abs=1e-6)
    assert atkinson(values) == pytest.approx(0.251861, abs=1e-6)
    assert variation(values) == pytest.approx(0.790569, abs=1e-6)
    assert gini((5, 5, 5)) == theil((5, 5, 5)) == variation((5, 5, 5)) == 0


def test_theil_splits_over_rings():
    values, ring = (1, 2, 3, 4, 10), (0, 0, 1, 1, 1)
    split = theil_by_group(values, ring)
    assert split.between + split.within == pytest.approx(theil(values))
    assert theil_by_group((2, 2, 6, 6), (0, 0, 1, 1)).within == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("firms", [1, 4, 10])
def test_concentration_of_equal_firms(firms):
    found = concentration.apply(concentration.Parameters(), concentration.Sellers(
        sold=np.full(firms, 10), capacity=np.full(firms, 10), demand=9 * firms, price_fen=30, marginal_cost_fen=30))
    assert found.hhi == Fraction(1, firms) and found.lerner == 0
    assert bool(found.pivotal) == (found.residual_supply < 1) == (10 * (firms - 1) < 9 * firms)


def test_a_pivotal_seller_is_one_whose_rivals_cannot_serve_demand():
    found = concentration.apply(concentration.Parameters(), concentration.Sellers(
        sold=np.array([60, 40]), capacity=np.array([100, 50]), demand=100, price_fen=50, marginal_cost_fen=25))
    assert found.residual_supply == Fraction(1, 2) and found.pivotal == (0,)
    assert found.lerner == Fraction(1, 2) and found.concentrated


def test_local_levers_are_listed_with_their_switch():
    every = local_favour.Lever(region="武清区", key="options.x", free_factor=1.2, rebate=0.1, bans_outside_purchases=True,
                               local_only_auction=True, local_only_subsidy=True, local_content=0.3)
    fair = local_favour.Lever(region="津南区", key="options.y", free_factor=0.98)
    found = local_favour.apply(local_favour.Parameters(), local_favour.Levers(levers=(every, fair), city_factor=0.98))
    assert [one.code for one in found] == [
        "free-factor", "rebate", "trade-ban", "local-auction", "local-subsidy", "local-content"]
    assert {one.who for one in found} == {"武清区"} and all(one.switch.startswith("options.x") for one in found)


def test_double_count_flags_only_what_must_overlap():
    def claims(certificate, offset):
        return double_count.Claims(sources=("farm", "other"), available=np.array([100, 100]), source=np.array([0, 0, 1]),
                                   kind=("green certificate", "offset", "offset"), amount=np.array([certificate, offset, 90]))
    assert double_count.apply(double_count.Parameters(), claims(60, 40)) == ()
    found = double_count.apply(double_count.Parameters(), claims(60, 41))
    assert [(one.who, one.amount) for one in found] == [("farm", 1)]
    assert [one.amount for one in double_count.apply(double_count.Parameters(), claims(130, 0))] == [30]


def test_interaction_of_instruments():
    """T8: a mandate under the cap moves the price, not the use; the second party pays more than in the sum."""
    found = interaction({"A": 100.0, "B": 70.0}, {"cap": {"A": 90.0, "B": 40.0}, "mandate": {"A": 20.0, "B": 20.0}},
                        {"cap": (140.0, 140.0), "other": (50.0, 45.0)})
    assert found.index == pytest.approx(1.0) and found.waterbed == ("cap",) and found.double_burden == ("B",)
