"""What ships with the package and can be named in a scenario: bases, instruments, holidays, grids, regions."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketsim import resources
from marketsim.scenario.reader import read


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Units of one instrument: base unit, trading unit and size of a lot."""

    base_unit: str
    trading_unit: str
    lot_base: int


@cache
def bases() -> dict[str, Path]:
    """Packaged scenarios by name."""
    found = {}
    for parts in (("scenarios",), ("scenarios", "base")):
        for file in _files(parts, "*.yaml"):
            found.setdefault(file.stem, file)
    return found


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


def regions() -> tuple[str, ...]:
    """Packaged regions."""
    return _folders("configs", "regions")


def region_folder(name: str, beside: Path) -> Path | None:
    """Folder of a packaged region, or of one beside the scenario file; None where there is none."""
    if name in regions():
        return resources.path("configs", "regions", name)
    inside = (beside / name).resolve()
    is_city = inside.is_relative_to(beside.resolve()) and (inside / "regions.csv").is_file()
    return inside if is_city else None


def districts(folder: Path) -> list[dict[str, str]]:
    """Rows of a region's `regions.csv`: adcode, names and aliases."""
    with (folder / "regions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def called(name: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows that `name` may mean: by code or full name exactly one, by a shorter name perhaps several."""
    exact = [row for row in rows if name in (row["adcode"], row["name_zh"])]
    wanted = name.strip().casefold()
    loose = [row for row in rows if wanted in {n.casefold() for n in (row["name_en"], *row["aliases"].split("|"))}]
    return exact or loose


def _files(parts: tuple[str, ...], ending: str) -> list[Path]:
    return sorted(resources.path(*parts).glob(ending))


def _folders(*parts: str) -> tuple[str, ...]:
    return tuple(sorted(path.name for path in resources.path(*parts).iterdir() if path.is_dir()))
