"""Whether a comparison survives other assumptions: the options are run again with cheaper and dearer measures, fewer of them, and other accounts.

Every combination of abatement costs (50, 100, 150 %), of the share of measures at hand (35, 100 %) and of the region's views is one
assumption, all with the same few seeds. The sign of a difference holds in an assumption where the mean paired difference of the two
options there has the sign it has in the study.
Source: Saltelli et al. (2008), Global sensitivity analysis, 1.2 (factors varied together).
"""

import csv
import itertools
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marketsim.messages import say
from marketsim.scenario import Scenario
from marketsim.study import collect
from marketsim.study.backlog import Tell
from marketsim.study.engine import How, run_missing
from marketsim.study.futures import Future
from marketsim.study.plan import Plan, plan, size
from marketsim.study.scorecard import tables

COSTS, AVAILABLE = ("50%", "100%", "150%"), ("100%", "35%")
MOST_SEEDS = 5
Words = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """One combination: `values` are dotted keys and their YAML texts, `words` what is other than usual, by language."""

    values: dict[str, str]
    words: Words


def assumptions(scenario: Scenario) -> tuple[Assumption, ...]:
    """Every combination, costs slowest; the one in which all is as usual stands among them."""
    own, named = scenario.question.view, _views(scenario.region_path)
    accounts = [own, *(key for key in named if key != own)]
    found = []
    for costs, available, view in itertools.product(COSTS, AVAILABLE, accounts):
        values = {"firms.measure_costs": costs, "firms.availability": available, "view": view}
        other = [("costs", costs)] * (costs != "100%") + [("available", available)] * (available != "100%") + [("view", view)] * (view != own)
        words = {}
        for lang in ("zh", "en"):
            told = [say(f"robustness.{key}", {"value": named[value][lang] if key == "view" else value}, lang) for key, value in other]
            words[lang] = " + ".join(told) or say("robustness.usual", {}, lang)
        found.append(Assumption(values={key: json.dumps(value) for key, value in values.items()}, words=words))
    return tuple(found)


def robustness(scenario: Scenario, folder: Path, how: How, tell: Tell) -> tuple[dict, list[str]]:
    """The sweep as plain data, and the names of damaged parts.

    `assumptions` are words by language; `criteria` → pairs of options (`first`, `second`) with the mean paired difference under
    each assumption, null where no run succeeded.
    """
    asked = planned(scenario)
    damaged = run_missing(asked, folder, how, tell)
    figures = tables(folder, collect.asked(asked, folder), scenario.question.report.judge_by)
    futures, seeds = size(scenario)
    found = {
        "assumptions": [one.words | ({"view": json.loads(one.values["view"])} if json.loads(one.values["view"]) != scenario.question.view else {}) for one in assumptions(scenario)], "seeds": min(futures * seeds, MOST_SEEDS),
        "criteria": {name: [{"first": one, "second": other, "differences": _means(values[one] - values[other])} for one, other in itertools.combinations(asked.options, 2)]
                     for name, values in figures.items()},
    }  # fmt: skip
    return found, damaged


def planned(scenario: Scenario) -> Plan:
    """The runs of the sweep."""
    futures, seeds = size(scenario)
    asked = [Future(name=f"assumption{place:02d}", values=one.values) for place, one in enumerate(assumptions(scenario), start=1)]
    return plan(scenario, asked, min(futures * seeds, MOST_SEEDS), common=True)


def _views(folder: Path) -> dict[str, Words]:
    """The region's views with their names."""
    with (folder / "views.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: {lang: row.get(f"name_{lang}") or row["key"] for lang in ("zh", "en")} for row in csv.DictReader(file)}


def _means(apart: np.ndarray) -> list[float | None]:
    """Mean over the seeds of each assumption; `apart` has the shape (assumptions, seeds)."""
    found = [float(row[~np.isnan(row)].mean()) if (~np.isnan(row)).any() else math.nan for row in apart]
    return [value if math.isfinite(value) else None for value in found]
