"""Lab kind `linking`: regions with caps of their own, linked by ratios, costs and limits.

Runs marketsim.planner.linking, and marketsim.planner.merit for each region alone.
Source: Burtraw et al. (2013), Linking by Degrees, RFF DP 13-04.
"""

from fractions import Fraction

import numpy as np

from marketsim.lab.reading import Reader
from marketsim.planner.linking import Link, Regions, linked_caps
from marketsim.planner.merit import Piece, cheapest


def answer(problem: Reader) -> dict:
    """Return prices, flows, emissions and cost together, each region alone (null where impossible) and the gains."""
    problem.knows("regions", "links")
    regions = _regions(problem.objects("regions", least=1))
    links = [_link(link, regions.name) for link in problem.objects("links", default=[])]
    found, alone = linked_caps(regions, links), _alone(regions)
    gains = None if alone["total_cost"] is None else float(alone["total_cost"]) - found.total_cost
    return {"prices": found.price, "prices_low": _finite(found.price_low), "prices_high": _finite(found.price_high),
            "flows": found.flow, "total_cost": found.total_cost, "emissions": found.emissions, "autarky": alone, "gains": gains}


def _regions(rows: list[Reader]) -> Regions:
    caps = tuple(region.knows("cap", "firms").number("cap", least=0) for region in rows)
    firms = [(i, firm.knows("baseline", "mac", "max")) for i, region in enumerate(rows) for firm in region.objects("firms")]
    baseline = tuple(sum((f.number("baseline", least=0) for j, f in firms if j == i), Fraction(0)) for i in range(len(rows)))
    return Regions(name=tuple(region.name(str(i)) for i, region in enumerate(rows)), baseline=baseline, cap=caps,
                   pieces=tuple(_piece(i, firm) for i, firm in firms))


def _piece(region: int, firm: Reader) -> Piece:
    mac = firm.object("mac").knows("a", "b", "type")
    return Piece(owner=region, quantity=firm.number("max", firm.number("baseline", least=0), least=0), start=mac.number("a"),
                 slope=mac.number("b", least=0))


def _link(link: Reader, names: tuple[str, ...]) -> Link:
    link.knows("from", "to", "ratio", "cost", "limit")
    ratio = link.number("ratio", Fraction(1))
    if ratio <= 0:
        raise link.wrong("ratio", "a number above 0")
    return Link(start=_region(link, "from", names), end=_region(link, "to", names), ratio=ratio,
                cost=link.number("cost", Fraction(0), least=0), limit=link.number("limit", None, least=0))


def _region(link: Reader, key: str, names: tuple[str, ...]) -> int:
    value = link.get(key)
    if isinstance(value, str) and names.count(value) == 1:
        return names.index(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
        return value
    raise link.wrong(key, f"the name of a region, or its place from 0 to {len(names) - 1}")


def _alone(regions: Regions) -> dict:
    prices, cost = [], Fraction(0)
    for region, (baseline, cap) in enumerate(zip(regions.baseline, regions.cap, strict=True)):
        own = [piece for piece in regions.pieces if piece.owner == region]
        try:
            used = cheapest(own, baseline - cap)
        except ValueError:
            return {"prices": None, "total_cost": None}
        prices.append(used.price)
        cost += sum((p.cost(q) for p, q in zip(own, used.saved, strict=True)), Fraction(0))
    return {"prices": prices, "total_cost": cost}


def _finite(values: np.ndarray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
