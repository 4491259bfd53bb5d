"""Ways between regions: whose units are accepted where, at what ratio and up to how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True)
class Way:
    """One unit of `source` counts as `ratio` units in `target`; at most `quota_lots` a year (None: no limit)."""

    source: int
    target: int
    ratio: Fraction
    quota_lots: int | None
    fee_fen_per_lot: int


def ratio_cycle(ways: Sequence[Way], regions: int) -> tuple[int, ...] | None:
    """Return regions round which units multiply, first one repeated at the end, or None.

    A cycle of ratios whose product exceeds 1 makes rights from nothing and must be refused. Exact
    (fractions).
    """
    best: list[Fraction] = [Fraction(1)] * regions
    before: list[int] = [-1] * regions
    found = -1
    for _ in range(regions):
        found = -1
        for way in ways:
            if best[way.source] * way.ratio > best[way.target]:
                best[way.target] = best[way.source] * way.ratio
                before[way.target] = way.source
                found = way.target
        if found < 0:
            return None
    for _ in range(regions):  # walk back far enough to be on the cycle itself
        found = before[found]
    cycle = [found]
    while before[cycle[-1]] != found:
        cycle.append(before[cycle[-1]])
    return (found, *reversed(cycle[1:]), found)
