"""A reserve that sells above one mean price, and withholds or buys back below another.

Formula: mean > high: sell release × reserve at the trigger; mean < low: withhold share × next auction and buy
back min(share × circulating, budget / low) at the trigger; in between nothing.

Source: pilots: government reserve 6-8 % of the cap, may auction, sell at a fixed price or buy back (Tianjin
2018, literature); EMLab's and the EU's reserve act on volumes instead.
"""

import math
from dataclasses import dataclass

from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, in_order, parameter
from marketsim.policy.stability.intervention import Intervention, Market


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Triggers and what each of them moves."""

    high_cny_per_lot: float = parameter(
        60.0,
        unit="CNY per lot",
        within=(0, None),
        meaning="Above this mean price the reserve sells.",
        meaning_zh="均价高于此则投放储备。",
        source="effective ceiling of the default scenario, assumption",
    )
    low_cny_per_lot: float = parameter(
        15.0,
        unit="CNY per lot",
        within=(0, None),
        meaning="Below this mean price supply is taken back.",
        meaning_zh="均价低于此则回收。",
        source="assumption",
    )
    release: float = parameter(
        0.25,
        unit="of the reserve",
        within=(0, 1),
        meaning="Share of the reserve sold at one trigger.",
        meaning_zh="每次投放占储备比例。",
        source="assumption",
    )
    withhold: float = parameter(
        0.5,
        unit="of the next auction",
        within=(0, 1),
        meaning="Share of the next auction withheld.",
        meaning_zh="下次拍卖缩减比例。",
        source="assumption",
    )
    buy_back: float = parameter(
        0.02,
        unit="of lots circulating",
        within=(0, 1),
        meaning="Lots bought back at the low trigger, as far as money goes.",
        meaning_zh="低价回购占流通量比例（以资金为限）。",
        source="Tianjin 2018: buy-back allowed, literature; size assumed",
    )

    def __post_init__(self):
        """Raises: RuleError where the low trigger lies above the high one."""
        in_order(self, "low_cny_per_lot", "high_cny_per_lot")


def apply(parameters: Parameters, market: Market) -> Intervention:
    """Return what the regulator does after these days."""
    high, low = (
        math.floor(ratio(price) * 100) for price in (parameters.high_cny_per_lot, parameters.low_cny_per_lot)
    )
    if market.mean_fen_per_lot > high:
        return Intervention(
            sell_lots=math.floor(ratio(parameters.release) * market.reserve_lots), sell_fen_per_lot=high
        )
    if market.mean_fen_per_lot < low:
        wanted = math.floor(ratio(parameters.buy_back) * market.circulating_lots)
        return Intervention(
            buy_lots=min(wanted, market.budget_fen // low),
            buy_fen_per_lot=low,
            withhold_lots=math.floor(ratio(parameters.withhold) * market.auction_lots),
        )
    return Intervention()


EXAMPLE = Example(
    given="The mean price is 72 CNY and the reserve holds 4.5 million lots.",
    given_zh="均价72元，储备450万手。",
    run=lambda: apply(Parameters(), Market(mean_fen_per_lot=7200, reserve_lots=4_500_000)),
    then=Intervention(sell_lots=1_125_000, sell_fen_per_lot=6000),
)

RULE = Rule(
    name="reserve_triggers",
    room="stability",
    title_en="Reserve with price triggers and buy-back",
    title_zh="价格触发的储备投放与回购",
    summary_zh="均价过高时投放储备，过低时缩减拍卖并回购。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
