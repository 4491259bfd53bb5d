"""A price ceiling and a floor held by standing offers of the regulator.

Formula: sell min(limit × circulating, reserve or unlimited) at the ceiling; buy min(limit × circulating,
budget / floor) at the floor; a floor in an auction is its reserve price.

Source: price collar (Roberts and Spence 1976, recalled); Tianjin 2018: the government may auction, sell at a
fixed price or buy back, literature.
"""

import math
from dataclasses import dataclass

from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, in_order, parameter
from marketsim.policy.stability.intervention import Intervention, Market


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The two prices and how much stands behind them."""

    ceiling_cny_per_lot: float | None = parameter(
        None,
        unit="CNY per lot",
        within=(0, None),
        meaning="Price at which the regulator sells; empty means none.",
        meaning_zh="政府出售价（上限）；空为不设。",
        source="design choice",
    )
    floor_cny_per_lot: float | None = parameter(
        None,
        unit="CNY per lot",
        within=(0, None),
        meaning="Price at which the regulator buys; empty means none.",
        meaning_zh="政府回购价（下限）；空为不设。",
        source="design choice",
    )
    limit: float = parameter(
        1.0,
        unit="of lots circulating",
        within=(0, 10),
        meaning="Most that stands behind either price.",
        meaning_zh="单边干预量上限。",
        source="design choice; 1 means practically unlimited",
    )
    from_reserve: bool = parameter(
        True,
        unit="-",
        meaning="Only what the reserve holds is sold; otherwise new units are issued and the cap gives way.",
        meaning_zh="仅出售储备；否则增发，突破总量。",
        source="hard or soft ceiling, design choice",
    )

    def __post_init__(self):
        """Raises: RuleError where the floor lies above the ceiling."""
        in_order(self, "floor_cny_per_lot", "ceiling_cny_per_lot")


def apply(parameters: Parameters, market: Market) -> Intervention:
    """Return the standing offers."""
    most = math.floor(ratio(parameters.limit) * market.circulating_lots)
    sell = buy = ceiling = floor = 0
    if parameters.ceiling_cny_per_lot is not None:
        ceiling = math.floor(ratio(parameters.ceiling_cny_per_lot) * 100)
        sell = min(most, market.reserve_lots) if parameters.from_reserve else most
    if parameters.floor_cny_per_lot is not None:
        floor = math.ceil(ratio(parameters.floor_cny_per_lot) * 100)
        buy = min(most, market.budget_fen // floor) if floor else most
    return Intervention(sell_lots=sell, sell_fen_per_lot=ceiling, buy_lots=buy, buy_fen_per_lot=floor)


EXAMPLE = Example(
    given="Ceiling 60 CNY, 1,000 lots circulate, the reserve holds 45.",
    given_zh="上限60元，流通1000手，储备45手。",
    run=lambda: apply(
        Parameters(ceiling_cny_per_lot=60.0),
        Market(mean_fen_per_lot=5000, reserve_lots=45, circulating_lots=1000),
    ),
    then=Intervention(sell_lots=45, sell_fen_per_lot=6000),
)

RULE = Rule(
    name="standing_offers",
    room="stability",
    title_en="Floor and ceiling by standing offers",
    title_zh="上下限价格的固定价买卖",
    summary_zh="主管部门以固定价买卖，维持价格上下限。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
