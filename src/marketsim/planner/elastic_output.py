"""The permit price when output answers to it: free rights for each unit made are a subsidy to output.

A sector sells at P = choke − slope·Q, makes a unit at `unit_cost` with `use_per_unit`, and saves s of it at cost s²/(2·ease),
so that s = ease·p at permit price p. Competition sets P = unit_cost + s²/(2·ease) + p·(use_per_unit − s − free_per_unit).
Source: Fischer (2001), Rebating environmental policy revenues, Resources for the Future DP 01-22.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_HALVINGS = 200  # more than a float has bits: the search ends at neighbouring floats


@dataclass(frozen=True, kw_only=True)
class Sector:
    """One product; `ease` is the saving per unit of output for each CNY of the permit price, 0 where nothing can be saved."""

    choke: float
    slope: float
    unit_cost: float
    use_per_unit: float
    ease: float = 0.0
    free_per_unit: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Permit `price`, `output` and `use` of every sector, (sectors,)."""

    price: float
    output: tuple[float, ...]
    use: tuple[float, ...]


def at_price(sectors: Sequence[Sector], price: float) -> Answer:
    """Return what sectors make and use at a given permit price."""
    output, use = [], []
    for sector in sectors:
        saved = min(sector.ease * price, sector.use_per_unit)
        saving_cost = saved * saved / (2 * sector.ease) if sector.ease else 0.0
        charge = price * (sector.use_per_unit - saved - sector.free_per_unit)
        made = max(0.0, (sector.choke - sector.unit_cost - saving_cost - charge) / sector.slope)
        output.append(made)
        use.append(made * (sector.use_per_unit - saved))
    return Answer(price=price, output=tuple(output), use=tuple(use))


def under_cap(sectors: Sequence[Sector], cap: float, highest_price: float) -> Answer:
    """Return the lowest permit price at which all use is within the cap, by halving.

    Raises: ValueError where even `highest_price` does not bring use down to the cap.
    """
    if sum(at_price(sectors, 0.0).use) <= cap:
        return at_price(sectors, 0.0)
    if sum(at_price(sectors, highest_price).use) > cap:
        raise ValueError(f"use exceeds the cap of {cap:g} even at the highest price, {highest_price:g}")
    low, high = 0.0, highest_price
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if sum(at_price(sectors, middle).use) > cap:
            low = middle
        else:
            high = middle
    return at_price(sectors, high)
