"""What of a withdrawal is consumed: a right that counts consumption is traded between uses in the ratio of their coefficients.

    counted = withdrawn × coefficient of the use,   so that one unit of seller s frees c_s / c_b units of withdrawal for buyer b

What is not consumed flows back to whoever is downstream; a sale can therefore not take from a third party.
Source: rule `consumption_ratio` of the room of links (China Water Resources Bulletin 2012).
"""

import numpy as np

from marketsim.domain.choices import Choices
from marketsim.domain.firms import NO_SECTOR, Firms
from marketsim.domain.region import City
from marketsim.errors import InputError
from marketsim.policy.exact import ratio
from marketsim.policy.links.consumption_ratio import Uses
from marketsim.simulation.hand_out import scale_rows
from marketsim.simulation.right import Right

MILLION = 10**6
BY_KIND = {"irrigation": "irrigation", "government": "urban"}
BY_GROUP = {"agriculture": "livestock", "households": "urban", "services": "urban", "transport": "urban"}
OTHERS = "industry"


def uses(firms: Firms, city: City) -> tuple[str, ...]:
    """The kind of use of every firm, by its kind of holder, else by the group of its sector."""
    groups = {sector.key: sector.group for sector in city.sectors}
    found = []
    for kind, sector in zip(firms.kind.tolist(), firms.sector.tolist(), strict=True):
        group = "" if sector == NO_SECTOR else groups[firms.sectors[sector]]
        found.append(BY_KIND.get(firms.kinds[kind]) or BY_GROUP.get(group, OTHERS))
    return tuple(found)


def consumed_ppm(firms: Firms, city: City, rights: tuple[Right, ...]) -> np.ndarray | None:
    """What a unit withdrawn counts in each right, (rights, firms) in parts per million; None where no right counts consumption.

    Raises: InputError where a rule limits the exchange, which a single price cannot.
    """
    if not any(right.consumption for right in rights):
        return None
    table = np.full((len(rights), len(firms)), MILLION, dtype=np.int64)
    used = uses(firms, city)
    for right in rights:
        if right.consumption is not None:
            table[right.index] = _column(right, used)
    return table


def _column(right: Right, used: tuple[str, ...]) -> np.ndarray:
    law = right.consumption
    if law.parameters.most is not None:
        raise InputError(f"markets.{right.key}.consumption.most: a market with one price cannot limit the exchange; leave it out")
    known = {use: int(ratio(law.parameters.coefficients[use]) * MILLION) for use in dict.fromkeys(used) if law.apply(Uses(seller=use, buyer=use))}
    return np.array([known[use] for use in used], dtype=np.int64)


def counted(choices: Choices, ppm: np.ndarray | None) -> np.ndarray:
    """Savings of measures as the rights count them. Shape (rights, choices)."""
    return choices.saving if ppm is None else np.array([scale_rows(saved, row[choices.firm]) for saved, row in zip(choices.saving, ppm, strict=True)])


def returned(withdrawn: np.ndarray, ppm: np.ndarray) -> np.ndarray:
    """What flows back of a counted use: use × (1 / coefficient − 1). Shapes (firms,) int64."""
    return scale_rows(withdrawn, MILLION * MILLION // ppm) - withdrawn
