"""Tables of a city's folder: CSV files read strictly, with errors that name file and line."""

import csv
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from marketsim.errors import InputError

LARGEST_EXPONENT = 400


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table; its texts are read as what the caller needs."""

    place: str
    texts: Mapping[str, str]

    def text(self, column: str) -> str:
        """The text as it stands, without blanks at its ends."""
        return self.texts[column].strip()

    def choice(self, column: str, allowed: tuple[str, ...]) -> str:
        """A text that must be one of `allowed`. Raises InputError with the nearest name."""
        found = self.text(column)
        if found not in allowed:
            near = difflib.get_close_matches(found, allowed, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(allowed)}"
            raise InputError(f"{self.place} column {column}: {found!r} is not known; {hint}")
        return found

    def several(self, column: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """Names separated by |, each one of `allowed`."""
        names = [name.strip() for name in self.text(column).split("|") if name.strip()]
        return tuple(Row(place=self.place, texts={column: name}).choice(column, allowed) for name in names)

    def number(self, column: str) -> Decimal:
        """A finite decimal number. Raises InputError."""
        try:  # an exponent that no float holds is no number of ours
            value = Decimal(self.text(column))
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or abs(value.adjusted()) > LARGEST_EXPONENT:
            raise InputError(f"{self.place} column {column}: {self.text(column)!r} is not a number")
        return value

    def whole(self, column: str, factor: int = 1) -> int:
        """A number times `factor`, which must be a whole number that an int64 holds. Raises InputError."""
        value = self.number(column) * factor
        if value != value.to_integral_value():
            raise InputError(f"{self.place} column {column}: {self.text(column)} is finer than one base unit")
        if abs(value) >= 2**63:
            raise InputError(f"{self.place} column {column}: {self.text(column)} is too large")
        return int(value)


def read(path: Path, columns: tuple[str, ...]) -> list[Row]:
    """Rows of the CSV file at `path`, which must have at least `columns`.

    Raises: InputError when the file is missing, is not UTF-8, lacks a column, or a line has too few or too many fields.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            head = next(reader, [])
            lines = [(reader.line_num, fields) for fields in reader if fields]
    except FileNotFoundError:
        raise InputError(f"{path} is missing; a city's folder needs it") from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise InputError(f"{path} cannot be read as CSV in UTF-8: {problem}") from None
    missing = [column for column in columns if column not in head]
    if missing:
        raise InputError(f"{path}:1 has no column {missing[0]!r}; it needs {', '.join(columns)}")
    for number, fields in lines:
        if len(fields) != len(head):
            raise InputError(f"{path}:{number} has {len(fields)} fields, the first line has {len(head)}")
    return [Row(place=f"{path}:{number}", texts=dict(zip(head, fields, strict=True))) for number, fields in lines]


def unique(rows: list[Row], columns: tuple[str, ...]) -> list[Row]:
    """The rows themselves. Raises InputError when two have the same texts in `columns`."""
    seen: dict[tuple[str, ...], str] = {}
    for row in rows:
        key = tuple(row.text(column) for column in columns)
        if key in seen:
            raise InputError(f"{row.place} repeats {' '.join(key)}, first given at {seen[key]}")
        seen[key] = row.place
    return rows
