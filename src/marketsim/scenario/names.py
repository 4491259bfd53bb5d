"""What ships with the package and can be named in a scenario: bases, instruments, holidays, grids, regions."""

import csv
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketsim import resources
from marketsim.domain.region import City, Region, load_city
from marketsim.errors import Problem
from marketsim.scenario.reader import read
from marketsim.scenario.tree import Node


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Units of one instrument: base unit, trading unit and size of a lot."""

    base_unit: str
    trading_unit: str
    lot_base: int


@cache
def bases() -> dict[str, Path]:
    """Packaged scenarios by name: questions, the gallery, and what they extend."""
    found = {}
    for file in sorted(resources.path("scenarios").rglob("*.yaml"), key=lambda file: (len(file.parts), file)):
        found.setdefault(file.stem, file)
    return found


@cache
def shipped(file: Path, shown: str) -> tuple[Node | None, list[Problem]]:
    """The tree of a packaged scenario, read once."""
    return read(file, shown)


def made_to_extend() -> list[str]:
    """Packaged scenarios that hold everything a question leaves unsaid."""
    return [name for name, file in bases().items() if file.parent.name == "base"]


@cache
def instruments() -> dict[str, Lot]:
    """Packaged instruments by name, with their units."""
    found = {}
    for file in _files(("configs", "markets"), "*.yaml"):
        tree, problems = read(file, file.name)
        if tree is None or problems:
            raise ValueError(f"{file.name}: {problems[0].render()}")
        data = tree.plain()
        found[file.stem] = Lot(
            base_unit=data["base_unit"], trading_unit=data["trading_unit"], lot_base=data["lot_base"]
        )
    return found


def holidays() -> tuple[str, ...]:
    """Packaged lists of public holidays."""
    return tuple(file.stem for file in _files(("configs", "calendars"), "*.csv"))


def grids() -> tuple[str, ...]:
    """Packaged fleets and load shapes."""
    return _folders("configs", "grid")


def zones(grid: str, beside: Path) -> tuple[str, ...] | None:
    """Zones of a packaged grid, or of one in a folder beside the scenario file; None where there is no such grid."""
    folder = _folder(grid, beside, ("configs", "grid"), "zones.csv")
    if folder is None:
        return None
    with (folder / "zones.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["zone"] for row in csv.DictReader(file))


def transfers() -> tuple[str, ...]:
    """Packaged tables that rules of transfers read."""
    return tuple(file.stem for file in _files(("configs", "transfers"), "*.csv"))


def transfer_table(name: str, beside: Path | None) -> Path | None:
    """A CSV file beside the scenario, or the packaged table of that name; None where there is none."""
    if beside is not None and "\0" not in name and os.path.isfile(beside / name):
        inside = (beside / name).resolve()
        return inside if inside.is_relative_to(beside.resolve()) else None
    return resources.path("configs", "transfers", f"{name}.csv") if name in transfers() else None


def regions() -> tuple[str, ...]:
    """Packaged regions."""
    return _folders("configs", "regions")


def region_folder(name: str, beside: Path) -> Path | None:
    """Folder of a packaged region, or of one beside the scenario file; None where there is none."""
    return _folder(name, beside, ("configs", "regions"), "regions.csv")


@cache
def city(folder: Path) -> City:
    """The region in a folder. Raises InputError naming file and line when its tables are damaged."""
    return load_city(folder)


def called(name: str, folder: Path) -> list[Region]:
    """Regions that `name` may mean (adcode, name or alias, any case): none, one, or several."""
    wanted = name.strip().casefold()
    return [one for one in city(folder).regions if wanted in {str(one.adcode), *(n.casefold() for n in _names(one))}]


def _names(region: Region) -> tuple[str, ...]:
    return (region.name_zh, region.name_en, *region.aliases)


def _folder(name: str, beside: Path, packaged: tuple[str, ...], needs: str) -> Path | None:
    if name in _folders(*packaged):
        return resources.path(*packaged, name)
    if "\0" in name or not os.path.isfile(beside / name / needs):  # unlike a Path, os.path takes a name too long for any file
        return None
    inside = (beside / name).resolve()
    return inside if inside.is_relative_to(beside.resolve()) else None


def _files(parts: tuple[str, ...], ending: str) -> list[Path]:
    return sorted(resources.path(*parts).glob(ending))


def _folders(*parts: str) -> tuple[str, ...]:
    return tuple(sorted(path.name for path in resources.path(*parts).iterdir() if path.is_dir()))
