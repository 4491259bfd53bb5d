"""Tables of facts as CSV, read strictly: the columns that are needed, decimals kept exact, errors that name the line."""

import csv
from fractions import Fraction
from functools import lru_cache
from math import floor
from pathlib import Path

from marketsim.errors import InputError


def read_table(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a UTF-8 CSV as dictionaries. Raises InputError when a column is missing or a row is ragged."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError(f"{path.name}: column {missing[0]} is missing; the table has {', '.join(reader.fieldnames or ())}")
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise InputError(f"{path.name}:{reader.line_num}: the row has more or fewer cells than the header")
            rows.append(row)
    return rows


def whole(text: str, factor: int, where: str) -> int:
    """The decimal `text` times `factor` as an integer, half up. Raises InputError when it is not a plain decimal."""
    try:
        return _rounded(text, factor)
    except (ValueError, ZeroDivisionError):
        raise InputError(f"{where}: expected a decimal number, found {text!r}") from None


@lru_cache(maxsize=1 << 16)  # a worker founds the same grid for every run of a study
def _rounded(text: str, factor: int) -> int:
    return floor(Fraction(text) * factor + Fraction(1, 2))
