"""The sweep of other assumptions: what it asks for, and that what it turns is told."""

import numpy as np

from marketsim.scenario import load
from marketsim.simulation.found import found
from marketsim.study.robustness import assumptions, planned

QUESTION = """marketsim: 1
title: {zh: 问, en: Question}
extends: tianjin-2020
options:
  one: {label: {zh: 甲, en: One}, set: {markets.carbon.cap: 75 MtCO2}}
  two: {label: {zh: 乙, en: Two}, set: {markets.carbon.cap: 73 MtCO2}}
runs: {seeds: 20}
report: {robustness: true}
"""


def test_every_combination_is_asked_for_once_with_words_of_its_own(tmp_path):
    (tmp_path / "question.yaml").write_text(QUESTION, encoding="utf-8")
    scenario = load(tmp_path / "question.yaml")
    made = assumptions(scenario)
    assert len(made) == 3 * 2 * 2 == len({one.words["zh"] for one in made}) == len({tuple(one.values.items()) for one in made})
    assert [one.words["en"] for one in made].count("as in the study") == 1
    assert made[3].words == {"zh": "减排成本为50% + 可用措施为35% + “夜间灯光(2017)”口径", "en": "abatement costs at 50% + 35% of the measures at hand + the accounts of “Night light (2017)”"}
    plan = planned(scenario)
    assert len(plan.jobs) == 2 * 12 * 5 and len({job.run for job in plan.jobs}) == 120 and {job.seed for job in plan.jobs} == set(range(scenario.seed, scenario.seed + 5))


def test_costs_are_scaled_and_nothing_else():
    usual, dear = (found(load("tianjin-2020", settings)).setting.choices for settings in ((), ("firms.measure_costs=150%",)))
    assert np.abs(dear.cost_fen - 1.5 * usual.cost_fen).max() <= 3, "fen, rounded firm by firm"
    assert usual.cost_fen.sum() > 0
    assert np.array_equal(dear.saving, usual.saving) and np.array_equal(dear.firm, usual.firm)
