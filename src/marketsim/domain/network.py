"""The network of a city's districts: buses with their shares of load and imports, and lines, read from a grid folder."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marketsim.domain.tables import read_table, whole
from marketsim.errors import InputError

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class DistrictNetwork:
    """Buses by name (an adcode, or a neighbour's zone); (buses,) int64 shares of load and of imports in ppm, each adding up to a million;
    lines, (lines,): rows of their ends, reactance `x` per unit on 100 MVA, `limit_mw`, float."""  # fmt: skip

    bus: tuple[str, ...]
    load_share_ppm: np.ndarray
    import_share_ppm: np.ndarray
    line_from: np.ndarray
    line_to: np.ndarray
    x: np.ndarray
    limit_mw: np.ndarray

    def rows(self, region: np.ndarray) -> np.ndarray:
        """Bus row of each adcode (n,), −1 where it is none."""
        place = {name: row for row, name in enumerate(self.bus)}
        return np.array([place.get(str(code), -1) for code in region.tolist()], np.int64)


def read_network(folder: Path) -> DistrictNetwork:
    """Buses and lines of a grid folder. Raises InputError naming file, line and what was expected."""
    buses = read_table(folder / "buses.csv", ("bus", "load_share_ppm", "import_share_ppm"))
    names = tuple(row["bus"] for row in buses)
    shares = {}
    for column in ("load_share_ppm", "import_share_ppm"):
        shares[column] = np.array([whole(row[column], 1, f"buses.csv:{n}") for n, row in enumerate(buses, 2)], np.int64)
        if shares[column].sum() != MILLION:
            raise InputError(f"buses.csv: {column} adds up to {shares[column].sum()}, expected {MILLION}")
    lines = read_table(folder / "lines.csv", ("bus_from", "bus_to", "x_pu", "limit_mw"))
    for n, row in enumerate(lines, 2):
        for end in ("bus_from", "bus_to"):
            if row[end] not in names:
                raise InputError(f"lines.csv:{n}: there is no bus {row[end]} in buses.csv")
    return DistrictNetwork(
        bus=names, load_share_ppm=shares["load_share_ppm"], import_share_ppm=shares["import_share_ppm"],
        line_from=np.array([names.index(row["bus_from"]) for row in lines], np.int64),
        line_to=np.array([names.index(row["bus_to"]) for row in lines], np.int64),
        x=np.array([whole(row["x_pu"], MILLION, f"lines.csv:{n}") / MILLION for n, row in enumerate(lines, 2)]),
        limit_mw=np.array([whole(row["limit_mw"], 1000, f"lines.csv:{n}") / 1000 for n, row in enumerate(lines, 2)]),
    )  # fmt: skip
