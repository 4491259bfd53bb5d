"""A city as data: its regions, sectors, meters and the table of districts by sectors, read from a folder of CSV files."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from marketsim.domain.kept import kept
from marketsim.domain.rows import read, unique
from marketsim.domain.sharing import product_over, share_out
from marketsim.errors import InputError

ROLES = ("value", "power", "right")
GWH = 1_000_000  # kWh
MOST_SECTORS = 98  # two digits of an id, one number kept for holders of several sectors
EXTENSIVE = ("population_2020", "area_km2")
"""Figures of a region that count something, so that several like it have as many times as much."""


@dataclass(frozen=True, kw_only=True)
class Meter:
    """Something that is counted: `base_per_gwh` is what using one GWh adds to it.

    `includes_power`: the table's amounts already contain what power use adds.
    """

    key: str
    role: str
    column: str
    base_unit: str
    base_per_column_unit: int
    trading_unit: str
    base_per_trading_unit: int
    base_per_gwh: int
    includes_power: bool
    name_zh: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class Region:
    """A district with cells, or a linked region without; `figures` holds the other columns of its line by name."""

    adcode: int
    name_zh: str
    name_en: str
    aliases: tuple[str, ...]
    linked: bool
    ring: str
    zone: str
    tile_row: int
    tile_col: int
    tile_height: int
    figures: Mapping[str, str]

    def number(self, column: str) -> Decimal:
        """A figure as a decimal. Raises InputError when the region has none of that name."""
        text = self.figures.get(column, "")
        if not text:
            raise InputError(f"region {self.adcode} {self.name_en} has no figure {column!r}")
        return Decimal(text)

    def name(self, lang: str = "en") -> str:
        """Name in Chinese (`zh`) or English."""
        return self.name_zh if lang == "zh" else self.name_en


@dataclass(frozen=True, kw_only=True)
class Sector:
    """A sector of the table; `group` is its kind of use."""

    key: str
    name_zh: str
    name_en: str
    group: str


@dataclass(frozen=True, kw_only=True)
class City:
    """The tables of a city under one view; `cells` int64 base units, shape (districts, sectors, meters)."""

    key: str
    name_zh: str
    name_en: str
    view: str
    folder: Path
    regions: tuple[Region, ...]
    sectors: tuple[Sector, ...]
    meters: tuple[Meter, ...]
    cells: np.ndarray

    @property
    def districts(self) -> tuple[Region, ...]:
        """Regions that have cells, in the order of `cells`."""
        return tuple(region for region in self.regions if not region.linked)

    @property
    def rights(self) -> tuple[Meter, ...]:
        """Meters that a right may be made of."""
        return tuple(meter for meter in self.meters if meter.role == "right")

    def meter_index(self, key: str) -> int:
        """Position of a meter along the last axis of `cells`. Raises InputError."""
        return _index(self.meters, key, "meter")

    def sector_index(self, key: str) -> int:
        """Position of a sector along the middle axis of `cells`. Raises InputError."""
        return _index(self.sectors, key, "sector")

    def role_index(self, role: str) -> int:
        """Position of the one meter with role `value` or `power`."""
        return next(i for i, meter in enumerate(self.meters) if meter.role == role)

    def times(self, copies: int) -> "City":
        """So many cities like this one as one: each district stands for `copies` of its kind."""
        if copies == 1:
            return self
        many = {region.adcode: {name: str(Decimal(region.figures[name]) * copies) for name in EXTENSIVE if region.figures.get(name)}
                for region in self.districts}  # fmt: skip
        regions = tuple(replace(region, figures={**region.figures, **many.get(region.adcode, {})}) for region in self.regions)
        return replace(self, regions=regions, cells=self.cells * copies)

    def use(self) -> np.ndarray:
        """Use counted by each right, what power adds included. Shape (districts, sectors, rights), base units."""
        power = self.cells[:, :, self.role_index("power")]
        columns = [
            self.cells[:, :, i] + (0 if meter.includes_power else added(power, meter.base_per_gwh))
            for i, meter in enumerate(self.meters) if meter.role == "right"
        ]  # fmt: skip
        return np.stack(columns, axis=2)


def added(power_kwh: np.ndarray, base_per_gwh: int) -> np.ndarray:
    """What using power adds to a meter, in whole base units, rounded down. Shape of `power_kwh`."""
    return product_over(power_kwh, np.array(base_per_gwh), np.array(GWH))


@kept
def load_city(folder: Path, view: str | None = None) -> City:
    """Read the city in `folder` under `view` (None: its own first choice).

    Raises: InputError naming file, line and column of what is wrong.
    """
    about = _about(folder)
    meters, sectors, regions = _meters(folder), _sectors(folder), _regions(folder)
    cells = _cells(folder, regions, sectors, meters)
    city = City(
        key=folder.name, name_zh=about["name_zh"], name_en=about["name_en"], view=view or about["view"], folder=folder,
        regions=regions, sectors=sectors, meters=meters, cells=cells,
    )  # fmt: skip
    return _viewed(city)


def views(folder: Path) -> tuple[str, ...]:
    """Names of the views a scenario may choose from."""
    return tuple(row.text("key") for row in read(folder / "views.csv", ("key", "meter", "column")))


def _index(items: tuple, key: str, what: str) -> int:
    keys = [item.key for item in items]
    if key not in keys:
        raise InputError(f"there is no {what} {key!r}; this city has {', '.join(keys)}")
    return keys.index(key)


def _about(folder: Path) -> dict[str, str]:
    path = folder / "datapackage.json"
    try:
        about = json.loads(path.read_text(encoding="utf-8"))["marketsim"]
        return {key: str(about[key]) for key in ("name_zh", "name_en", "view")}
    except FileNotFoundError:
        raise InputError(f"{path} is missing; a city's folder needs it") from None
    except (ValueError, KeyError, TypeError) as problem:
        raise InputError(f"{path}: needs a block \"marketsim\" with name_zh, name_en and view ({problem})") from None


def _meters(folder: Path) -> tuple[Meter, ...]:
    texts = ("key", "column", "base_unit", "trading_unit", "name_zh", "name_en")
    numbers = ("base_per_column_unit", "base_per_trading_unit", "base_per_gwh")
    rows = unique(read(folder / "meters.csv", (*texts, *numbers, "role", "includes_power")), ("key",))
    meters = tuple(
        Meter(
            role=row.choice("role", ROLES), includes_power=row.choice("includes_power", ("yes", "no")) == "yes",
            **{name: row.text(name) for name in texts}, **{name: row.whole(name) for name in numbers},
        ) for row in rows
    )  # fmt: skip
    for role in ("value", "power"):
        if sum(meter.role == role for meter in meters) != 1:
            raise InputError(f"{folder / 'meters.csv'} needs exactly one meter with role {role}")
    return meters


def _sectors(folder: Path) -> tuple[Sector, ...]:
    rows = unique(read(folder / "sectors.csv", ("key", "name_zh", "name_en", "group")), ("key",))
    if len(rows) > MOST_SECTORS:
        raise InputError(f"{folder / 'sectors.csv'} has {len(rows)} sectors; at most {MOST_SECTORS}")
    return tuple(
        Sector(key=row.text("key"), name_zh=row.text("name_zh"), name_en=row.text("name_en"), group=row.text("group"))
        for row in rows
    )


def _regions(folder: Path) -> tuple[Region, ...]:
    known = ("adcode", "name_zh", "name_en", "aliases", "role", "ring", "zone", "tile_row", "tile_col", "tile_height")
    rows = unique(read(folder / "regions.csv", known), ("adcode",))
    for row in rows:
        if not 100_000 <= row.whole("adcode") <= 999_999:
            raise InputError(f"{row.place} column adcode: {row.text('adcode')!r} must have six digits")
    return tuple(
        Region(
            adcode=row.whole("adcode"), name_zh=row.text("name_zh"), name_en=row.text("name_en"),
            aliases=tuple(alias.strip() for alias in row.text("aliases").split("|") if alias.strip()),
            linked=row.choice("role", ("district", "linked")) == "linked", ring=row.text("ring"), zone=row.text("zone"),
            tile_row=row.whole("tile_row"), tile_col=row.whole("tile_col"), tile_height=row.whole("tile_height"),
            figures={name: text for name, text in row.texts.items() if name not in known},
        ) for row in rows
    )  # fmt: skip


def _cells(folder: Path, regions: tuple[Region, ...], sectors: tuple[Sector, ...], meters: tuple[Meter, ...]) -> np.ndarray:
    path = folder / "cells.csv"
    districts = tuple(str(region.adcode) for region in regions if not region.linked)
    keys = tuple(sector.key for sector in sectors)
    rows = unique(read(path, ("region", "sector", *(meter.column for meter in meters))), ("region", "sector"))
    cells = np.zeros((len(districts), len(keys), len(meters)), dtype=np.int64)
    for row in rows:
        place = districts.index(row.choice("region", districts)), keys.index(row.choice("sector", keys))
        cells[place] = [row.whole(meter.column, meter.base_per_column_unit) for meter in meters]
    if len(rows) != len(districts) * len(keys):
        raise InputError(f"{path} has {len(rows)} rows; {len(districts)} districts by {len(keys)} sectors need a row each")
    if (cells < 0).any():
        raise InputError(f"{path} has a negative amount")
    power = cells[:, :, [meter.role for meter in meters].index("power")]
    for i, meter in enumerate(meters):
        if meter.includes_power and (cells[:, :, i] < power * meter.base_per_gwh // GWH).any():
            raise InputError(f"{path} column {meter.column}: a cell is smaller than what its power use alone adds")
    return cells


def _viewed(city: City) -> City:
    """The city with the meters of its view fitted to the view's district shares; sector totals hold exactly."""
    path = city.folder / "views.csv"
    rows = {row.text("key"): row for row in unique(read(path, ("key", "meter", "column")), ("key",))}
    if city.view not in rows:
        raise InputError(f"there is no view {city.view!r} in {path}; it has {', '.join(rows)}")
    row = rows[city.view]
    if not row.text("column"):
        return city
    place = city.meter_index(row.choice("meter", tuple(meter.key for meter in city.meters)))
    wanted = np.array([float(region.number(row.text("column"))) for region in city.districts])
    city.cells[:, :, place] = _fitted(city.cells[:, :, place], wanted)
    return city


def _fitted(cells: np.ndarray, shares: np.ndarray, rounds: int = 400) -> np.ndarray:
    """Scale districts to `shares` of the total and sectors to their own totals by turns, ending on the sectors.

    Where empty cells stand in the way, districts come as near as the sectors allow. Shapes: (districts, sectors), (districts,).
    Source: Deming and Stephan (1940), iterative proportional fitting.
    """
    sectors = cells.sum(axis=0)
    districts = shares / math.fsum(shares) * int(sectors.sum())
    fit = cells.astype(np.float64)
    for _ in range(rounds):  # fsum is exact, so no order of summing and no processor can change the last bit
        for i, row in enumerate(fit):
            fit[i] = row * (districts[i] / max(math.fsum(row), 1.0))
        for j, column in enumerate(fit.T):
            fit[:, j] = column * (sectors[j] / max(math.fsum(column), 1.0))
    return share_out(sectors, np.rint(fit).astype(np.int64))
