"""An order tape of one's own, as a table in CSV or Parquet: a row a message, in the order of time.

Columns: `side` (buy, sell, b, s, 买, 卖, 0, 1), `price` and `qty` are needed; `kind` (limit where there is none; the words or numbers of
`face.KIND_NAMES`), `oid` (the row where there is none), `owner` and `book` may be there, as numbers or names. Prices are whole
ticks, or decimals in hundredths; the lowest becomes tick 0. Other columns, such as a time, are left alone.

Source: the project's own convention, as for tapes of arrays (docs/performance.md).
"""

from pathlib import Path

import numpy as np
import pandas

from marketsim.errors import InputError, printable
from marketsim.matching.face import CANCEL, KIND_NAMES, MARKET, MOST_LOTS, MOST_TICKS, REDUCE, REPLACE

ENDINGS = (".csv", ".parquet")
NEEDED = ("side", "price", "qty")
SIDES = {"buy": 0, "b": 0, "bid": 0, "0": 0, "买": 0, "买入": 0, "sell": 1, "s": 1, "ask": 1, "1": 1, "卖": 1, "卖出": 1}
KINDS = {name: number for number, name in enumerate(KIND_NAMES)} | {str(number): number for number in range(len(KIND_NAMES))}
HUNDREDTHS = 100


def columns(path: Path) -> tuple[dict[str, np.ndarray], int, int]:
    """The engine's columns, each of shape (messages,), the number of ticks and of books.

    Raises InputError naming the file, the row (the header is row 1) and what was expected.
    """
    table = _read(path)
    kind = _words(path, table, "kind", KINDS) if "kind" in table else np.zeros(len(table), np.int64)
    lots = _numbers(path, table, "qty", needed=kind != CANCEL)
    _refuse(path, "qty", table["qty"], (lots != np.floor(lots)) | (lots < (kind != CANCEL)) | (lots > MOST_LOTS), f"a whole number from 1 to {MOST_LOTS}")
    later = np.isin(kind, (CANCEL, REDUCE, REPLACE))
    if later.any() and "oid" not in table:
        raise InputError(f"{path}: no column oid; a row that cancels, reduces or replaces names the order it means in it")
    ticks = _ticks(path, table, priced=~np.isin(kind, (CANCEL, REDUCE, MARKET)))
    made = {"kind": kind, "side": _words(path, table, "side", SIDES), "tick": ticks, "lots": lots, "oid": _codes(table, "oid", np.arange(len(table)))}
    made |= {name: _codes(table, name, np.zeros(len(table))) for name in ("owner", "book")}
    return made, int(ticks.max()) + 1, int(made["book"].max()) + 1


def _read(path: Path) -> pandas.DataFrame:
    """The table as texts (CSV) or as it is (Parquet), its column names in lower case."""
    import duckdb

    read = "read_csv(?, all_varchar = true, header = true)" if path.suffix.lower() == ".csv" else "read_parquet(?)"
    try:
        table = duckdb.connect().execute(f"SELECT * FROM {read}", [str(path)]).df()
    except (duckdb.Error, OSError) as error:
        raise InputError(f"{path}: cannot be read as a table ({printable(str(error).splitlines()[0], 160)})") from None
    table.columns = [str(name).strip().lower() for name in table.columns]
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise InputError(f"{path}: no column {', '.join(missing)}; a tape needs {', '.join(NEEDED)} and may have kind, oid, owner, book. Found: {', '.join(table.columns)}")
    if not len(table):
        raise InputError(f"{path}: no rows; expected a row a message")
    return table


def _words(path: Path, table: pandas.DataFrame, name: str, known: dict[str, int]) -> np.ndarray:
    """A column of words as numbers; upper and lower case are one."""
    texts = table[name].astype(str).str.strip().str.lower()
    found = texts.map(known)
    _refuse(path, name, table[name], found.isna().to_numpy(), f"one of {', '.join(known)}")
    return found.to_numpy(np.int64)


def _numbers(path: Path, table: pandas.DataFrame, name: str, needed: np.ndarray) -> np.ndarray:
    """A column of numbers; one that is not needed may be empty and is zero then."""
    values = pandas.to_numeric(table[name], errors="coerce").to_numpy(float)
    empty = table[name].isna().to_numpy() & ~needed
    _refuse(path, name, table[name], ~np.isfinite(values) & ~empty, "a number")
    return np.where(empty, 0.0, values)


def _ticks(path: Path, table: pandas.DataFrame, priced: np.ndarray) -> np.ndarray:
    """Prices as ticks from the lowest up: the prices themselves where all are whole numbers, else hundredths."""
    values = _numbers(path, table, "price", priced)
    scaled = values if (values == np.floor(values)).all() else values * HUNDREDTHS
    ticks = np.rint(scaled)
    _refuse(path, "price", table["price"], (abs(scaled - ticks) > 1e-6) & priced, "a price in whole ticks, or in hundredths")
    lowest = ticks[priced].min() if priced.any() else 0.0
    ticks = np.where(priced, ticks - lowest, 0.0)
    _refuse(path, "price", table["price"], ticks >= MOST_TICKS, f"a price within {MOST_TICKS} ticks of the lowest")
    return ticks.astype(np.int64)


def _codes(table: pandas.DataFrame, name: str, without: np.ndarray) -> np.ndarray:
    """A column of names or numbers as 0, 1, 2, … in order of appearance."""
    return pandas.factorize(table[name].astype(str))[0] if name in table else without.astype(np.int64)


def _refuse(path: Path, name: str, found: pandas.Series, wrong: np.ndarray, expected: str) -> None:
    """Raise InputError for the first row that is wrong."""
    rows = np.flatnonzero(wrong)
    if len(rows):
        raise InputError(f"{path}: row {rows[0] + 2}, {name}: {printable(str(found.iloc[rows[0]]))!r} is not {expected}" + (f" ({len(rows)} such rows)" if len(rows) > 1 else ""))
