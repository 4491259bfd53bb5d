"""A study's folder read back: its tables as data frames, its figures over time, a query, and whether it is still what was written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas

from marketsim.errors import InputError, RunError
from marketsim.study import collect, parts, store
from marketsim.study.compare import STUDY
from marketsim.study.engine import How, run_missing
from marketsim.study.folder import MANIFEST, code_version, sha256, unsealed
from marketsim.study.futures import number
from marketsim.study.parts import DONE, PARTS
from marketsim.study.plan import SIMULATE, Job, Plan
from marketsim.study.stored import with_units
from marketsim.study.statistics import Interval, interval, observations


@dataclass(frozen=True, kw_only=True)
class Study:
    """A study on disk; its tables are read when asked for."""

    folder: Path
    manifest: Mapping = field(repr=False)

    @cached_property
    def summary(self) -> pandas.DataFrame:
        """One row per option, future, seed, region and metric with unit and value; `attrs["units"]` has the unit of each metric."""
        return with_units(store.read_summary(self.folder / "summary.csv"))

    @cached_property
    def runs(self) -> pandas.DataFrame:
        """One row a run: option, future, seed, run, status, reason, journal, and the part that holds it; damaged parts are refused."""
        damaged = [part.name for part in parts.listed(self.folder) if not parts.sound(part)]
        if damaged:
            raise InputError(f"{self.folder}: part {', '.join(damaged)} is not as it was written. Run the study again; what is sound is kept.")
        jobs = pandas.read_csv(self.folder / "runs.csv", dtype=str, keep_default_na=False).astype({"seed": "int64"})
        return collect.found(jobs[["option", "future", "seed", "run"]], self.folder)

    @cached_property
    def futures(self) -> pandas.DataFrame:
        """What each future sets, a row a key: future, key, the value as written (`text`) and as a number in base units (`value`)."""
        rows = [(name, key, str(json.loads(text)), number(text)) for name, values in self.manifest["futures"].items() for key, text in values.items()]
        return pandas.DataFrame(rows, columns=["future", "key", "text", "value"])

    @cached_property
    def scorecard(self) -> dict:
        """What `marketsim compare` told, as plain data."""
        return json.loads((self.folder / "scorecard.json").read_text(encoding="utf-8"))

    @property
    def metrics(self) -> list[str]:
        """Metrics of the series, named with their units."""
        files = [str(part / "series.parquet") for part in parts.listed(self.folder) if (part / "series.parquet").exists()]
        if not files:
            return []
        columns = parts.connection().execute("SELECT * FROM read_parquet(?, union_by_name = true) LIMIT 0", [files]).df().columns
        return [name for name in columns if name.endswith("]")]

    def series(self, metric: str) -> pandas.DataFrame:
        """One metric over time in every run: option, future, seed, tick, region, value. Raises InputError for an unknown one."""
        self._known(metric)
        table = collect.series(self.folder, self.runs, metric)
        table.attrs["units"] = {"value": _unit(metric)}
        return table

    def over_time(self, metric: str, region: str | None = None) -> pandas.DataFrame:
        """Mean and 95 % interval of a metric by option, region (one or all) and tick."""
        self._known(metric)
        table = collect.over_time(self.folder, self.runs, metric, region)
        table.attrs["units"] = dict.fromkeys(("mean", "low", "high"), _unit(metric))
        return table

    def compare(self, one: str, other: str, metric: str, region: str | None = None) -> Interval:
        """The paired difference of two options (one minus other) in a metric of the summary, with its 95 % interval."""
        rows = collect.figures(self.folder, self.runs, [metric])
        region = region or (rows["region"].iloc[0] if len(rows) else None)
        tables = collect.grid(rows[rows["region"] == region], self.runs)
        if not len(rows) or one not in tables or other not in tables:
            raise InputError(f"no figures of {metric} under {one} and {other}; options are {', '.join(tables)}")
        return interval(observations(tables[one] - tables[other]))

    def query(self, sql: str) -> pandas.DataFrame:
        """The answer to a query in SQL over the tables `runs`, `futures`, `summary` and `series`; sort what must not depend on chance."""
        made = parts.connection()
        made.register("runs", self.runs)
        made.register("futures", self.futures)
        for table in ("summary", "series"):
            pattern = str(self.folder / PARTS / "*" / f"{table}.parquet").replace("'", "''")
            made.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT r.option, r.future, r.seed, t.* EXCLUDE (filename) FROM read_parquet('{pattern}', filename = true, union_by_name = true) t JOIN runs r ON t.run = r.run AND parse_path(t.filename)[-2] = r.part")
        try:
            return made.execute(sql).df()
        finally:
            made.execute("DROP VIEW series")
            made.execute("DROP VIEW summary")
            made.unregister("runs")
            made.unregister("futures")

    def _known(self, metric: str) -> None:
        if metric not in self.metrics:
            raise InputError(f"no series of {metric}; there are {', '.join(self.metrics)}")


def _unit(metric: str) -> str:
    """The unit in the name of a series, `carbon.price [CNY/t]`."""
    return metric.rpartition("[")[2].removesuffix("]")


def is_study(folder: str | Path) -> bool:
    """True where the manifest says that a folder is a study's."""
    try:
        return json.loads((Path(folder) / MANIFEST).read_text(encoding="utf-8")).get("schema") == STUDY
    except (OSError, ValueError, AttributeError, RecursionError):
        return False


