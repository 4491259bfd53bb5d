"""A goal for the width of intervals: read in many spellings, reached by adding luck, given up when it cannot be."""

import functools
import json

import pytest

from marketsim.errors import InputError
from marketsim.scenario import load
from marketsim.study import compare, engine, parts, plan, task


@pytest.fixture
def toy_runs(monkeypatch):
    """`compare` does toy runs, here and now; with two hands from the last to the first."""

    def run_missing(asked, folder, how, tell):
        jobs = engine.missing(asked, folder)
        if jobs:
            parts.commit(folder, [outcome for outcome, _ in task.attempt(task.prepare(asked.context), jobs[:: 3 - 2 * how.limits.hands])])
        return []

    monkeypatch.setattr(compare, "plan", functools.partial(plan.plan, work="toy_work:toy"))
    monkeypatch.setattr(compare, "run_missing", run_missing)


@pytest.mark.parametrize("text", ["cost ± 2%", "cost±2%", "cost +- 2 %", "cost +/- 2.0%", "  cost  ±  2％ ", "总成本 ± 2%", "总成本正负2％"])
def test_every_spelling_is_the_same_goal(text):
    assert compare.until(text) == compare.Until(criterion="cost", share=0.02)


@pytest.mark.parametrize("text", ["", "cost", "cost ± %", "cost ± 0%", "cost ± -2%", "cost ± 2", "cost ± 1.2.3%", "cost ± 2% or so", "fame ± 2%", "成功 ± 2%", "cost ± nan%", "± 2%"])
def test_what_is_no_goal_is_told_with_an_example(text):
    with pytest.raises(InputError, match="such as cost ± 2%"):
        compare.until(text)


def reach(toys, scenario, out, text, hands=1):
    return compare.compare(scenario, out, toys.how(hands), lambda *told: None, compare.until(text))


def test_luck_is_added_until_the_goal_is_met_and_no_more(toys, tmp_path, toy_runs):
    scenario = toys.study("plain", "noisy", futures=6, seeds=2)
    done = reach(toys, scenario, tmp_path / "one", "cost ± 3%")
    goal, mean = done.scorecard["goal"], done.scorecard["criteria"]["cost"]["options"]["plain"]["mean"]
    assert done.total in (2 * 2 * 9, 2 * 2 * 13, 2 * 2 * 19) and goal["reached"] <= goal["wanted"] == pytest.approx(0.03 * mean)
    again = reach(toys, scenario, tmp_path / "one", "cost ± 3%")
    assert again == done  # nothing is left to do
    looser = reach(toys, scenario, tmp_path / "two", "cost ± 30%", hands=2)
    assert looser.total == 2 * 2 * 6 and looser.scorecard["goal"]["reached"] <= looser.scorecard["goal"]["wanted"]
    tighter = reach(toys, scenario, tmp_path / "two", "cost ± 3%", hands=2)
    assert tighter.digest == done.digest and json.dumps(tighter.scorecard) == json.dumps(done.scorecard)


def test_without_futures_seeds_are_added(toys, tmp_path, toy_runs):
    toys.study("plain", "noisy", futures=1, seeds=3)
    text = (tmp_path / "toy.yaml").read_text(encoding="utf-8")
    (tmp_path / "toy.yaml").write_text(text[: text.index("uncertainty:")] + "runs: {seeds: 3}\n", encoding="utf-8")
    done = reach(toys, load(tmp_path / "toy.yaml"), tmp_path / "out", "cost ± 15%")
    assert done.total // 2 > 4 and done.scorecard["goal"]["reached"] <= done.scorecard["goal"]["wanted"]
    assert {row.split(",")[1] for row in (done.folder / "runs.csv").read_text().splitlines()[1:]} == {"base"}


def test_a_goal_out_of_reach_is_given_up_and_told(toys, tmp_path, toy_runs, monkeypatch):
    monkeypatch.setattr(compare, "MOST_LOOKS", 3)
    done = reach(toys, toys.study("plain", "noisy", futures=4, seeds=1), tmp_path / "out", "cost ± 0.01%")
    assert done.total == 2 * 9 and done.scorecard["goal"]["reached"] > done.scorecard["goal"]["wanted"]
