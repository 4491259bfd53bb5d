"""Who claims rights, as columns: use, output, sector, weights, and the cap over all."""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import fit_to_cap
from marketsim.policy.rule import RuleError


@dataclass(frozen=True, kw_only=True)
class Claimants:
    """Columns a rule of allocation may read; amounts in base units of the right, int64.

    `covered (firms,)` bool; `use (years, firms)` of the base years, oldest first; `output (years, firms)` and
    `output_now (firms,)` in any one unit of output; `sector (firms,)` index in `sectors`; `population (firms,)`, `area_m2 (firms,)`
    and `value_added_fen (firms,)` as weights; `entrant (firms,)` bool; `months (firms,)` operated in the last base year; `received (firms,)` free amount of the year and
    `verified (firms,)` its use; `power`: columns of the national form for power plants; `cap`: what all grants
    together may not exceed, None where nothing limits them.
    """

    covered: np.ndarray
    use: np.ndarray | None = None
    output: np.ndarray | None = None
    output_now: np.ndarray | None = None
    sector: np.ndarray | None = None
    sectors: tuple[str, ...] = ()
    population: np.ndarray | None = None
    area_m2: np.ndarray | None = None
    value_added_fen: np.ndarray | None = None
    entrant: np.ndarray | None = None
    months: np.ndarray | None = None
    received: np.ndarray | None = None
    verified: np.ndarray | None = None
    power: object | None = None
    cap: int | None = None

    def need(self, name: str) -> np.ndarray:
        """Return a column. Raises: RuleError naming the column when the claimants do not carry it."""
        column = getattr(self, name)
        if column is None:
            raise RuleError(
                f"this rule of allocation needs the column `{name}`, which these claimants do not carry"
            )
        return column

    def need_cap(self) -> int:
        """Return the cap. Raises: RuleError when there is none, since the rule has nothing to split."""
        if self.cap is None:
            raise RuleError("this rule of allocation splits a cap, and no cap is given")
        return self.cap

    def per_sector(self, values: dict, default: float) -> list:
        """Return one number for each of `sectors`. Raises: RuleError for a sector that does not exist."""
        strange = [name for name in values if name not in self.sectors]
        if strange:
            raise RuleError(f"no sector named {', '.join(strange)}; there are {', '.join(self.sectors)}")
        return [values.get(name, default) for name in self.sectors]

    def grant(self, amounts: np.ndarray) -> np.ndarray:
        """Return `amounts` with nothing for those not covered, shrunk to the cap. Shapes: `(firms,)` int64."""
        claimed = np.where(self.covered, np.maximum(amounts, 0), 0).astype(np.int64)
        return claimed if self.cap is None else fit_to_cap(claimed, self.cap)


class Verified(Claimants):
    """Claimants after the verification, with `received` and `verified`; what a rule of correction reads."""


class Entrants(Claimants):
    """Claimants of whom some are new, with `entrant`; what a rule about new entrants reads."""


class Plants(Claimants):
    """Power plants in a market of their own, with `power`; what the national form reads."""
