"""Assessment: points step by step, the incentive, two indicators, lights, zones and consequences."""

import numpy as np
import pytest

from marketsim.policy.assessment import Grades, Performance, Progress, consequences, differentiated, exclusions, lights, points
from marketsim.policy.rule import RuleError

ONE = np.array([100])


def judged(achieved, cap=100, use=100, measures=6000, parameters=None, **more):
    return points.apply(parameters or points.Parameters(), Performance(
        needed=ONE, achieved=np.array([achieved]), total_cap=np.array([cap]), total_use=np.array([use]),
        measures=np.array([measures]), **more))


@pytest.mark.parametrize(("achieved", "target", "bonus"), [
    (49, 0, 0), (50, 2000, 0), (59, 2000, 0), (60, 2400, 0), (79, 2800, 0), (99, 3600, 0), (100, 4000, 0), (109, 4000, 0),
    (110, 4000, 300), (129, 4000, 600), (130, 4000, 900), (200, 4000, 900), (-5, 0, 0)])
def test_points_of_the_county_variant(achieved, target, bonus):
    """100 % 40, 90 % 36, ... 50 % 20, below 0; +3 for each full tenth above, at most 9."""
    found = judged(achieved)
    assert (found.target_points[0], found.bonus_points[0], bool(found.vetoed[0])) == (target, bonus, achieved < 100)
    assert found.points[0] == target + bonus + 6000


def test_grades_change_at_95_80_and_60():
    grades = {measures: judged(100, measures=measures).grade[0] for measures in (1999, 2000, 3999, 4000, 5499, 5500)}
    assert grades == {1999: 0, 2000: 1, 3999: 1, 4000: 2, 5499: 2, 5500: 3}


def test_measures_earn_no_more_than_their_share():
    half = points.Parameters(intensity_points=50, measures_most=50)
    assert judged(100, measures=9000, parameters=half).points[0] == 10_000


def test_total_counts_and_vetoes_only_where_the_scheme_says_so():
    dual = points.Parameters(intensity_points=20, total_points=20)
    over = judged(100, cap=100, use=111, parameters=dual)
    assert over.target_points[0] == 2000 + 1800 and not over.vetoed[0]
    strict = points.Parameters(intensity_points=20, total_points=20, total_veto=True)
    assert judged(100, cap=100, use=101, parameters=strict).vetoed[0]
    assert not judged(100, cap=100, use=100, parameters=strict).vetoed[0]


@pytest.mark.parametrize(("achieved", "exempt"), [(119, False), (120, True)])
def test_who_meets_the_incentive_target_is_not_judged_by_the_total(achieved, exempt):
    scheme = points.Parameters(intensity_points=20, total_points=20, total_veto=True, incentive_exempts=True)
    found = judged(achieved, cap=100, use=150, parameters=scheme, incentive_needed=np.array([120]))
    assert bool(found.vetoed[0]) != exempt and found.target_points[0] == (4000 if exempt else 2000 + 1200)


def test_a_second_intensity_has_its_own_points():
    city = points.Parameters(intensity_points=30, second_points=10, bonus_per_tenth=1, bonus_most=5)
    found = judged(120, parameters=city, second_needed=ONE, second_achieved=np.array([90]))
    assert (found.target_points[0], found.bonus_points[0]) == (3000 + 900, 200)


def test_where_nothing_was_needed_growth_within_the_target_is_met():
    found = points.apply(points.Parameters(), Performance(
        needed=np.array([-10, -10, 0]), achieved=np.array([-5, -15, 0]), total_cap=np.ones(3, int), total_use=np.ones(3, int),
        measures=np.full(3, 6000)))
    assert found.vetoed.tolist() == [False, True, False] and found.target_points.tolist() == [4000, 0, 4000]


def test_lights_of_consumption():
    shown = lights.apply(lights.Parameters(consumption_margin=0.05), Progress(
        needed_due=np.array([0, 0, 0, 0]), achieved=np.array([0, 0, 0, -1]), cap_due=np.array([100] * 4),
        used=np.array([100, 105, 106, 90])))
    assert shown.consumption.tolist() == [3, 2, 1, 3] and shown.intensity.tolist() == [3, 3, 3, 1]


@pytest.mark.parametrize(("renewables", "feedstock", "counted"), [
    ("none", False, 100), ("growth", False, 96), ("all", False, 88), ("none", True, 80), ("all", True, 68)])
def test_exclusions(renewables, feedstock, counted):
    uses = exclusions.Uses(use=np.array([100, 5]), renewable=np.array([12, 20]), renewable_before=np.array([8, 30]),
                           feedstock=np.array([20, 0]))
    found = exclusions.apply(exclusions.Parameters(renewables=renewables, feedstock=feedstock), uses)
    assert found[0] == counted and found[1] == (0 if renewables == "all" else 5)


SCORES = dict(values=np.array([[10.0, 40.0], [20.0, 10.0], [30.0, 20.0]]), names=("output", "river"), weights=(0.75, 0.25),
              zone=np.array([0, 1, 0]), zones=("key", "ecological"))


def test_scores_are_weighted_means_on_a_common_scale():
    found = differentiated.apply(differentiated.Parameters(), differentiated.Scores(**SCORES))
    assert found.score == pytest.approx([25, 0, 75 + 25 / 3])
    assert found.rank.tolist() == [2, 3, 1] and found.rank_undifferentiated.tolist() == [3, 2, 1]


def test_nothing_left_to_score_is_refused():
    with pytest.raises(RuleError, match="nothing is left"):
        differentiated.apply(differentiated.Parameters(struck=("output", "river")), differentiated.Scores(**SCORES))


def test_consequences_of_each_grade():
    found = consequences.apply(consequences.Parameters(), Grades(grade=np.array([0, 1, 2, 3])))
    assert found.new_capacity_ppm.tolist() == [0, 10**6, 10**6, 10**6]
    assert found.funds_ppm.tolist() == [800_000, 10**6, 10**6, 1_100_000]
    assert found.quota_ppm.tolist() == [10**6, 10**6, 10**6, 1_020_000]
