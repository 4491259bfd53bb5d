"""What rules of transfer read, out of the lines of a table: rivers by month, borders, ecology, moved firms, enclave projects.

Money is in yuan in a table and in fen in a rule. Parties are given by adcode or by name.
"""

import numpy as np

from marketsim.domain.region import Region
from marketsim.policy.transfers.ecological import Ecology
from marketsim.policy.transfers.enclave import Enclaves
from marketsim.policy.transfers.payments import TREASURY
from marketsim.policy.transfers.surface_water import Rivers
from marketsim.policy.transfers.tax_sharing import Moves
from marketsim.policy.transfers.upstream import Border

Rows = list[dict[str, str]]
LITRES = 1000
Parties = tuple[Region, ...]


def party(name: str, among: Parties) -> int:
    """Place of a party by adcode, name or alias; `treasury` is the city. Raises: ValueError when nobody is called so."""
    if name == "treasury":
        return TREASURY
    for place, region in enumerate(among):
        if name in (str(region.adcode), region.name_zh, region.name_en, *region.aliases):
            return place
    raise ValueError(f"no district or linked region is called {name!r}")


def rivers(rows: Rows, among: Parties) -> list[Rivers]:
    """`month,district,pollution,change,outflow_inflow`: one case a month, every district of the city once; lower is better."""
    count = sum(not region.linked for region in among)
    cases = []
    for month in dict.fromkeys(row["month"] for row in rows):
        columns = {name: np.full(count, -1.0) for name in ("pollution", "change", "outflow_inflow")}
        here = [row for row in rows if row["month"] == month]
        for row in here:
            for name, column in columns.items():
                column[party(row["district"], among)] = float(row[name])
        if len(here) != count:
            raise ValueError(f"{month} has {len(here)} lines, expected one for each of {count} districts")
        cases.append(Rivers(**columns))
    return cases


def borders(rows: Rows, among: Parties) -> list[Border]:
    """`upstream,downstream,month,class[,inflow_m3,mean_inflow_m3]`: one case a pair; class 1 to 6 of the water in a month, what came and what comes in the mean."""
    pairs = dict.fromkeys((row["upstream"], row["downstream"]) for row in rows)
    cases = []
    for up, down in pairs:
        here = [row for row in rows if (row["upstream"], row["downstream"]) == (up, down)]
        came, mean = (sum(int(row.get(name) or 0) for row in here) * LITRES for name in ("inflow_m3", "mean_inflow_m3"))
        cases.append(Border(upstream=party(up, among), downstream=party(down, among), classes=np.array([int(row["class"]) for row in here]),
                            inflow_litre=came, mean_inflow_litre=mean))  # fmt: skip
    return cases


def ecology(rows: Rows, among: Parties) -> list[Ecology]:
    """`district,index`: one case; weighted by people. Districts that are not named take no part."""
    index, weight = (np.zeros(len(among), dtype=np.int64) for _ in range(2))
    for row in rows:
        place = party(row["district"], among)
        index[place], weight[place] = int(row["index"]), int(among[place].number("population_2020"))
    return [Ecology(index=index, weight=weight)]


def moves(rows: Rows, among: Parties) -> list[Moves]:
    """`origin,host,before_cny,received_cny,year,tax_cny,led_by_government`: one case of all moved firms."""
    return [Moves(
        origin=_parties(rows, "origin", among), host=_parties(rows, "host", among), before_fen=_fen(rows, "before_cny"),
        received_fen=_fen(rows, "received_cny"), year=np.array([int(row["year"]) for row in rows]), tax_fen=_fen(rows, "tax_cny"),
        led_by_government=np.array([row["led_by_government"] == "1" for row in rows]))]


def enclaves(rows: Rows, among: Parties) -> list[Enclaves]:
    """`origin,host,tax_cny,cost_cny,value_added_cny`: one case of all projects."""
    return [Enclaves(
        origin=_parties(rows, "origin", among), host=_parties(rows, "host", among), tax_fen=_fen(rows, "tax_cny"), cost_fen=_fen(rows, "cost_cny"),
        amounts=_fen(rows, "value_added_cny")[None])]


def _parties(rows: Rows, column: str, among: Parties) -> np.ndarray:
    return np.array([party(row[column], among) for row in rows], dtype=np.int64)


def _fen(rows: Rows, column: str) -> np.ndarray:
    return np.array([int(row[column]) * 100 for row in rows], dtype=np.int64)


READERS = {"surface_water": rivers, "upstream": borders, "ecological": ecology, "tax_sharing": moves, "enclave": enclaves}
"""What reads the table of a rule."""
