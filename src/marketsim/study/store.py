"""Tables of a result as bytes: summary as CSV, series and journal as Parquet, and the digest over their content."""

import hashlib
import os
import re
from pathlib import Path

import pandas

SUMMARY_COLUMNS = ("option", "future", "seed", "region", "metric", "unit", "value")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")  # a spreadsheet would run these (ASVS 1.2.10, CWE-1236)


def check(rows: list[tuple[str, str, str, float]]) -> None:
    """Raises ValueError for a value that is no finite number and for two values of one metric in one region."""
    seen: set[tuple[str, str]] = set()
    for region, metric, _, value in rows:
        if isinstance(value, bool) or not abs(value) < float("inf"):
            raise ValueError(f"{metric} in {region} is {value!r}: a summary holds finite numbers")
        if (region, metric) in seen:
            raise ValueError(f"{metric} in {region} is there twice")
        seen.add((region, metric))


def summary_table(rows: list[tuple[str, str, str, float]], *, option: str, future: str, seed: int) -> pandas.DataFrame:
    """Rows (region, metric, unit, value) of one run as the columns of `summary.csv`, sorted by all of them.

    Values stay what they are, int or float, one by one. Raises ValueError as `check` does.
    """
    check(rows)
    full = sorted((option, future, seed, *row) for row in rows)
    table = pandas.DataFrame(full, columns=list(SUMMARY_COLUMNS), dtype=object)
    return table.astype(dict.fromkeys(SUMMARY_COLUMNS[:-1], "str") | {"seed": "int64"})


def csv_cell(value: object) -> str:
    """A value as one CSV cell: integers exact, floats by repr, text made harmless for spreadsheets and quoted at need."""
    if isinstance(value, str):
        text = f"'{value}" if value.startswith(_FORMULA) else value
        return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text
    number = value.item() if hasattr(value, "item") else value
    return repr(number)


def csv_text(table: pandas.DataFrame) -> str:
    """A small table as CSV: header, LF, no byte-order mark."""
    lines = [",".join(table.columns)]
    lines += [",".join(map(csv_cell, row)) for row in table.itertuples(index=False, name=None)]
    return "\n".join(lines) + "\n"


_ERRNO = re.compile(r'"errno": ?"?(\d+)')


def refused(error: Exception) -> OSError:
    """What the disk said to DuckDB, as the error of the system it was: its own text holds a record in JSON."""
    number = _ERRNO.search(str(error))
    return OSError(int(number.group(1)), os.strerror(int(number.group(1)))) if number else OSError(str(error))


def write_parquet(table: pandas.DataFrame, path: Path) -> None:
    """Write a table as one Parquet file, rows in order; numbers and text only. Raises OSError when the disk refuses."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")  # one row-group order, whatever the machine
        connection.register("rows_of_table", table)
        try:
            connection.execute("COPY rows_of_table TO ? (FORMAT parquet, COMPRESSION zstd)", [str(path)])
        except duckdb.IOException as error:
            raise refused(error) from error


def read_parquet(path: Path) -> pandas.DataFrame:
    """Read a table written by `write_parquet`, rows in order."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        return connection.execute("SELECT * FROM read_parquet(?)", [str(path)]).df()


def digest(summary: pandas.DataFrame, journal: pandas.DataFrame) -> str:
    """`sha256:…` over the sorted rows of summary and journal in canonical text; independent of how they are stored."""
    hasher = hashlib.sha256()
    hasher.update(_canonical("summary", csv_text(summary)))
    hasher.update(_canonical("journal", journal.to_csv(index=False, lineterminator="\n")))
    return f"sha256:{hasher.hexdigest()}"


def _canonical(name: str, text: str) -> bytes:
    """A table's header, then its lines in sorted order."""
    header, *lines = text.rstrip("\n").split("\n")
    return "\n".join([f"[{name}] {header}", *sorted(lines), ""]).encode()


def read_summary(path: Path) -> pandas.DataFrame:
    """Read a `summary.csv` back, values as int or float as they were written."""
    table = pandas.read_csv(path, dtype=str, keep_default_na=False)
    value = [float(text) if set(text) & set(".en") else int(text) for text in table["value"]]
    text = {name: table[name].str.replace(r"^'(?=[=+\-@\t\r\0])", "", regex=True) for name in table if name != "value"}
    return pandas.DataFrame(text | {"value": pandas.Series(value, dtype=object)}).astype({"seed": "int64"})
