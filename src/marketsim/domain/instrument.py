"""What can be traded, as data: a unit, a lot, a tick and the rules of its venue."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marketsim.domain.kept import kept
from marketsim.errors import InputError


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

    def ticks(self, price_cny: np.ndarray) -> np.ndarray:
        """`tick` of many prices, (n,) int64."""
        return np.maximum(1, np.rint(price_cny * 100 * self.units_per_lot / self.tick_fen)).astype(np.int64)

    @property
    def base_per_unit(self) -> int:
        """Base units in one trading unit (1,000 kg in a tonne)."""
        return self.lot_base // self.units_per_lot


@kept
def read_instrument(path: Path) -> tuple[Instrument, str]:
    """An instrument and the name of the meter it counts, from a file of configs/markets/. Raises InputError naming the file."""
    from ruamel.yaml import YAML

    try:
        text = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        return Instrument(
            key=path.stem, title_en=text["title"]["en"], title_zh=text["title"]["zh"], base_unit=text["base_unit"],
            trading_unit=text["trading_unit"], lot_base=int(text["lot_base"]), units_per_lot=int(text["units_per_lot"]),
            tick_fen=int(text["tick_fen"]), counterfactual=bool(text["counterfactual"]),
        ), str(text["meter"])  # fmt: skip
    except (KeyError, TypeError) as missing:
        raise InputError(f"{path}: an instrument needs the key {missing}") from None
