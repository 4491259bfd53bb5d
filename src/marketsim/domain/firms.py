"""Firms as one table: a row a holder of rights or a rest of a cell, a column an array."""

from dataclasses import dataclass, fields, replace

import numpy as np

from marketsim.domain.region import added
from marketsim.errors import InputError

RESIDUAL = "residual"
NO_SECTOR = -1
MAX_RANK = 10**7
"""The last digits of an id count the holders of one kind in one cell."""


@dataclass(frozen=True, kw_only=True)
class Firms:
    """Holders of rights and, with kind `residual`, what no holder of a cell carries; rows are in the order of `id`.

    `region` is an adcode, `sector` indexes `sectors` (-1: a holder of several sectors), `kind` indexes `kinds`. Amounts are
    yearly, in base units: `direct` (rights, firms) is use without what power adds, `power_kwh` (firms,) is power used,
    `factor_per_gwh` (rights,) is what a GWh adds. `covered` (rights, firms): the right must be surrendered for the use.
    """

    id: np.ndarray
    region: np.ndarray
    sector: np.ndarray
    sectors: tuple[str, ...]
    kind: np.ndarray
    kinds: tuple[str, ...]
    rights: tuple[str, ...]
    direct: np.ndarray
    power_kwh: np.ndarray
    factor_per_gwh: np.ndarray
    covered: np.ndarray
    value_added_fen: np.ndarray

    def __len__(self) -> int:
        return len(self.id)

    def use(self) -> np.ndarray:
        """Yearly use of each right, what power adds included. Shape (rights, firms), base units."""
        rows = [direct + added(self.power_kwh, factor) for direct, factor in zip(self.direct, self.factor_per_gwh.tolist(), strict=True)]
        return np.array(rows, dtype=np.int64).reshape(self.direct.shape)

    def is_kind(self, kind: str) -> np.ndarray:
        """Which rows are of `kind`. Shape (firms,) bool."""
        return self.kind == (self.kinds.index(kind) if kind in self.kinds else -1)

    def names(self) -> list[str]:
        """A made-up name a row, such as `120116-steel-1`: region, sector or kind, number within both."""
        columns = (self.region.tolist(), self.kind.tolist(), self.sector.tolist(), (self.id % MAX_RANK).tolist())
        return [self._called(*row) for row in zip(*columns, strict=True)]

    def name(self, row: int) -> str:
        """The made-up name of one row."""
        return self._called(*map(int, (self.region[row], self.kind[row], self.sector[row], self.id[row] % MAX_RANK)))

    def names_differ(self) -> bool:
        """Whether no two rows are called the same: what a name leaves out of the id is the kind, but of residual rows and holders of several sectors."""
        told = np.where(self.sector == NO_SECTOR, 2 + self.kind.astype(np.int64), self.is_kind(RESIDUAL))
        told = np.sort(self.id % 10**15 + 10**15 * told, kind="stable")
        return bool((told[1:] != told[:-1]).all())

    def _called(self, region: int, kind: int, sector: int, number: int) -> str:
        what = self.kinds[kind] if sector == NO_SECTOR else self.sectors[sector] + (f"-{RESIDUAL}" if self.kinds[kind] == RESIDUAL else "")
        return f"{region}-{what}-{number}"

    def take(self, rows: np.ndarray) -> "Firms":
        """The given rows (positions or a mask), in the given order."""
        picked = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("factor_per_gwh",)}
        columns = {name: column[..., rows] for name, column in picked.items() if isinstance(column, np.ndarray)}
        return replace(self, **columns)

    def for_rights(self, rights: tuple[str, ...]) -> "Firms":
        """The same firms, rows and ids with only these rights, in this order. Raises InputError for an unknown right."""
        unknown = [right for right in rights if right not in self.rights]
        if unknown:
            raise InputError(f"firms have no right {unknown[0]!r}; they have {', '.join(self.rights)}")
        rows = [self.rights.index(right) for right in rights]
        return replace(
            self, rights=tuple(rights), direct=self.direct[rows], factor_per_gwh=self.factor_per_gwh[rows], covered=self.covered[rows]
        )
