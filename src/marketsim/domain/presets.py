"""Rules that differ by province, and pairs of uses that exclude each other, as dated data."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from marketsim.domain.tables import read_table, whole
from marketsim.errors import InputError

SCALES = {"%": 10_000, "CNY/MWh": 10, "CNY/kW": 100, "MWh": 1000, "h": 1}
"""Integer scale of a value by its unit: ppm, ticks of 0.1 CNY per MWh, fen per kW, kWh, hours; a choice stays a word."""

Dated = dict[tuple[str, str], tuple[tuple[date, int | str], ...]]


@dataclass(frozen=True, kw_only=True)
class Presets:
    """Dated values by (province, parameter)."""

    values: Dated

    def value(self, province: str, parameter: str, day: date) -> int | str:
        """The value in force on a day; the national one where the province has none. Raises InputError when there is neither."""
        for place in (province, "national"):
            held = [value for start, value in self.values.get((place, parameter), ()) if start <= day]
            if held:
                return held[-1]
        known = sorted({place for place, name in self.values if name == parameter})
        raise InputError(f"no {parameter} of {province} on {day}; provinces with one: {', '.join(known) or 'none'}")


def read_presets(path: Path) -> Presets:
    """Read a table of provinces. Raises InputError naming line and what was expected."""
    found: dict[tuple[str, str], list[tuple[date, int | str]]] = {}
    for line, row in enumerate(read_table(path, ("province", "parameter", "valid_from", "value", "unit")), start=2):
        where = f"{path.name}:{line}"
        if row["unit"] != "choice" and row["unit"] not in SCALES:
            raise InputError(f"{where}: unit {row['unit']} is not one of {', '.join((*SCALES, 'choice'))}")
        value = row["value"] if row["unit"] == "choice" else whole(row["value"], SCALES[row["unit"]], where)
        found.setdefault((row["province"], row["parameter"]), []).append((_day(row["valid_from"], where), value))
    return Presets(values={key: tuple(sorted(dated, key=lambda item: item[0])) for key, dated in found.items()})


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """Two uses of the same thing that may not both be made from a day on, and why."""

    key: str
    first: str
    second: str
    valid_from: date
    reason: str
    reason_zh: str


def read_exclusions(path: Path) -> tuple[Exclusion, ...]:
    """Read the table of uses that exclude each other."""
    columns = ("key", "first", "second", "valid_from", "reason", "reason_zh")
    rows = enumerate(read_table(path, columns), start=2)
    return tuple(Exclusion(key=row["key"], first=row["first"], second=row["second"], reason=row["reason"], reason_zh=row["reason_zh"],
                           valid_from=_day(row["valid_from"], f"{path.name}:{line}")) for line, row in rows)  # fmt: skip


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{where}: expected a date such as 2020-01-01, found {text!r}") from None
