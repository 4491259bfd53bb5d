"""Daily price limits around the last close, and a floor and a ceiling in force at all times.

Formula: low, high = close ∓ round(close × limit) in ticks, half up, both kept within [floor, ceiling]; the
band is at least one tick wide on either side, so that a thin day cannot freeze a price.

Source: exchange rules: ±10 % online spot, ±30 % for block trades above 200,000 t (recalled); national
exchange the same.
"""

import math
from dataclasses import dataclass

from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, in_order, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Width of the band, the block rule, floor and ceiling."""

    limit_pct: float = parameter(
        10.0,
        unit="%",
        within=(0, 100),
        meaning="Largest move of a day in the session.",
        meaning_zh="涨跌幅限制。",
        source="exchange rules, recalled",
    )
    block_limit_pct: float = parameter(
        30.0,
        unit="%",
        within=(0, 100),
        meaning="Largest distance of a block trade from the last close.",
        meaning_zh="大宗协议价格幅度。",
        source="exchange rules, recalled",
    )
    block_lots: int = parameter(
        200_000,
        unit="lots",
        within=(1, None),
        meaning="A trade of more lots than this is a block trade.",
        meaning_zh="大宗交易门槛（手）。",
        source="exchange rules, recalled",
    )
    floor_cny_per_lot: float | None = parameter(
        None,
        unit="CNY per lot",
        within=(0, None),
        meaning="No order below this price; empty means none.",
        meaning_zh="价格下限；空为不设。",
        source="design choice",
    )
    ceiling_cny_per_lot: float | None = parameter(
        None,
        unit="CNY per lot",
        within=(0, None),
        meaning="No order above this price; empty means none.",
        meaning_zh="价格上限；空为不设。",
        source="design choice",
    )

    def __post_init__(self):
        """Raises: RuleError where the floor lies above the ceiling."""
        in_order(self, "floor_cny_per_lot", "ceiling_cny_per_lot")


@dataclass(frozen=True, kw_only=True)
class Close:
    """Last close in ticks, the size of a tick, and how large the trade is (0 for orders of the session)."""

    tick: int
    tick_fen_per_lot: int
    lots: int = 0


def apply(parameters: Parameters, close: Close) -> tuple[int, int]:
    """Return the lowest and the highest tick allowed, both inclusive and at least 1."""
    block = close.lots > parameters.block_lots
    limit = ratio(parameters.block_limit_pct if block else parameters.limit_pct)
    hundred = 100 * limit.denominator
    reach = max(1, (2 * limit.numerator * close.tick + hundred) // (2 * hundred))
    low, high = max(1, close.tick - reach), close.tick + reach
    if parameters.floor_cny_per_lot is not None:
        least = math.ceil(ratio(parameters.floor_cny_per_lot) * 100 / close.tick_fen_per_lot)
        low, high = max(low, least), max(high, least)
    if parameters.ceiling_cny_per_lot is not None:
        most = max(1, math.floor(ratio(parameters.ceiling_cny_per_lot) * 100 / close.tick_fen_per_lot))
        low, high = min(low, most), min(high, most)
    return low, high


EXAMPLE = Example(
    given="Last close 25.00 CNY (2,500 ticks of 0.01), ±10 %.",
    given_zh="前收25.00元（0.01元为一档，2500档），±10%。",
    run=lambda: apply(Parameters(), Close(tick=2500, tick_fen_per_lot=1)),
    then=(2250, 2750),
)

RULE = Rule(
    name="price_band",
    room="stability",
    title_en="Daily price limits",
    title_zh="涨跌幅限制",
    summary_zh="以前收盘价为准的涨跌幅，以及始终有效的上下限价格。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
