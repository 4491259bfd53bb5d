"""One right of a run: its instrument, its law and its places in the ledger, put together once at the founding."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

from marketsim.domain.instrument import Instrument
from marketsim.policy.rule import Rule
from marketsim.scenario.schema import Market


@dataclass(frozen=True, kw_only=True)
class Law:
    """A rule of law with the parameters of this run, ready to be applied to columns."""

    rule: Rule
    parameters: object

    def apply(self, subject):
        """What the rule says of `subject`, the record of columns its room reads."""
        return self.rule.apply(self.parameters, subject)


@dataclass(frozen=True, kw_only=True)
class Right:
    """One right: `index` is its row in every (rights, firms) array, `asset` and `offset_asset` its rows in the ledger."""

    key: str
    index: int
    instrument: Instrument
    market: Market
    allocation: Law
    compliance: Law
    band: Law
    correction: Law | None = None
    entrants: Law | None = None
    stability: Law | None = None
    consumption: Law | None = None
    sale: Law | None = None
    asset: int
    offset_asset: int
    government: int

    @cached_property
    def ceiling_cny(self) -> float:
        """What an uncovered unit costs in the end, in CNY per trading unit."""
        return self.per_unit_cny(self.market.shortfall_price.value)

    def per_unit_cny(self, fen_per_base: Fraction) -> float:
        """CNY per trading unit of a price in fen per base unit."""
        return _cny(fen_per_base, self.instrument.base_per_unit)

    def units(self, base):
        """Trading units of an amount in base units (scalar or array)."""
        return base / self.instrument.base_per_unit


@lru_cache(maxsize=256)
def _cny(fen_per_base: Fraction, base_per_unit: int) -> float:
    return float(fen_per_base * base_per_unit / 100)