def unfinished(folder: str | Path) -> bool:
    """True where runs of a study lie that was stopped before it could publish anything."""
    return (Path(folder) / PARTS).is_dir() and not (Path(folder) / MANIFEST).exists()


def load(folder: str | Path) -> Study:
    """Open a study's folder. Raises InputError when a published file is missing or damaged."""
    study = _open(Path(folder))
    wrong = _damaged(study)
    if wrong:
        raise InputError(f"{folder}: {'; '.join(wrong)}. Run the study again; what is sound is kept.")
    return study


def verify(folder: str | Path, again: int, how: How) -> list[str]:
    """What is wrong with a study: its files, its parts, its digest, and `again` of its runs done anew and compared; empty when sound."""
    study = _open(Path(folder))
    wrong = _damaged(study) + [f"part {name} is not as it was written" for name in parts.unsound(study.folder)]
    if not wrong and collect.digest(study.folder, study.runs) != study.manifest["digest"]:
        wrong.append("the digest of the parts is not the one in the manifest")
    return wrong or _again(study, again, how)


def _open(folder: Path) -> Study:
    try:
        return Study(folder=folder, manifest=unsealed(folder))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{folder / MANIFEST} is damaged: {error}. Run the study again; what is sound is kept.") from None


def _again(study: Study, count: int, how: How) -> list[str]:
    """Run some of the runs once more, evenly spread over the study, and compare every figure and journal."""
    import tempfile

    from marketsim.scenario.variant import from_text
    from marketsim.study.futures import Future

    if study.manifest["code"] != code_version():
        raise InputError(f"the study was run by {study.manifest['code']}, this is {code_version()}: install that version to run it again, or ask for --again 0")
    done = study.runs[study.runs["status"] == DONE]
    chosen = done.iloc[[place * len(done) // max(count, 1) for place in range(min(count, len(done)))]].reset_index(drop=True)
    jobs = tuple(Job(run=row.run, option=row.option, future=row.future, seed=row.seed) for row in chosen.itertuples())
    if not jobs:
        return []
    scenario = from_text(study.manifest["question"], study.manifest["name"], Path(study.manifest["folder"]))
    futures = tuple(Future(name=name, values=values) for name, values in study.manifest["futures"].items())
    asked = Plan(scenario=scenario, options=tuple(dict.fromkeys(chosen["option"])), futures=futures, jobs=jobs, work=SIMULATE)
    with tempfile.TemporaryDirectory() as place:
        run_missing(asked, Path(place), how, lambda done, total, text: None)
        fresh = collect.asked(asked, Path(place))
        if (fresh["status"] != DONE).any():
            raise RunError(f"a run failed when done again: {fresh.loc[fresh['status'] != DONE, 'reason'].iloc[0]}")
        anew, before = list(collect.summary_lines(Path(place), fresh)), list(collect.summary_lines(study.folder, chosen))
        differ = fresh["journal"].tolist() != chosen.sort_values(["option", "future", "seed"])["journal"].tolist() or anew != before
    return ["runs done again gave other figures"] if differ else []


def _damaged(study: Study) -> list[str]:
    wrong = []
    for name, entry in sorted(study.manifest["files"].items()):
        file = study.folder / name
        if not file.is_file():
            wrong.append(f"{name} is missing")
        elif sha256(file) != entry.get("sha256"):
            wrong.append(f"{name} is not as it was written")
    return wrong
