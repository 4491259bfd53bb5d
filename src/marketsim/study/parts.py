"""Part files: what a chunk of runs leaves behind, on disk whole or not at all, and checked whenever it is opened.

A part is a folder `parts/NAME/` with three Parquet files: `runs` (one row a run), `summary` (one row a run, region and metric)
and `series` (one row a run, tick and region, a column a metric). It is written under a temporary name, flushed and renamed,
and NAME is a hash of its bytes, so half of a part cannot exist and a damaged one gives itself away.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pandas

from marketsim.study.folder import flush
from marketsim.study.store import refused

PARTS = "parts"
TABLES = ("runs", "summary", "series")
DONE, FAILED, CRASHED, LATE = "done", "failed", "crashed", "timed out"
"""What became of a run; only `done` and `failed` (an error of the run's own, which would come again) are final."""
LAYOUT = "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 163840, DICTIONARY_SIZE_LIMIT 1000"
"""Second version of Parquet: without it DuckDB does not split the bytes of floats, which a third of the size hangs on. Columns of
more than 1,000 different values get no dictionary: to try for one is a third of the time of writing.
"""
SUMMARY = "run, region, metric, unit, CASE WHEN counts THEN whole END AS whole, CASE WHEN NOT counts THEN real END AS real"
"""Whole numbers stay exact in `whole`, others stand in `real`; the other of the two is null."""
Columns = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one run; `summary` rows (region, metric, unit, value), `series` columns, both empty where it failed."""

    run: str
    status: str
    reason: str = ""
    seconds: float = 0.0
    digest: str = ""
    summary: Sequence[tuple[str, str, str, int | float]] = ()
    series: Mapping[str, np.ndarray] | None = None


def commit(folder: Path, outcomes: Sequence[Outcome]) -> str:
    """Write one part under `folder` and return its name. Raises OSError when the disk refuses; nothing is left then."""
    with _making(folder) as staged:
        write(staged, outcomes)
        return _settle(folder, staged)


def commit_bytes(folder: Path, files: Mapping[str, bytes]) -> str:
    """Write a part that was made elsewhere."""
    with _making(folder) as staged:
        for name, data in files.items():
            (staged / name).write_bytes(data)
        return _settle(folder, staged)


def to_bytes(outcomes: Sequence[Outcome]) -> dict[str, bytes]:
    """The files of a part, to be written elsewhere."""
    with tempfile.TemporaryDirectory() as place:
        write(Path(place), outcomes)
        return {file.name: file.read_bytes() for file in sorted(Path(place).iterdir())}


def rehearse(folder: Path) -> None:
    """Write a part and drop it: what is slow the first time is then over before the first run. Raises OSError."""
    with _making(folder) as staged:
        write(staged, [Outcome(run="", status=DONE, summary=[("", "", "", 0)])])


def write(staged: Path, outcomes: Sequence[Outcome]) -> None:
    """The Parquet files of a part, into a folder that exists."""
    runs = {name: _words([getattr(one, name) for one in outcomes]) for name in ("run", "status", "reason", "digest")}
    seconds = {"seconds": np.array([one.seconds for one in outcomes], dtype=np.float64)}
    _copy(runs | seconds, staged / "runs.parquet", "run, status, reason, seconds, digest")
    _copy(_summary(outcomes), staged / "summary.parquet", SUMMARY)
    panels = [one for one in outcomes if one.series]
    if panels:
        _copy(_panel(panels), staged / "series.parquet")


def sound(part: Path) -> bool:
    """True where a part holds the bytes it was written with."""
    return part.name == _name(part)


def unsound(folder: Path) -> list[str]:
    """Names of damaged parts."""
    return [part.name for part in listed(folder) if not sound(part)]


def clean(folder: Path) -> list[str]:
    """Drop what a crash left half-made and set damaged parts aside; returns the names of the damaged."""
    room = folder / PARTS
    damaged = []
    for part in sorted(room.iterdir()) if room.is_dir() else []:
        if part.name.startswith("."):
            shutil.rmtree(part, ignore_errors=True)
        elif not sound(part):
            (folder / "damaged").mkdir(exist_ok=True)
            shutil.rmtree(folder / "damaged" / part.name, ignore_errors=True)
            os.replace(part, folder / "damaged" / part.name)
            damaged.append(part.name)
    return damaged


def listed(folder: Path) -> list[Path]:
    """The parts of a study, by name."""
    room = folder / PARTS
    return sorted(part for part in room.iterdir() if not part.name.startswith(".")) if room.is_dir() else []


def runs(folder: Path) -> pandas.DataFrame:
    """The table of runs: run, status, reason, seconds, digest and the part that holds it; one row a run, the best it came to."""
    names = ["run", "status", "reason", "seconds", "digest"]
    parts = listed(folder)
    if not parts:
        return pandas.DataFrame({name: pandas.Series(dtype="float64" if name == "seconds" else "str") for name in [*names, "part"]})
    files = [str(part / "runs.parquet") for part in parts]
    table = connection().execute("SELECT *, parse_path(filename)[-2] AS part FROM read_parquet(?, filename = true)", [files]).df()
    table["rank"] = table["status"].map({DONE: 0, FAILED: 1}).fillna(2)
    by = ["run", "rank", "status", "reason", "digest", "seconds", "part"]  # names of parts last: joining parts changes them
    table = table.sort_values(by, kind="stable").drop_duplicates("run")
    return table[[*names, "part"]].reset_index(drop=True)


def compact(folder: Path, at_once: int = 128) -> int:
    """Join small parts into parts of up to `at_once` runs each, without what a better part holds; returns how many are left.

    Crash where it may: the new part stands before the old ones go, and a run that is in two counts once.
    """
    table = runs(folder)
    counts = table.groupby("part").size()
    for part in listed(folder):
        if part.name not in counts:  # or a group before it could come out as this very part, and lose it with its own group
            _drop(folder, part.name)
    group: list[str] = []
    for part in listed(folder):
        if group and sum(counts[name] for name in group) + counts[part.name] > at_once:
            _join(folder, group, table)
            group = []
        group.append(part.name)
    _join(folder, group, table)
    return len(listed(folder))


def _join(folder: Path, names: list[str], table: pandas.DataFrame) -> None:
    """Replace parts by one that holds the runs they are the best place of."""
    made = connection()
    if len(names) < 2:
        return
    made.register("kept", table.loc[table["part"].isin(names), ["run", "part"]])
    with _making(folder) as staged:
        for name in TABLES:
            files = [str(file) for part in names if (file := folder / PARTS / part / f"{name}.parquet").exists()]
            sql = "SELECT t.* EXCLUDE (filename) FROM read_parquet(?, filename = true, union_by_name = true) t SEMI JOIN kept k ON t.run = k.run AND parse_path(t.filename)[-2] = k.part"
            if files:
                _write(sql, [files], staged / f"{name}.parquet")
        joined = _settle(folder, staged)
    for name in names:
        if name != joined:
            _drop(folder, name)


def _drop(folder: Path, name: str) -> None:
    gone = folder / PARTS / f".gone-{name}"
    os.replace(folder / PARTS / name, gone)
    shutil.rmtree(gone)


@cache
def connection() -> duckdb.DuckDBPyConnection:
    """The process's own connection, one thread: rows come in the order in which they were written."""
    made = duckdb.connect()
    made.execute("SET threads = 1")
    return made


class _making:
    """A folder to make a part in, gone when its maker is done or fails."""

    def __init__(self, folder: Path):
        self.room = folder / PARTS

    def __enter__(self) -> Path:
        self.room.mkdir(parents=True, exist_ok=True)
        self.staged = Path(tempfile.mkdtemp(prefix=".making-", dir=self.room))
        return self.staged

    def __exit__(self, *_) -> None:
        shutil.rmtree(self.staged, ignore_errors=True)


def _settle(folder: Path, staged: Path) -> str:
    """Flush a part's files and give it its name; a part that is there already stays."""
    name = _name(staged)
    for file in staged.iterdir():
        flush(file)
    flush(staged)
    target = folder / PARTS / name
    if not target.exists():
        os.replace(staged, target)
        flush(target.parent)
    return name


def _name(part: Path) -> str:
    digest = hashlib.sha256()
    for table in TABLES:
        file = part / f"{table}.parquet"
        data = file.read_bytes() if file.exists() else b""
        digest.update(f"{table} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:24]


def _copy(table: Columns | pandas.DataFrame, path: Path, chosen: str = "*") -> None:
    """Write columns (`chosen` in SQL) as Parquet, rows in order; plain arrays are at DuckDB's hand sooner than a frame."""
    made = connection()
    made.register("rows_of_part", table)
    try:
        _write(f"SELECT {chosen} FROM rows_of_part", [], path)
    finally:
        made.unregister("rows_of_part")


def _write(sql: str, values: list, path: Path) -> None:
    """The answer to a query as a Parquet file. Raises OSError when the disk refuses."""
    try:
        connection().execute(f"COPY ({sql}) TO ? ({LAYOUT})", [*values, str(path)])
    except duckdb.IOException as error:
        raise refused(error) from error


def _summary(outcomes: Sequence[Outcome]) -> Columns:
    """Long table of the chunk: whole numbers in `whole`, others in `real`, and `counts` tells which of the two a row has."""
    rows = [(one.run, *row) for one in outcomes for row in sorted(one.summary)]
    *words, values = zip(*rows, strict=True) if rows else ((),) * 5
    counts = np.fromiter((type(one) is int for one in values), dtype=bool, count=len(values))
    whole, real = np.zeros(len(values), dtype=np.int64), np.zeros(len(values))
    whole[counts] = [one for one in values if type(one) is int]
    real[~counts] = [one for one in values if type(one) is not int]
    named = {name: _words(column) for name, column in zip(("run", "region", "metric", "unit"), words, strict=True)}
    return named | {"counts": counts, "whole": whole, "real": real}


def _words(texts: Sequence[str]) -> np.ndarray:
    """Texts as a column (rows,) of objects."""
    column = np.empty(len(texts), dtype=object)
    column[:] = texts
    return column


def _panel(outcomes: Sequence[Outcome]) -> pandas.DataFrame:
    """Series of a chunk: numbers as 32-bit floats, the run's id in front; a metric that a run lacks is NaN."""
    lengths = [len(next(iter(one.series.values()))) for one in outcomes]
    number = np.repeat(np.arange(len(outcomes), dtype=np.int32), lengths)
    columns: dict[str, object] = {"run": pandas.Categorical.from_codes(number, [one.run for one in outcomes])}
    names = dict.fromkeys(name for one in outcomes for name in one.series)
    numbers = [name for name in names if all(name not in one.series or one.series[name].dtype.kind == "f" for one in outcomes)]
    block = np.empty((len(numbers), sum(lengths)), dtype=np.float32)  # one piece of memory is had sooner than many
    for name, row in zip(numbers, block, strict=True):
        for one, length, end in zip(outcomes, lengths, np.cumsum(lengths), strict=True):
            row[end - length : end] = one.series.get(name, np.nan)
    columns |= {name: _codes([one.series[name] for one in outcomes]) for name in names if name not in numbers}
    return pandas.DataFrame(columns | dict(zip(numbers, block, strict=True)), copy=False)


def _codes(pieces: Sequence[np.ndarray]) -> np.ndarray | pandas.Categorical:
    """Whole numbers or texts of several runs as one narrow column; the texts of all runs are alike as a rule."""
    if pieces[0].dtype.kind == "i":
        return np.concatenate(pieces).astype(np.int32 if max(piece.max(initial=0) for piece in pieces) < 2**31 else np.int64)
    if all(piece is pieces[0] or np.array_equal(piece, pieces[0]) for piece in pieces):
        codes, words = pandas.factorize(pieces[0])
        return pandas.Categorical.from_codes(np.tile(codes, len(pieces)), words)
    return pandas.Categorical(np.concatenate(pieces))
