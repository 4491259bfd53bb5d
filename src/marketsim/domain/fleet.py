"""Generating units as columns, and how much of each can or must run in an hour; read from the tables of a grid folder.

Numbers by technology stand in a long table (technology, parameter, value, unit, source, quality), so that each has its own
source; a unit has a place, a technology and a capacity.
"""

from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from marketsim.domain.hours import Hours
from marketsim.domain.kept import kept
from marketsim.domain.tables import read_table, whole, within
from marketsim.errors import InputError

MILLION = 1_000_000
SCALES = {"%": 10_000, "%/h": 10_000, "-": 1, "CNY/MWh": 10, "kg/MWh": 1000, "L/MWh": 1000, "kgce/MWh": 1000, "CNY/MW": 100}
"""Integer scale of a value by its unit: shares in parts per million, prices in ticks of 0.1 CNY, meters in base units per GWh, starts in fen per MW."""
MOST = {"available": 100, "own_use": 100, "minimum": 100, "rank": 2, "exempt": 1}
"""Greatest value of what has one, in its own unit; nothing may be negative."""


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Units in the order of their keys, one row a unit; shapes (units,) int64 unless said otherwise.

    `zone` and `technology` index the tuples of names, `region` is an adcode; `cost_tick` is the variable cost and `tariff_tick`
    the planned price in ticks per MWh; `rank` 0 must run, 1 planned, 2 by cost; `exempt` 1 where deviations are not fined;
    `start_fen_per_mw` what starting up costs; `*_ppm` are shares of capacity; `must_ppm` and `limit_ppm` are (units, 12, 24) by month and hour; `meter_per_gwh`
    (rights, units) is what a GWh turns on each right's meter in base units, `own_use_per_gwh` kWh of own use in a GWh; `benchmarks` (technologies,)
    names the benchmark of each technology in a market of plants, "" where it has none.
    """

    key: tuple[str, ...]
    zones: tuple[str, ...]
    technologies: tuple[str, ...]
    rights: tuple[str, ...]
    zone: np.ndarray
    region: np.ndarray
    technology: np.ndarray
    capacity_kw: np.ndarray
    cost_tick: np.ndarray
    tariff_tick: np.ndarray
    rank: np.ndarray
    exempt: np.ndarray
    minimum_ppm: np.ndarray
    ramp_ppm: np.ndarray
    start_fen_per_mw: np.ndarray
    own_use_per_gwh: np.ndarray
    must_ppm: np.ndarray
    limit_ppm: np.ndarray
    meter_per_gwh: np.ndarray
    benchmarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: np.ndarray) -> "Fleet":
        """The given units, in the given order."""
        rows = np.asarray(rows)
        columns = {f.name: getattr(self, f.name) for f in fields(self)}
        picked = {name: column[rows] for name, column in columns.items() if isinstance(column, np.ndarray) and name != "meter_per_gwh"}
        return replace(self, key=tuple(self.key[row] for row in rows), meter_per_gwh=self.meter_per_gwh[:, rows], **picked)

    def times(self, copies: int) -> "Fleet":
        """The same units, each so many times as large."""
        return replace(self, capacity_kw=self.capacity_kw * copies)

    def in_zone(self, zone: str) -> "Fleet":
        """The units of one zone. Raises InputError when it has none."""
        if zone not in self.zones:
            raise InputError(f"units.csv has no unit in the zone {zone}; there are units in {', '.join(self.zones) or 'no zone'}. "
                             "A city whose power all comes from elsewhere needs a unit of rank 1 (supply from outside)")  # fmt: skip
        return self.take(np.flatnonzero(self.zone == self.zones.index(zone)))


def available(fleet: Fleet, hours: Hours, rows=slice(None)) -> np.ndarray:
    """What each unit can produce in each of the given rows of hours: (units, rows) int64 kWh."""
    return _profile(fleet, fleet.limit_ppm, hours, rows)


def must_run(fleet: Fleet, hours: Hours, rows=slice(None)) -> np.ndarray:
    """What each unit produces whatever the price, within what it can: (units, rows) int64 kWh."""
    return _profile(fleet, np.minimum(fleet.must_ppm, fleet.limit_ppm), hours, rows)


def _profile(fleet: Fleet, share_ppm: np.ndarray, hours: Hours, rows) -> np.ndarray:
    return fleet.capacity_kw[:, None] * share_ppm[:, hours.month[rows], hours.hour[rows]] // MILLION * hours.days[rows]


def read_fleet(folder: Path, rights: tuple[str, ...], *, coupled: bool = False) -> Fleet:
    """The fleet of a grid folder, with meters for `rights` in that order.

    Units marked `alone` stand for the lines of a zone run by itself and are left out when `coupled`. Raises InputError naming
    file, line and what was expected.
    """
    return _read_fleet(folder, rights, coupled)


@kept
def _read_fleet(folder: Path, rights: tuple[str, ...], coupled: bool) -> Fleet:
    needed = ("key", "zone", "region", "technology", "capacity_mw", "use")
    rows = sorted(read_table(folder / "units.csv", needed), key=lambda row: row["key"])
    rows = [row for row in rows if row["use"] == "always" or (row["use"] == "alone" and not coupled)]
    keys = tuple(row["key"] for row in rows)
    if len(set(keys)) != len(keys):
        raise InputError("units.csv: two units share a key")
    numbers = _technology_numbers(folder)
    names = tuple(sorted(numbers))
    unknown = [row for row in rows if row["technology"] not in numbers]
    if unknown:
        raise InputError(f"units.csv: {unknown[0]['key']} has technology {unknown[0]['technology']}; technologies.csv has {', '.join(names)}")
    zones = tuple(sorted({row["zone"] for row in rows}))
    kind = [row["technology"] for row in rows]

    def column(parameter: str, missing: int | None = None) -> np.ndarray:
        return np.array([_number(numbers, name, parameter, missing) for name in kind], np.int64)

    must, limit = _profiles(folder, numbers, names)
    technology = np.array([names.index(name) for name in kind], np.int64)
    return Fleet(
        key=keys, zones=zones, technologies=names, rights=rights, technology=technology,
        zone=np.array([zones.index(row["zone"]) for row in rows], np.int64),
        region=np.array([whole(row["region"], 1, f"units.csv:{row['key']}") for row in rows], np.int64),
        capacity_kw=np.array([within(row["capacity_mw"], 1000, f"units.csv:{row['key']}") for row in rows], np.int64),
        cost_tick=column("cost"), tariff_tick=column("tariff"), rank=column("rank"), exempt=column("exempt"),
        minimum_ppm=column("minimum", 0), ramp_ppm=column("ramp", MILLION), start_fen_per_mw=column("start", 0), own_use_per_gwh=column("own_use"),
        must_ppm=must[technology], limit_ppm=limit[technology],
        meter_per_gwh=np.array([column(f"meter.{right}") for right in rights], np.int64).reshape(len(rights), len(rows)),
        benchmarks=tuple(str(numbers[name].get("benchmark", "")) for name in names),
    )  # fmt: skip


def _technology_numbers(folder: Path) -> dict[str, dict[str, int | str]]:
    numbers: dict[str, dict[str, int | str]] = {}
    for line, row in enumerate(read_table(folder / "technologies.csv", ("technology", "parameter", "value", "unit")), start=2):
        where, unit = f"technologies.csv:{line}", row["unit"]
        if unit in ("profile", "name"):
            value: int | str = row["value"]
        elif unit in SCALES:
            value = within(row["value"], SCALES[unit], f"{where}: {row['technology']} {row['parameter']}", MOST.get(row["parameter"]))
        else:
            raise InputError(f"{where}: unit {unit} is not one of {', '.join((*SCALES, 'profile', 'name'))}")
        numbers.setdefault(row["technology"], {})[row["parameter"]] = value
    return numbers


def _number(numbers: dict[str, dict[str, int | str]], technology: str, parameter: str, missing: int | None = None) -> int:
    value = numbers[technology].get(parameter, missing)
    if not isinstance(value, int):
        raise InputError(f"technologies.csv: {technology} has no {parameter}")
    return value


def _profiles(folder: Path, numbers: dict[str, dict[str, int | str]], names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Shares that must and can run by technology, month and hour: two (technologies, 12, 24) int64 arrays in ppm."""
    tables: dict[str, np.ndarray] = {"": np.full((12, 24), MILLION, np.int64)}
    for line, row in enumerate(read_table(folder / "profiles.csv", ("profile", "month", "hour", "share_ppm")), start=2):
        where = f"profiles.csv:{line}"
        table = tables.setdefault(row["profile"], np.zeros((12, 24), np.int64))
        table[within(row["month"], 1, where, 12, 1) - 1, within(row["hour"], 1, where, 23)] = within(row["share_ppm"], 1, where, MILLION)
    must = np.zeros((len(names), 12, 24), np.int64)
    limit = np.zeros((len(names), 12, 24), np.int64)
    for i, name in enumerate(names):
        for parameter in ("must_profile", "limit_profile"):
            if numbers[name].get(parameter, "") not in tables:
                raise InputError(f"technologies.csv: {name} names the profile {numbers[name][parameter]}; profiles.csv has none such")
        share = _number(numbers, name, "available")
        limit[i] = tables[str(numbers[name].get("limit_profile", ""))] * share // MILLION
        if "must_profile" in numbers[name]:
            must[i] = tables[str(numbers[name]["must_profile"])] * share // MILLION
    return must, limit
