"""What may be said of options: intervals, best and tie, how many more runs, regret and requirements, designs and discovery."""

import math
import re

import numpy as np
import pytest

from marketsim.errors import InputError
from marketsim.study import compare, discover, robust, search
from marketsim.study.design import points, sensitivity
from marketsim.study.futures import Future
from marketsim.study.statistics import FEWEST, fewer_runs, interval, judge, observations, student


def chance(key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=key))


def test_quantiles_of_student_are_those_of_scipy():
    t = pytest.importorskip("scipy.stats").t
    for freedom in (1, 2, 3, 4, 7, 8, 30, 999, 10_000):
        for probability in (0.6, 0.975, 0.9995):
            assert math.isclose(student(probability, freedom), t.ppf(probability, freedom), rel_tol=1e-9)


def test_an_interval_covers_the_mean_as_often_as_it_says():
    draws = chance(1).normal(3.0, 2.0, (2000, 6))
    found = [interval(row) for row in draws]
    covered = np.mean([one.low <= 3.0 <= one.high for one in found])
    assert 0.935 < covered < 0.965


def test_two_identical_options_under_independent_luck_are_rarely_told_apart():
    """The A/A test: at a nominal 5 %, best is claimed in at most 7.5 % of 400 studies, on skewed costs and on counts."""
    luck = chance(7)
    claims = 0
    for _ in range(400):
        tables = [{"cost": luck.lognormal(0, 0.8, (1, 10)), "met": luck.integers(10, 14, (1, 10)) / 16.0} for _ in range(2)]
        judged = [judge({"a": tables[0][name], "b": tables[1][name]}, name == "cost", criteria=2) for name in ("cost", "met")]
        claims += any("best" in one.marks.values() for one in judged)
    assert claims <= 30
    assert claims >= 2  # a test that never claims anything proves nothing


def test_under_common_luck_identical_options_differ_by_nothing_at_all():
    table = chance(2).normal(size=(5, 4))
    judged = judge({"a": table, "b": table.copy()}, True)
    assert judged.differences[("a", "b")].mean == judged.differences[("a", "b")].high == 0
    assert judged.marks == {"a": "tie", "b": "tie"} and judged.needed is None


def test_best_is_claimed_where_pairs_say_so_though_levels_overlap():
    luck = chance(3).normal(0, 10, (12, 3))
    judged = judge({"a": 100 + luck, "b": 99 + luck + chance(4).normal(0, 0.3, (12, 3)), "c": 101 + luck}, True)
    assert judged.marks == {"a": "", "b": "best", "c": ""}
    assert judged.means["a"].low < judged.means["b"].mean < judged.means["a"].high


def test_too_few_observations_claim_nothing():
    few = {"a": np.array([[1.0, 1.0, 1.0, 1.0]]), "b": np.array([[2.0, 2.0, 2.0, 2.0]])}
    assert set(judge(few, True).marks.values()) == {"tie"} and FEWEST == 5
    enough = {name: np.repeat(table, 2, axis=1) for name, table in few.items()}
    assert judge(enough, True).marks == {"a": "best", "b": ""}


def test_how_many_more_observations_would_end_a_tie():
    gaps = np.array([1.5, -0.5] * 4)
    needed = judge({"a": np.zeros((1, 8)), "b": gaps[None]}, True).needed
    assert 8 < needed < 200

    def marks(count):
        spread = np.where(np.arange(count) % 2, 1, -1) * gaps.std(ddof=1) * math.sqrt((count - 1) / count)
        return judge({"a": np.zeros((1, count)), "b": (gaps.mean() + spread)[None]}, True).marks.values()

    even = needed + needed % 2
    assert "best" in marks(even + 2) and "best" not in marks(even - 6)


def test_the_future_is_the_observation_and_a_failed_run_drops_out():
    table = np.array([[1.0, 3.0], [5.0, np.nan], [np.nan, np.nan]])
    assert observations(table)[:2].tolist() == [2.0, 5.0] and np.isnan(observations(table)[2])
    assert interval(observations(table)).count == 2


def test_common_luck_saves_runs():
    common, noise = chance(8).normal(0, 10, 400), chance(9).normal(0, 1, 400)
    assert 100 < fewer_runs(noise, common - chance(10).normal(0, 10, 400)) < 300


