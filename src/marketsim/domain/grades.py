"""How good the numbers of a data folder are: every number counted under its source and grade.

A number's grade stands in its own row (columns quality, verified, source) or in the folder's grades.csv, where a line that names
a row wins over one for all rows (*). Numbers without either are counted as estimates of the file they stand in.
"""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

from marketsim.domain.kept import kept
from marketsim.domain.rows import Row, read, unique

GRADES = ("official", "literature", "estimate")
OWN_GRADE = ("quality", "verified", "source")
NOT_FACTS = frozenset(("adcode", "region", "month", "hour", "rest_day", "tile_row", "tile_col", "tile_height", "lead_days", "year"))
DEFINITIONS = frozenset(("base_per_column_unit", "base_per_trading_unit"))
_UNCOUNTED = NOT_FACTS | DEFINITIONS | frozenset(OWN_GRADE)


@dataclass(frozen=True, kw_only=True)
class Grade:
    """`numbers` numbers of `file` come from `source` with grade `quality`; `verified`: the source's text was retrieved."""

    file: str
    quality: str
    verified: bool
    source: str
    numbers: int


@kept
def graded(folder: Path) -> tuple[Grade, ...]:
    """Grades of all CSV files of `folder`, by file. Raises InputError when a grade is not one of the three."""
    listed = _listed(folder / "grades.csv")
    found: Counter[tuple[str, str, bool, str]] = Counter()
    for path in sorted(folder.glob("*.csv")):
        if path.name != "grades.csv":
            found.update(grade for row in read(path, ()) for grade in _grades(path.name, row, listed))
    return tuple(
        Grade(file=file, quality=quality, verified=verified, source=source, numbers=number)
        for (file, quality, verified, source), number in found.items()
    )


def _listed(path: Path) -> dict[tuple[str, str, str], Row]:
    if not path.exists():
        return {}
    rows = unique(read(path, ("file", "column", "row", "unit", *OWN_GRADE)), ("file", "column", "row"))
    return {(row.text("file"), row.text("column"), row.text("row")): row for row in rows}


def _grades(file: str, row: Row, listed: dict[tuple[str, str, str], Row]) -> list[tuple[str, str, bool, str]]:
    """One grade for every number of a row."""
    columns = [name for name, text in row.texts.items() if name not in _UNCOUNTED and _is_number(text)]
    if all(name in row.texts for name in OWN_GRADE):
        return [_grade(file, row)] * len(columns)
    key = next(iter(row.texts.values()))
    lines = [listed.get((file, column, key)) or listed.get((file, column, "*")) for column in columns]
    return [(file, "estimate", False, file) if line is None else _grade(file, line) for line in lines]


def _grade(file: str, row: Row) -> tuple[str, str, bool, str]:
    return file, row.choice("quality", GRADES), row.text("verified") == "1", row.text("source")


@lru_cache(maxsize=1 << 14)  # the same few thousand texts over and over
def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
