"""Decomposition: the identities of the rules, clipping, intensity goals, and who gains."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketsim.policy import rules
from marketsim.policy.decomposition import Districts, at_projected_output, intensity_goal, who_gains
from marketsim.policy.decomposition.districts import Bounds, share_change
from marketsim.policy.decomposition.entropy import entropy_weights
from marketsim.policy.decomposition.zsg_dea import efficiency, settle
from marketsim.policy.rule import RuleError

START = st.lists(st.integers(1, 10**13), min_size=2, max_size=18)


@settings(deadline=None, derandomize=True)
@given(START, st.data())
def test_clipped_split_adds_up_inside_its_bounds(start, data):
    weights = data.draw(st.lists(st.integers(0, 10**12), min_size=len(start), max_size=len(start)))
    weights[0] = max(weights[0], 1)
    share = data.draw(st.fractions(0, 1))
    highest = [amount // 2 for amount, weight in zip(start, weights, strict=True) if weight]
    cut = int(sum(highest) * share)
    asked = Districts(start=np.array(start), goal=sum(start) - cut)
    given_up = asked.start - share_change(asked, np.array(weights), Bounds(highest_rate=0.5))
    assert sum(given_up.tolist()) == cut
    assert (given_up >= 0).all() and (given_up <= asked.start // 2).all()
    free = [Fraction(int(one), weight) for one, weight, most in
            zip(given_up, weights, (asked.start // 2).tolist(), strict=True) if weight and one < most]
    if len(free) > 1:                       # those not at a bound share one k, but for the rounded unit
        slack = max(Fraction(1, weight) for weight in weights if weight)
        assert max(free) - min(free) <= 2 * slack


def test_a_cut_beyond_the_bounds_is_refused_with_the_numbers():
    asked = Districts(start=np.array([100, 100]), goal=90)
    with pytest.raises(RuleError, match="110 .* 0 to 100"):
        share_change(asked, np.array([1, 1]), Bounds(highest_rate=0.5))


def test_a_district_without_weight_still_gives_up_the_least_share():
    asked = Districts(start=np.array([100, 100, 100]), goal=240)
    targets = share_change(asked, np.array([0, 1, 3]), Bounds(lowest_rate=0.1, highest_rate=0.3))
    assert targets.tolist() == [90, 80, 70]
    with pytest.raises(RuleError, match="30 to 70"):
        share_change(Districts(start=np.array([100, 100, 100]), goal=229), np.array([0, 1, 3]),
                     Bounds(lowest_rate=0.1, highest_rate=0.3))


def test_intensity_targets_reproduce_the_citys_intensity():
    """T25: weighted by projected output, district intensities give the city's (1 − ρ) I0 to the base unit."""
    use, output = np.array([10_140, 3_513, 33_781]) * 10**6, np.array([802, 908, 5871]) * 10**8
    projected = output * 106 // 100
    goal = intensity_goal(use, output, projected, 0.031)
    start = at_projected_output(use, output, projected)
    for name in ("equal_rate", "responsibility", "ability_to_pay", "potential"):
        rule = rules("decomposition")[name]
        targets = rule.apply(rule.make(), Districts(
            start=start, goal=goal, use=use, value_added_fen=output, population=np.array([857, 1195, 2067]) * 1000))
        assert sum(targets.tolist()) == goal
        city = Fraction(int(use.sum()), int(output.sum())) * (1 - Fraction(31, 1000))
        assert abs(Fraction(sum(targets.tolist()), int(projected.sum())) / city - 1) < Fraction(1, 10**9)


def test_equal_rate_is_one_rate():
    asked = Districts(start=np.array([1_000_003, 777_777, 5_000_001]), goal=6_000_000)
    targets = rules("decomposition")["equal_rate"].apply(Bounds(), asked)
    assert (abs(targets / asked.start - 6_000_000 / asked.start.sum()) < 2e-6).all()


def test_growth_goes_to_the_less_responsible():
    rule = rules("decomposition")["responsibility"]
    asked = Districts(start=np.array([100, 100]), goal=230, use=np.array([100, 100]), population=np.array([1, 2]))
    assert rule.apply(rule.make(), asked).tolist() == [110, 120]


@pytest.mark.parametrize("name", ["shapley", "triptych"])
def test_who_would_cut_more_may_grow_less(name):
    """A growth is no cut turned round: whoever would give up the larger share of its start gets the smaller share on top."""
    rule = rules("decomposition")[name]
    parameters = rule.make({"rates": {"works": 0.2, "homes": 0.1}} if name == "triptych" else {})
    facts = dict(start=np.array([200, 100]), use=np.array([200, 100]), value_added_fen=np.array([100, 190]),
                 sector_use=np.array([[200, 0], [0, 100]]), sectors=("works", "homes"))  # fmt: skip
    cut = rule.apply(parameters, Districts(goal=270, **facts)) / facts["start"]
    growth = rule.apply(parameters, Districts(goal=330, **facts)) / facts["start"]
    assert cut[0] != cut[1] and (cut < 1).all() and (growth > 1).all()
    assert (cut[0] < cut[1]) == (growth[0] < growth[1])