def test_regret_and_requirements_and_the_front():
    values = {"a": np.array([[1.0], [5.0]]), "b": np.array([[2.0], [3.0]])}
    assert robust.regret(values, True) == {"a": {"largest": 2.0, "mean": 1.0}, "b": {"largest": 1.0, "mean": 0.5}}
    wanted = [robust.requirement("attainment >= 90%", ["attainment"])]
    met = robust.satisficing({"attainment": {"a": np.array([[0.95], [0.85]]), "b": np.array([[0.9], [1.0]])}}, wanted)
    assert met["a"].tolist() == [True, False] and met["b"].all()
    assert robust.efficient({"a": [1, 2], "b": [2, 1], "c": [2, 2]}) == ["a", "b"]
    for wrong in ("attainment", "attainment >= lots", "colour >= 3"):
        with pytest.raises(InputError):
            robust.requirement(wrong, ["attainment"])


def ishigami(at: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * at - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_sobol_indices_of_a_known_function_with_failed_points():
    pytest.importorskip("SALib")
    at = points("sobol", ["a", "b", "c"], 1024, seed=1)
    figures = ishigami(at)
    figures[::101] = np.nan
    found = sensitivity("sobol", ["a", "b", "c"], at, figures)
    truth = {"a": (0.3139, 0.5576), "b": (0.4424, 0.4424), "c": (0.0, 0.2437)}
    for key, (first, total) in truth.items():
        assert abs(found[key]["first"] - first) < 4 * found[key]["first_se"]
        assert abs(found[key]["total"] - total) < 4 * found[key]["total_se"]


@pytest.mark.parametrize("design, name, count", [("morris", "mu_star", 20), ("lhs", "rank_correlation", 60), ("grid", "first", 4), ("oat", "high", 1)])
def test_every_design_finds_the_key_that_matters(design, name, count):
    if design in ("morris", "lhs"):
        pytest.importorskip("SALib")
    at = points(design, ["idle", "strong"], count, seed=3)
    assert at.min() >= 0 and at.max() <= 1
    figures = 5 * at[:, 1] + 0.1 * at[:, 0]
    figures[-1] = np.nan if design != "oat" else figures[-1]
    found = sensitivity(design, ["idle", "strong"], at, figures)
    assert abs(found["strong"][name]) > 3 * abs(found["idle"][name])


def test_a_design_that_will_not_do_is_refused():
    with pytest.raises(InputError, match="uncertainty"):
        points("grid", [], 3, seed=1)
    pytest.importorskip("SALib")
    with pytest.raises(InputError, match="power of two"):
        points("sobol", ["a"], 12, seed=1)


@pytest.mark.parametrize("method", ["prim", "tree"])
def test_where_an_option_fails_is_told_in_words(method):
    if method == "tree":
        pytest.importorskip("sklearn")
    luck = chance(11)
    futures = [
        Future(name=str(place), values={"activity.growth": f'"{100 * growth:.3f}%"', "link": '"on"' if on else '"off"', "idle": f"{idle:.3f}"})
        for place, (growth, on, idle) in enumerate(zip(luck.normal(0.03, 0.03, 400), luck.random(400) < 0.5, luck.random(400), strict=True))
    ]  # fmt: skip
    names, table = discover.columns(futures)
    fails = (table[:, 0] > 0.05) & (table[:, names.index(("link", '"off"'))] == 1)
    told = discover.told(futures, {"rule": ~fails, "other": np.ones(400, dtype=bool)})
    assert told["other"] == {}
    assert re.fullmatch(r"fails when activity\.growth > (4\.9\d|5|5\.0\d)% and link is (off|not on) \((100|9\d)% of such futures fail, (100|9\d)% of the failures are there\)", told["rule"][method]["en"])
    assert re.match(r"当 activity\.growth > \S+% 且 link 不?为 (on|off) 时不达标", told["rule"][method]["zh"])


def test_goals_and_ranges_are_read_or_refused():
    assert compare.until("cost ± 2%") == compare.until("cost +- 2 %") == compare.Until(criterion="cost", share=0.02)
    for wrong in ("cost", "colour ± 2%", "cost ± 0%"):
        with pytest.raises(InputError):
            compare.until(wrong)
    factor = search.varied("markets.carbon.allocation.factor = 90% .. 99%")
    assert (factor.low, factor.high, factor.text(0.954321)) == (0.9, 0.99, '"95.432%"')
    assert search.varied("firms.decision_days = 40 .. 80").text(41.6) == "42"
    with pytest.raises(InputError):
        search.varied("markets.carbon.cap 1 to 2")
