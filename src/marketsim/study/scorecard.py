"""The scorecard of a study: options on cost, equity, attainment and risk, what may be said of them, and what the planner would do.

cost: outlay of the city in a run (`cost.market`). equity: Gini coefficient of what the districts pay, per unit of the use that
dual control watches where there is such a target. attainment: share of districts whose grade is at least 完成. risk: how far the
cost of a run lies from the option's median cost, in either direction; its mean is the mean absolute deviation.
Source: Brown and Forsythe (1974), comparing spreads by deviations from the median.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas

from marketsim.policy.equity import gini
from marketsim.study import collect, discover, robust
from marketsim.study.futures import Future
from marketsim.study.statistics import Interval, Judgement, interval, judge, observations

SCHEMA = "marketsim.scorecard/1"
METRICS = ("cost.market", "cost.least", "cost.no_trade", "cost.share_of_gain", "assess.total_actual", "assess.grade")
MET = 2
"""Lowest grade that counts as met: 0 missed, 1 basically met, 2 met, 3 exceeded."""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """What options are judged by: its unit in the summary, and which way is better."""

    unit: str
    lower_is_better: bool


CRITERIA = {
    "cost": Criterion(unit="fen", lower_is_better=True),
    "equity": Criterion(unit="1", lower_is_better=True),
    "attainment": Criterion(unit="1", lower_is_better=False),
    "risk": Criterion(unit="fen", lower_is_better=True),
}
Tables = dict[str, dict[str, np.ndarray]]
"""Criterion → option → table (futures, seeds)."""


def tables(folder: Path, wanted: pandas.DataFrame, judge_by: Sequence[str]) -> Tables:
    """The figures of every finished run on each criterion that the runs report."""
    rows = collect.figures(folder, wanted, METRICS)
    whole = rows["region"] == _city(rows)
    run = ["option", "place", "replication"]
    cost = collect.grid(rows[whole & (rows["metric"] == "cost.market")], wanted)
    paid = rows[~whole & rows["metric"].isin(["cost.market", "assess.total_actual"])]
    graded = rows[rows["metric"] == "assess.grade"].assign(value=lambda frame: frame["value"] >= MET)
    shares = graded.groupby(run, as_index=False)["value"].mean()
    unequal = [(*key, _unequal(own)) for key, own in paid.groupby(run, sort=True)]
    made = {
        "cost": cost,
        "equity": collect.grid(pandas.DataFrame(unequal, columns=[*run, "value"]), wanted),
        "attainment": collect.grid(shares, wanted),
        "risk": {option: np.abs(table - _median(table)) for option, table in cost.items()},
    }
    return {name: made[name] for name in judge_by if any((~np.isnan(table)).any() for table in made[name].values())}


def scorecard(folder: Path, wanted: pandas.DataFrame, judge_by: Sequence[str], requirements: Sequence[robust.Requirement] = (), futures: Sequence[Future] = ()) -> dict:
    """Everything `compare` tells, as plain data; with requirements and futures, also where options fail them.

    Null stands where too few runs support a figure.
    """
    figures = tables(folder, wanted, judge_by)
    judged = {name: judge(values, CRITERIA[name].lower_is_better, len(figures)) for name, values in figures.items()}
    found = {
        "schema": SCHEMA, "options": list(dict.fromkeys(wanted["option"])), "runs": wanted["status"].value_counts().sort_index().to_dict(),
        "observations": max((i.count for one in judged.values() for i in one.means.values()), default=0),
        "criteria": {name: _criterion(name, one) for name, one in judged.items()},
        "planner": _planner(folder, wanted), "handed_out": _handed_out(folder, wanted),
        "regret": {name: robust.regret(values, CRITERIA[name].lower_is_better) for name, values in figures.items()},
    }  # fmt: skip
    turned = {option: [one.means[option].mean * (1 if CRITERIA[name].lower_is_better else -1) for name, one in judged.items()] for option in found["options"]}
    found["efficient"] = robust.efficient(turned) if figures else []
    if requirements and all(one.criterion in figures for one in requirements):
        met = robust.satisficing(figures, requirements)
        shares = {option: float(good.mean()) for option, good in met.items()}
        found["requirements"] = {"text": [one.text for one in requirements], "met": shares, "fails": discover.told(futures, met)}
    return found


def _criterion(name: str, one: Judgement) -> dict:
    return {
        "unit": CRITERIA[name].unit, "better": "low" if CRITERIA[name].lower_is_better else "high",
        "options": {option: _told(one.means[option]) | {"mark": one.marks[option]} for option in one.means},
        "differences": [{"first": a, "second": b} | _told(gap) | {"apart": gap.apart} for (a, b), gap in one.differences.items()],
        "observations_needed": one.needed,
    }  # fmt: skip


def _planner(folder: Path, wanted: pandas.DataFrame) -> dict:
    """For each option, what its market cost above the planner's optimum of the same run, and that optimum."""
    rows = collect.figures(folder, wanted, METRICS)
    rows = rows[rows["region"] == _city(rows)]
    grids = {metric: collect.grid(rows[rows["metric"] == metric], wanted) for metric in ("cost.market", "cost.least", "cost.share_of_gain")}
    found = {}
    for option, least in grids["cost.least"].items():
        over = grids["cost.market"][option] - least
        found[option] = {
            "least": _told(interval(observations(least))), "above_least": _told(interval(observations(over))),
            "share_of_gain": _told(interval(observations(grids["cost.share_of_gain"][option]))),
        }  # fmt: skip
    return found


def _handed_out(folder: Path, wanted: pandas.DataFrame) -> dict:
    """Option → right → what the city hands out free in a run on average, base units: an option that hands out less costs more, whatever its rule."""
    rows = collect.ending(folder, wanted, ".free")
    rows = rows[rows["region"] == _city(collect.figures(folder, wanted, ("cost.least",)))]
    found: dict[str, dict[str, float]] = {}
    for (option, metric), values in rows.groupby(["option", "metric"], sort=True)["value"]:
        found.setdefault(option, {})[metric.removesuffix(".free")] = float(values.mean())
    return found


def _city(rows: pandas.DataFrame) -> str:
    """The code under which the figures of the whole city stand: the region that has a least cost."""
    codes = rows.loc[rows["metric"] == "cost.least", "region"]
    return codes.iloc[0] if len(codes) else ""


def _unequal(rows: pandas.DataFrame) -> float:
    """Gini coefficient of the districts' cost, per unit of use where there is one."""
    by = rows.pivot(index="region", columns="metric", values="value")
    if "cost.market" not in by:
        return math.nan
    paid = by["cost.market"].clip(lower=0)
    if "assess.total_actual" in by:
        used = by["assess.total_actual"]
        return gini((paid[used > 0] / used[used > 0]).tolist())
    return gini(paid.tolist())


def _median(table: np.ndarray) -> float:
    return float(np.nanmedian(table)) if (~np.isnan(table)).any() else math.nan


def _told(found: Interval) -> dict:
    """An interval as plain data; null where there is none."""
    shown = {"mean": found.mean, "low": found.low, "high": found.high}
    return {name: value if math.isfinite(value) else None for name, value in shown.items()} | {"count": found.count}
