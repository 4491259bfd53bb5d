"""From parts to tables: the runs a study asked for, their figures in a fixed order, and the published summary.

Whatever wrote the parts and in whatever order, rows come out sorted by option, future, seed and metric, so every figure and every
byte made from them is the same.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas

from marketsim.errors import RunError
from marketsim.study import parts
from marketsim.study.parts import DONE, PARTS, connection
from marketsim.study.plan import Plan
from marketsim.study.store import SUMMARY_COLUMNS, csv_cell

RUN_COLUMNS = ("option", "future", "seed", "run", "status", "reason", "journal")
WAITING = "not run"


def asked(plan: Plan, folder: Path) -> pandas.DataFrame:
    """One row a run the plan asks for: option, future, seed, run, status, reason, journal, part, and its row and column in tables.

    `place` counts futures and `replication` seeds within one, both from 0.
    """
    rows = [(job.option, job.future, job.seed, job.run) for job in plan.jobs]
    return found(pandas.DataFrame(rows, columns=["option", "future", "seed", "run"]), folder)


def found(jobs: pandas.DataFrame, folder: Path) -> pandas.DataFrame:
    """The same from a table of option, future, seed and run."""
    places = {name: place for place, name in enumerate(sorted(set(jobs["future"])))}
    jobs = jobs.assign(place=jobs["future"].map(places), replication=jobs.groupby(["option", "future"], sort=False).cumcount())
    known = parts.runs(folder).rename(columns={"digest": "journal"})
    table = jobs.merge(known, on="run", how="left")
    table["status"] = table["status"].astype(object).where(table["status"].notna(), WAITING)
    for name in ("reason", "journal", "part"):
        table[name] = table[name].astype(object).where(table[name].notna(), "")
    return table.sort_values(["option", "future", "seed"], kind="stable").reset_index(drop=True)


def figures(folder: Path, wanted: pandas.DataFrame, metrics: Sequence[str]) -> pandas.DataFrame:
    """Long table of some metrics of finished runs: option, place, replication, region, metric, value; sorted."""
    sql = """SELECT option, place, replication, region, metric, coalesce(CAST(whole AS DOUBLE), real) AS value
             FROM ({rows}) WHERE metric IN (SELECT unnest(?)) ORDER BY option, place, replication, metric, region"""
    return _select(folder, wanted, sql, [list(metrics)]).df()


def grid(rows: pandas.DataFrame, wanted: pandas.DataFrame) -> dict[str, np.ndarray]:
    """Rows with option, place, replication and value as a table (futures, seeds) for each option; a failed run is NaN."""
    shape = (int(wanted["place"].max()) + 1, int(wanted["replication"].max()) + 1)
    tables = {}
    for option in dict.fromkeys(wanted["option"]):
        tables[option] = np.full(shape, np.nan)
        own = rows[rows["option"] == option]
        tables[option][own["place"].to_numpy(int), own["replication"].to_numpy(int)] = own["value"].to_numpy(float)
    return tables


def series(folder: Path, wanted: pandas.DataFrame, metric: str) -> pandas.DataFrame:
    """One metric over time: option, future, seed, tick, region, value; sorted. `metric` is named with its unit, in brackets."""
    files = _files(folder, wanted, "series")
    if not files:
        raise RunError(f"{folder} holds no series")
    made = connection()
    made.register("wanted", wanted[wanted["status"] == DONE][["option", "future", "seed", "run", "part"]])
    column = '"' + metric.replace('"', '""') + '"'
    sql = f"""SELECT option, future, seed, tick, region, {column} AS value
              FROM read_parquet(?, filename = true, union_by_name = true) s
              JOIN wanted w ON s.run = w.run AND parse_path(s.filename)[-2] = w.part WHERE {column} IS NOT NULL ORDER BY ALL"""
    return made.execute(sql, [files]).df()


def over_time(folder: Path, wanted: pandas.DataFrame, metric: str) -> pandas.DataFrame:
    """Mean and 95 % interval of one metric by option, region and tick, reduced in the order of the runs."""
    table = series(folder, wanted, metric).sort_values(["option", "region", "tick", "future", "seed"], kind="stable")
    value = table["value"].to_numpy(np.float64)
    keys = table[["option", "region", "tick"]]
    starts = np.flatnonzero((keys != keys.shift()).any(axis=1).to_numpy())
    counts = np.diff(np.append(starts, len(value)))
    mean = np.add.reduceat(value, starts) / counts
    square = np.add.reduceat((value - np.repeat(mean, counts)) ** 2, starts)
    half = 1.959964 * np.sqrt(square / np.maximum(counts - 1, 1) / counts)
    found = keys.iloc[starts].reset_index(drop=True)
    return found.assign(runs=counts, mean=mean, low=mean - half, high=mean + half)


def summary_lines(folder: Path, wanted: pandas.DataFrame) -> Iterator[str]:
    """The lines of `summary.csv`, header first, each with its end."""
    yield ",".join(SUMMARY_COLUMNS) + "\n"
    sql = "SELECT option, future, seed, region, metric, unit, whole, real FROM ({rows}) ORDER BY option, future, seed, region, metric"
    cell = lru_cache(maxsize=None)(csv_cell)
    found = _select(folder, wanted, sql, [])
    while found is not None and (rows := found.fetchmany(20_000)):
        for option, future, seed, region, metric, unit, whole, real in rows:
            value = repr(real) if whole is None else str(whole)
            yield f"{cell(option)},{cell(future)},{seed},{cell(region)},{cell(metric)},{cell(unit)},{value}\n"


def run_lines(wanted: pandas.DataFrame) -> Iterator[str]:
    """The lines of `runs.csv`: what became of every run."""
    yield ",".join(RUN_COLUMNS) + "\n"
    for row in wanted[list(RUN_COLUMNS)].itertuples(index=False, name=None):
        yield ",".join(map(csv_cell, row)) + "\n"


def digest(folder: Path, wanted: pandas.DataFrame) -> str:
    """`sha256:…` over the sorted rows of the summary and the fingerprints of the journals of finished runs."""
    hasher = hashlib.sha256(b"[summary] ")
    for line in summary_lines(folder, wanted):
        hasher.update(line.encode())
    hasher.update(b"[journals]\n")
    for row in wanted[wanted["status"] == DONE][["option", "future", "seed", "journal"]].itertuples(index=False, name=None):
        hasher.update((",".join(map(str, row)) + "\n").encode())
    return f"sha256:{hasher.hexdigest()}"


def _select(folder: Path, wanted: pandas.DataFrame, sql: str, values: list):
    """Run a query over the summary rows of the finished runs; `{rows}` stands for them."""
    made = connection()
    made.register("wanted", wanted[wanted["status"] == DONE][["option", "future", "seed", "place", "replication", "run", "part"]])
    files = _files(folder, wanted, "summary")
    if not files:
        sql_rows = "SELECT *, '' AS region, '' AS metric, '' AS unit, 0::BIGINT AS whole, 0::DOUBLE AS real FROM wanted WHERE false"
    else:
        listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        sql_rows = f"""SELECT w.*, s.region, s.metric, s.unit, s.whole, s.real FROM read_parquet([{listed}], filename = true) s
                       JOIN wanted w ON s.run = w.run AND parse_path(s.filename)[-2] = w.part"""
    return made.execute(sql.replace("{rows}", sql_rows), values)


def _files(folder: Path, wanted: pandas.DataFrame, table: str) -> list[str]:
    """Parquet files of one kind that hold runs of the study."""
    names = sorted(set(wanted.loc[wanted["status"] == DONE, "part"]))
    files = [folder / PARTS / name / f"{table}.parquet" for name in names]
    return [str(file) for file in files if file.exists()]
