"""Ways between regions: whose units are accepted where, at what ratio and up to how much."""

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
