"""From parts to tables: the runs a study asked for, their figures in a fixed order, and the published summary.

Whatever wrote the parts and in whatever order, rows come out sorted by option, future, seed and metric, so every figure and every
byte made from them is the same.
"""

import hashlib
import math
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
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
EXACT_BITS = 40


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


def in_order(wanted: pandas.DataFrame, options: Sequence[str]) -> pandas.DataFrame:
    """The same rows with the options as the study lists them, for people to read."""
    places = {option: place for place, option in enumerate(options)}
    return wanted.sort_values("option", key=lambda column: column.map(places), kind="stable")


def figures(folder: Path, wanted: pandas.DataFrame, metrics: Sequence[str]) -> pandas.DataFrame:
    """Long table of some metrics of finished runs: option, place, replication, region, metric, value; sorted."""
    sql = """SELECT option, place, replication, region, metric, coalesce(CAST(whole AS DOUBLE), real) AS value
             FROM ({rows}) WHERE metric IN (SELECT unnest(?)) ORDER BY option, place, replication, metric, region"""
    return _select(folder, wanted, sql, [list(metrics)]).df()


def ending(folder: Path, wanted: pandas.DataFrame, ending: str) -> pandas.DataFrame:
    """The same table of the metrics whose name ends so."""
    sql = """SELECT option, place, replication, region, metric, coalesce(CAST(whole AS DOUBLE), real) AS value
             FROM ({rows}) WHERE ends_with(metric, ?) ORDER BY option, place, replication, metric, region"""
    return _select(folder, wanted, sql, [ending]).df()


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


def over_time(folder: Path, wanted: pandas.DataFrame, metric: str, region: str | None = None) -> pandas.DataFrame:
    """Mean and 95 % interval (normal) of one metric by option, region (one or all) and tick, with the number of runs.

    Values are rounded to 2^-40 of the largest and summed as integers, so no order of rows, parts or threads can change the answer.
    """
    files = _files(folder, wanted, "series")
    made = connection().cursor()
    column = '"' + metric.replace('"', '""') + '"'
    made.register("wanted", wanted[wanted["status"] == DONE][["option", "run", "part"]])
    sql = f"SELECT max(abs({column})) FROM read_parquet(?, union_by_name = true) WHERE NOT isnan({column})"
    largest = made.execute(sql, [files]).fetchone()[0]
    shift = EXACT_BITS - math.frexp(largest or 1.0)[1]
    sql = f"""SELECT option, region, tick, count(*) AS runs, sum(q) AS total, sum(q::HUGEINT * q) AS squares FROM (
                SELECT w.option, s.region, s.tick, CAST(round({column}::DOUBLE * ?) AS BIGINT) AS q
                FROM read_parquet(?, filename = true, union_by_name = true) s
                JOIN wanted w ON s.run = w.run AND parse_path(s.filename)[-2] = w.part
                WHERE {column} IS NOT NULL AND NOT isnan({column}) AND (? IS NULL OR s.region = ?))
              GROUP BY ALL ORDER BY ALL"""
    made.execute(f"SET threads = {os.cpu_count() or 1}")
    table = made.execute(sql, [math.ldexp(1.0, shift), files, region, region]).fetchall()
    made.execute("SET threads = 1")
    rows = []
    for option, region, tick, runs, total, squares in table:
        mean = math.ldexp(float(Fraction(int(total), runs)), -shift)
        spread = Fraction(int(squares) * runs - int(total) ** 2, runs * runs * max(runs - 1, 1))
        half = 1.959964 * math.ldexp(math.sqrt(spread), -shift)
        rows.append((option, region, tick, runs, mean, mean - half, mean + half))
    return pandas.DataFrame(rows, columns=["option", "region", "tick", "runs", "mean", "low", "high"])


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
