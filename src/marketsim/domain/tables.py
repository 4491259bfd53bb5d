"""Tables of facts as CSV, read strictly: the columns that are needed, decimals kept exact, errors that name the line."""

import csv
import re
from fractions import Fraction
from functools import lru_cache
from math import floor
from pathlib import Path

from marketsim.errors import InputError, printable

DECIMAL = re.compile(r"[-+]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][-+]?[0-9]{1,2})?")
"""Bounded on purpose: the exact value of 1e999999999 would fill the memory."""


def read_table(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a UTF-8 CSV as dictionaries. Raises InputError when it is no such file, a column is missing or a row is ragged."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return _rows(csv.DictReader(file), path.name, columns)
    except FileNotFoundError:
        raise InputError(f"{path} is missing") from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise InputError(f"{path.name} cannot be read as CSV in UTF-8: {problem}") from None


def _rows(reader: csv.DictReader, name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{name}: column {missing[0]} is missing; the table has {printable(', '.join(reader.fieldnames or ()))}")
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise InputError(f"{name}:{reader.line_num}: the row has more or fewer cells than the header")
        rows.append(row)
    return rows


def whole(text: str, factor: int, where: str) -> int:
    """The decimal `text` times `factor` as an integer, half up. Raises InputError when it is not a plain decimal."""
    if not DECIMAL.fullmatch(text.strip()):
        raise InputError(f"{where}: expected a decimal number, found {printable(text)!r}")
    return _rounded(text, factor)


def within(text: str, factor: int, where: str, most: int | None = None, least: int = 0) -> int:
    """The same for a number from `least` to `most`, both before the factor. Raises InputError."""
    value = whole(text, factor, where)
    if value < least * factor or (most is not None and value > most * factor):
        raise InputError(f"{where}: expected a number {f'of {least} or more' if most is None else f'from {least} to {most}'}, found {printable(text)}")
    return value


@lru_cache(maxsize=1 << 16)  # a worker founds the same grid for every run of a study
def _rounded(text: str, factor: int) -> int:
    return floor(Fraction(text) * factor + Fraction(1, 2))
