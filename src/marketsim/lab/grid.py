"""Lab kind `grid`: DC optimal power flow with a price at every bus.

Runs marketsim.markets.nodal.
Source: Schweppe et al. (1988), Spot Pricing of Electricity.
"""

import numpy as np

from marketsim.errors import InputError
from marketsim.lab.reading import Reader
from marketsim.markets.nodal import Generators, Network, NodalMarket


def answer(problem: Reader) -> dict:
    """Return nodal prices (with their intervals), dispatch, flows, objective and congestion rent."""
    problem.knows("buses", "lines", "gens")
    buses = [bus.knows("load") for bus in problem.objects("buses", least=1)]
    lines = [line.knows("from", "to", "x", "limit") for line in problem.objects("lines", default=[])]
    gens = [gen.knows("bus", "pmin", "pmax", "c1", "c2") for gen in problem.objects("gens", least=1)]
    last = len(buses) - 1
    network = Network(
        buses=len(buses), line_from=_indices(lines, "from", last), line_to=_indices(lines, "to", last),
        x=np.array([float(line.number("x")) for line in lines]),
        limit_mw=np.array([float(line.number("limit", float("inf"), least=0)) for line in lines]))
    fleet = Generators(
        bus=_indices(gens, "bus", last), p_min_mw=np.array([float(gen.number("pmin", 0)) for gen in gens]),
        p_max_mw=np.array([float(gen.number("pmax")) for gen in gens]),
        c1=np.array([float(gen.number("c1")) for gen in gens]), c2=np.array([float(gen.number("c2", 0, least=0)) for gen in gens]))
    for gen, low, high in zip(gens, fleet.p_min_mw, fleet.p_max_mw, strict=True):
        if low > high:
            raise InputError(f"{gen.place('pmax')}: expected at least pmin = {low:g}, got {high:g}")
    found = NodalMarket(network, fleet).clear(np.array([float(bus.number("load")) for bus in buses]))
    return {"lmp": found.price, "lmp_low": _finite(found.price_low), "lmp_high": _finite(found.price_high),
            "dispatch": found.dispatch_mw, "flows": found.flow_mw, "objective": found.objective,
            "congestion_rent": found.congestion_rent}


def _indices(rows: list[Reader], key: str, last: int) -> np.ndarray:
    return np.array([row.whole(key, least=0, most=last) for row in rows], dtype=np.int64)


def _finite(values: np.ndarray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
