"""What can be traded, as data: a unit, a lot, a tick and the rules of its venue."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One tradable right; what distinguishes one right from another stands here and nowhere else.

    `lot_base` base units make one lot; `tick_fen` fen per lot make one price tick, so lot × tick is whole fen.
    """

    key: str
    title_en: str
    title_zh: str
    base_unit: str
    trading_unit: str
    lot_base: int
    units_per_lot: int
    tick_fen: int
    counterfactual: bool = False

    def price_cny(self, tick: float) -> float:
        """Price in CNY per trading unit of a price in ticks."""
        return tick * self.tick_fen / (100 * self.units_per_lot)

    def tick(self, price_cny: float) -> int:
        """Nearest tick of a price in CNY per trading unit, at least one."""
        return max(1, round(price_cny * 100 * self.units_per_lot / self.tick_fen))

    @property
    def base_per_unit(self) -> int:
        """Base units in one trading unit (1,000 kg in a tonne)."""
        return self.lot_base // self.units_per_lot
