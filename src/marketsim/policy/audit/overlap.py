"""How instruments act on one another: cost and use together against each of them alone."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """`index` = cost together / sum of the costs alone (1: no interaction, below 1: they help each other);
    `waterbed`: the instruments whose use does not fall when another is added; `double_burden`: who pays
    more together than in the sum."""

    index: float | None
    waterbed: tuple[str, ...]
    double_burden: tuple[str, ...]


def interaction(
    together: Mapping[str, float],
    alone: Mapping[str, Mapping[str, float]],
    capped_use: Mapping[str, tuple[float, float]],
) -> Interaction:
    """Compare one run with every instrument with runs of each alone (the simulation makes them).

    `together`: party to cost; `alone`: instrument to party to cost; `capped_use`: instrument to (its use
    alone, its use together). Equal use under a cap that another instrument should relieve is the waterbed:
    only the price moves.
    """
    summed = {party: sum(costs.get(party, 0.0) for costs in alone.values()) for party in together}
    whole = sum(summed.values())
    return Interaction(
        index=sum(together.values()) / whole if whole else None,
        waterbed=tuple(name for name, (before, after) in capped_use.items() if after >= before),
        double_burden=tuple(party for party, cost in together.items() if cost > summed[party]),
    )