@pytest.mark.parametrize("name", list(rules("decomposition")))
@pytest.mark.parametrize("goal", [0, 70, 100, 130])
def test_one_district_alone_has_the_citys_target(name, goal):
    rule = rules("decomposition")[name]
    one = np.array([100])
    asked = Districts(start=one, goal=goal, use=one, value_added_fen=one, population=one, history=one, zone=np.array([0]), zones=("all",),
                      indicators=np.array([[1.0, 2.0, 3.0]]), sector_use=np.array([[100]]), sectors=("works",), marginal_cut=np.array([7]))  # fmt: skip
    if name == "shapley" and goal < 100:
        with pytest.raises(RuleError, match="weights are not all zero"):  # nobody to learn from
            rule.apply(rule.make(), asked)
        return
    assert rule.apply(rule.make(), asked).tolist() == [goal]


@pytest.mark.parametrize(("name", "empty"), [("entropy", "indicators"), ("composite", "indicators"), ("zsg_dea", "start"), ("responsibility", "population"),
                                             ("potential", "value_added_fen")])  # fmt: skip
def test_a_district_without_people_output_or_use_is_told(name, empty):
    facts = dict(start=np.array([100, 100]), use=np.array([100, 100]), value_added_fen=np.array([10, 10]), population=np.array([5, 5]),
                 indicators=np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 3.0]]))  # fmt: skip
    facts[empty] = facts[empty].copy()
    facts[empty][0] = np.inf if empty == "indicators" else 0
    rule = rules("decomposition")[name]
    with pytest.raises(RuleError, match="zero in some district; take a rule"):
        rule.apply(rule.make(), Districts(goal=80, **facts))


def test_who_is_spared_does_not_take_all_of_a_growth():
    """Zones with factors 0, 1 and 2: of a growth of 50 the spared one gets as much as the one with factor 1, twice the share of the third."""
    rule = rules("decomposition")["functional_zone"]
    facts = dict(start=np.array([100, 100, 100]), zone=np.array([0, 1, 2]), zones=("a", "b", "c"))
    parameters = rule.make({"zones": {"a": 0.0, "c": 2.0}})
    assert rule.apply(parameters, Districts(goal=350, **facts)).tolist() == [120, 120, 110]
    assert rule.apply(parameters, Districts(goal=270, **facts)).tolist() == [100, 90, 80]


def test_entropy_gives_no_weight_to_an_indicator_that_tells_nothing():
    weights = entropy_weights(np.array([[1.0, 5.0], [2.0, 5.0], [9.0, 5.0]]))
    assert weights[0] == pytest.approx(1) and weights[1] == pytest.approx(0, abs=1e-12)
    # two districts, p = (3/4, 1/4) and (1/2, 1/2): e = 0.811278 and 1 by hand
    assert entropy_weights(np.array([[3.0, 1.0], [1.0, 1.0]])) == pytest.approx([1, 0], abs=1e-12)


def test_efficiency_of_a_frontier_by_hand():
    """Inputs 2, 4, 4 for outputs 1, 3, 2: C could make 2 from 3 (half A, half B), so its efficiency is 3/4."""
    assert efficiency(np.array([2.0, 4.0, 4.0]), np.array([[1.0, 3.0, 2.0]])) == pytest.approx([1, 1, 0.75])


def test_zero_sum_gains_ends_efficient_with_the_total_kept():
    draw = np.random.default_rng(3)
    inputs, outputs = draw.random(16) + 0.2, draw.random((2, 16)) + 0.1
    final = settle(inputs / inputs.sum(), outputs, 200)
    assert final.sum() == pytest.approx(1, abs=1e-12)
    assert efficiency(final, outputs).min() > 1 - 1e-6


def test_zero_sum_gains_efficiency_solves_its_own_equation():
    """θ = θ' X / (X − x + θ' x) satisfies θ x = θ' x (1 + x (1 − θ) / (X − x)), the constraint with one input."""
    inputs = np.array([2.0, 4.0, 4.0])
    plain, whole = efficiency(inputs, np.array([[1.0, 3.0, 2.0]])), inputs.sum()
    theta = plain * whole / (whole - inputs + plain * inputs)
    assert theta * inputs == pytest.approx(plain * inputs * (1 + inputs * (1 - theta) / (whole - inputs)))


def test_who_gains_against_the_rule_of_today():
    table = rules("decomposition")
    asked = Districts(start=np.array([100, 300]), goal=360, population=np.array([1, 1]))
    choices = {name: (table[name], table[name].make()) for name in ("equal_rate", "population", "contraction")}
    gains = who_gains(asked, "equal_rate", choices)
    assert not gains.gain[0].any() and not gains.gain.sum(axis=1).any()
    assert gains.targets[1].tolist() == [80, 280] and gains.gain[1].tolist() == [-10, 10]
    assert gains.winners.tolist() == [0, 1, 1]
    with pytest.raises(RuleError, match="not among"):
        who_gains(asked, "shapley", choices)


def test_shapley_takes_at_most_twenty_districts():
    rule = rules("decomposition")["shapley"]
    many = np.full(21, 10)
    with pytest.raises(RuleError, match="20"):
        rule.apply(rule.make(), Districts(start=many, goal=200, use=many, value_added_fen=many))
