"""Zones, the lines between them, their load shapes and the dated rules of their market, read from a grid folder."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from marketsim.domain.kept import kept
from marketsim.domain.tables import read_table, whole, within
from marketsim.errors import InputError

RULE_SCALES = {"%": 10_000, "-": 1, "CNY/MWh": 10}
"""Integer scale of a rule by its unit: shares in parts per million, prices in ticks of 0.1 CNY per MWh."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Zones and links; `use_kwh` (zones,) int64 a year, `shape` (zones, 12, 2, 24) int64 load over the mean × 10,000.

    Links, (links,) int64: `link_from`, `link_to` index `zones`, `link_kw` is what may flow either way, `link_loss_ppm` what is
    lost on the way, `link_fee_tick` the transmission fee per MWh. `rules` maps a name to its dated integer values.
    """

    zones: tuple[str, ...]
    use_kwh: np.ndarray
    shape: np.ndarray
    link_from: np.ndarray
    link_to: np.ndarray
    link_kw: np.ndarray
    link_loss_ppm: np.ndarray
    link_fee_tick: np.ndarray
    rules: dict[str, tuple[tuple[date, int], ...]]

    def times(self, copies: int) -> "Grid":
        """The same zones and links, each so many times as large."""
        return replace(self, use_kwh=self.use_kwh * copies, link_kw=self.link_kw * copies)

    def rule(self, name: str, day: date) -> int:
        """The value of a rule in force on a day: ppm for shares, ticks for prices. Raises InputError when there is none."""
        dated = self.rules.get(name)
        if dated is None:
            raise InputError(f"rules.csv has no rule {name}; it has {', '.join(sorted(self.rules))}")
        held = [value for start, value in dated if start <= day]
        if not held:
            raise InputError(f"rules.csv: {name} starts on {dated[0][0]}, after {day}")
        return held[-1]


@kept
def read_grid(folder: Path) -> Grid:
    """Zones, links and rules of a grid folder. Raises InputError naming file, line and what was expected."""
    zone_rows = read_table(folder / "zones.csv", ("zone", "shape", "use_gwh"))
    zones = tuple(row["zone"] for row in zone_rows)
    shapes = _shapes(folder)
    for row in zone_rows:
        if row["shape"] not in shapes:
            raise InputError(f"zones.csv: {row['zone']} names the load shape {row['shape']}; load_shapes.csv has {', '.join(shapes)}")
    links = read_table(folder / "links.csv", ("zone_from", "zone_to", "capacity_mw", "loss_pct", "fee_cny_per_mwh"))
    for line, row in enumerate(links, start=2):
        for end in ("zone_from", "zone_to"):
            if row[end] not in zones:
                raise InputError(f"links.csv:{line}: there is no zone {row[end]}; zones.csv has {', '.join(zones)}")
        if row["zone_from"] == row["zone_to"]:
            raise InputError(f"links.csv:{line}: a link joins two zones, this one begins and ends in {row['zone_from']}")

    def column(name: str, scale: int, most: int | None = None) -> np.ndarray:
        return np.array([within(row[name], scale, f"links.csv:{line}: {name}", most) for line, row in enumerate(links, start=2)], np.int64)

    return Grid(
        zones=zones,
        use_kwh=np.array([within(row["use_gwh"], 1_000_000, f"zones.csv:{row['zone']}") for row in zone_rows], np.int64),
        shape=np.stack([shapes[row["shape"]] for row in zone_rows]),
        link_from=np.array([zones.index(row["zone_from"]) for row in links], np.int64),
        link_to=np.array([zones.index(row["zone_to"]) for row in links], np.int64),
        link_kw=column("capacity_mw", 1000), link_loss_ppm=column("loss_pct", 10_000, 99), link_fee_tick=column("fee_cny_per_mwh", 10),
        rules=_rules(folder),
    )  # fmt: skip


def _shapes(folder: Path) -> dict[str, np.ndarray]:
    shapes: dict[str, np.ndarray] = {}
    columns = ("shape", "month", "rest_day", "hour", "load_ratio")
    for line, row in enumerate(read_table(folder / "load_shapes.csv", columns), start=2):
        where = f"load_shapes.csv:{line}"
        table = shapes.setdefault(row["shape"], np.zeros((12, 2, 24), np.int64))
        month = within(row["month"], 1, f"{where}: month", 12, 1)
        rest_day, hour = within(row["rest_day"], 1, f"{where}: rest_day", 1), within(row["hour"], 1, f"{where}: hour", 23)
        table[month - 1, rest_day, hour] = within(row["load_ratio"], 10_000, where)
    empty = [name for name, table in shapes.items() if not table.any()]
    if empty:
        raise InputError(f"load_shapes.csv: the shape {empty[0]} is 0 in every hour")
    return shapes


def _rules(folder: Path) -> dict[str, tuple[tuple[date, int], ...]]:
    rules: dict[str, list[tuple[date, int]]] = {}
    for line, row in enumerate(read_table(folder / "rules.csv", ("parameter", "valid_from", "value", "unit")), start=2):
        where = f"rules.csv:{line}"
        if row["unit"] not in RULE_SCALES:
            raise InputError(f"{where}: unit {row['unit']} is not one of {', '.join(RULE_SCALES)}")
        try:
            start = date.fromisoformat(row["valid_from"])
        except ValueError:
            raise InputError(f"{where}: expected a date such as 2020-01-01, found {row['valid_from']!r}") from None
        rules.setdefault(row["parameter"], []).append((start, whole(row["value"], RULE_SCALES[row["unit"]], where)))
    return {name: tuple(sorted(dated)) for name, dated in rules.items()}
