"""A study's folder as the data of its report: everything on the page comes from the files in the folder.

Of each option's runs the page shows the median and the interval between the 5th and the 95th percentile (90 % of the runs).
"""

import json
import shlex
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas

from marketsim.domain.calendar import TICKS_PER_DAY
from marketsim.errors import InputError
from marketsim.study import collect, opened, scorecard
from marketsim.study.parts import DONE
from marketsim.study.statistics import observations

SCHEMA = "marketsim.report/1"
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
LEAST_DAYS = 3
"""A day of a price fan needs this many runs with a price; a band over fewer says nothing."""


def assemble(folder: Path) -> dict:
    """The page of a study. Raises InputError where the folder holds no comparison."""
    study = opened.load(folder)
    manifest, wanted = study.manifest, study.runs
    told = json.loads((folder / "scorecard.json").read_text(encoding="utf-8"))
    if not told.get("criteria"):
        raise InputError.of("error.nothing_compared", {"folder": str(folder)})
    told["criteria"] = {name: told["criteria"][name] for name in scorecard.CRITERIA if name in told["criteria"]}
    summary = pandas.read_csv(folder / "summary.csv", keep_default_na=False, dtype={"region": str, "option": str, "future": str})
    if "about" not in manifest:
        raise InputError(f"{folder} was written by another version of marketsim; run the study again, finished runs are kept")
    about, sources = manifest["about"], manifest["sources"]
    labels = manifest["labels"]
    options = [{"key": key, "zh": labels.get(key, {}).get("zh", key), "en": labels.get(key, {}).get("en", key)} for key in _order(manifest, told)]
    tables = scorecard.tables(folder, wanted, list(told["criteria"]))
    views, ranges, means = _figures(summary, [option["key"] for option in options], about, sources)
    return {
        "schema": SCHEMA, "study": _study(manifest, wanted), "about": about | {"title": manifest["title"]}, "sources": sources,
        "options": options, "baseline": manifest["baseline"] or options[0]["key"], "scorecard": told,
        "spread": _spread(tables), "signs": _signs(tables.get("cost", {})),
        "views": views, "ranges": ranges, "means": means, "borne": _borne(summary, manifest["baseline"] or options[0]["key"]), "fans": _fans(folder, wanted, about),
    }  # fmt: skip


def _order(manifest: Mapping, told: Mapping) -> list[str]:
    """Options in the order of the study file."""
    written = list(json.loads(manifest["question"]).get("options", {})) if manifest["question"].startswith("{") else []
    return sorted(told["options"], key=lambda key: written.index(key) if key in written else len(written))


def _study(manifest: Mapping, wanted: pandas.DataFrame) -> dict:
    command = shlex.join(["marketsim", "compare", f"{manifest['name']}.yaml"])
    done = int((wanted["status"] == DONE).sum())
    kept = {key: manifest[key] for key in ("name", "hash", "seed", "code", "digest")}
    question = json.loads(manifest["question"]) if manifest["question"].startswith("{") else {}
    return kept | {"command": command, "done": done, "runs": len(wanted), "paired": question.get("runs", {}).get("paired", True)}


def _figures(summary: pandas.DataFrame, options: list[str], about: dict, sources: list[dict]) -> tuple[dict, dict, dict]:
    """For each option: a page of medians, the 90 % ranges behind them, and the mean cost by region."""
    groups = summary.groupby(["option", "region", "metric"], sort=True)
    units = groups["unit"].first()
    low, middle, high = (groups["value"].quantile(share) for share in (0.05, 0.5, 0.95))
    views = {key: {"about": about, "sources": sources, "figures": {}, "series": {}} for key in options}
    ranges: dict = {key: {} for key in options}
    for at, unit in units.items():
        option, region, metric = at
        whole = float(middle[at]).is_integer()
        views[option]["figures"].setdefault(region, {})[metric] = [int(middle[at]) if whole else float(middle[at]), unit]
        ranges[option].setdefault(region, {})[metric] = (float(low[at]), float(high[at]))
    costs = summary[summary["metric"] == "cost.market"].groupby(["option", "region"])["value"].mean()
    means = {key: {region: float(value) for (option, region), value in costs.items() if option == key} for key in options}
    return views, ranges, means


def _borne(summary: pandas.DataFrame, base: str) -> dict:
    """Option → region → [mean of what it pays more than under the baseline, independent observations in which it pays more, observations]."""
    paid = summary[summary["metric"] == "cost.market"].pivot_table(index=["region", "future", "seed"], columns="option", values="value")
    found: dict = {}
    for option in (option for option in paid.columns if base in paid.columns and option != base):
        apart = (paid[option] - paid[base]).dropna()
        futures = apart.index.get_level_values("future").nunique()
        for region, own in apart.groupby(level="region"):
            seen = own.groupby(level="future").mean() if futures > 1 else own
            found.setdefault(option, {})[region] = [float(seen.mean()), int((seen > 0).sum()), len(seen)]
    return found


def _spread(tables: scorecard.Tables) -> dict:
    """Criterion → option → median and 90 % interval of the runs."""
    found: dict = {}
    for criterion, options in tables.items():
        for option, table in options.items():
            values = table[~np.isnan(table)]
            if len(values):
                low, median, high = (float(np.quantile(values, share)) for share in (0.05, 0.5, 0.95))
                found.setdefault(criterion, {})[option] = {"low": low, "median": median, "high": high, "count": len(values)}
    return found


def _signs(costs: Mapping[str, np.ndarray]) -> dict:
    """Cheaper option → dearer option → [independent observations in which it was cheaper, observations]."""
    found: dict = {}
    for one in costs:
        for other in (option for option in costs if option != one):
            apart = observations(costs[one] - costs[other])
            apart = apart[~np.isnan(apart)]
            found.setdefault(one, {})[other] = [int((apart < 0).sum()), len(apart)]
    return found


def _fans(folder: Path, wanted: pandas.DataFrame, about: Mapping) -> dict:
    """Metric → option → {unit, dates, quantiles (5, days)} for price and volume of each right."""
    fans: dict = {}
    start = date.fromisoformat(about["period"][0])
    for right in about["rights"]:
        for name, unit in (("price", f"CNY/{right['trading_unit']}"), ("volume", right["base_unit"])):
            table = _series(folder, wanted, f"{right['key']}.{name} [{unit}]")
            table = table[table["region"] == about["city"]]
            for option, own in table.groupby("option", sort=True):
                days = own.assign(day=own["tick"] // TICKS_PER_DAY).groupby("day")["value"]
                kept = days.count() >= min(LEAST_DAYS, own[["future", "seed"]].drop_duplicates().shape[0])
                rows = [days.quantile(share)[kept] for share in SHARES]
                dates = [(start + timedelta(days=int(day))).isoformat() for day in rows[0].index]
                quantiles = [[float(f"{value:.6g}") for value in row] for row in rows]
                fans.setdefault(f"{right['key']}.{name}", {})[option] = {"unit": unit, "dates": dates, "quantiles": quantiles}
    return fans


def _series(folder: Path, wanted: pandas.DataFrame, metric: str) -> pandas.DataFrame:
    """One metric over time, empty where no run reports it."""
    import duckdb

    from marketsim.errors import RunError

    try:
        return collect.series(folder, wanted, metric)
    except (duckdb.BinderException, RunError):
        return pandas.DataFrame({name: [] for name in ("option", "future", "seed", "tick", "region", "value")})
