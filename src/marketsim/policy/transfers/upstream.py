"""Downstream pays upstream when the water at the border is clean enough, and more for more of it.

Formula: pay = base where the quality test holds, else 0, plus bonus × max(0, inflow − mean inflow); the test:
class ≤ monthly class in every month, or mean class ≤ yearly class.

Source: Luan-Tianjin 2016 (class III every month or class II as yearly mean, official; 100 M CNY a year each
from Tianjin and Hebei, recalled); Chaobai-Miyun 2018 (quality, quantity, behaviour; 300 M CNY in the first
year, official).
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import ratio, total
from marketsim.policy.rule import Example, Rule, parameter
from marketsim.policy.transfers.payments import Payments, payments


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Amounts and the quality test."""

    base_cny: float = parameter(
        100_000_000.0,
        unit="CNY a year",
        within=(0, None),
        meaning="What downstream pays when the test holds.",
        meaning_zh="水质达标时下游年度补偿额。",
        source="Luan-Tianjin 2016-18, recalled",
    )
    monthly_class: int = parameter(
        3,
        unit="class",
        within=(1, 6),
        meaning="Worst class allowed in any month.",
        meaning_zh="逐月水质类别上限。",
        source="Luan-Tianjin 2016, official",
    )
    yearly_class: int = parameter(
        2,
        unit="class",
        within=(1, 6),
        meaning="Worst mean class that passes instead.",
        meaning_zh="年均水质类别上限。",
        source="Luan-Tianjin 2016, official",
    )
    bonus_cny_per_1000m3: float = parameter(
        0.0,
        unit="CNY per 1,000 m3",
        within=(0, None),
        meaning="Paid for each unit above the mean inflow.",
        meaning_zh="超过多年平均来水的奖励单价。",
        source="Chaobai 2018: more water more reward, official; amount not retrieved",
    )


@dataclass(frozen=True, kw_only=True)
class Border:
    """`upstream`, `downstream`: parties; `classes (months,)` int64 1 to 6; inflow and its mean in litres."""

    upstream: int
    downstream: int
    classes: np.ndarray
    inflow_litre: int = 0
    mean_inflow_litre: int = 0


def apply(parameters: Parameters, border: Border) -> Payments:
    """Return the payment of a year, none when the test fails and no more water came."""
    clean = (border.classes <= parameters.monthly_class).all() or (
        total(border.classes) <= parameters.yearly_class * len(border.classes)
    )
    more = max(0, border.inflow_litre - border.mean_inflow_litre)
    fen = int(ratio(parameters.base_cny) * 100) * int(clean)
    fen += int(ratio(parameters.bonus_cny_per_1000m3) * 100 * more / 1_000_000)
    return payments([border.downstream], [border.upstream], [fen], "upstream compensation")


EXAMPLE = Example(
    given="Party 1 lies below party 0; class III in all twelve months (fen, the treasury last).",
    given_zh="乙（下游）与甲（上游），全年各月III类（分，末位为财政）。",
    run=lambda: (
        apply(Parameters(), Border(upstream=0, downstream=1, classes=np.full(12, 3))).net_fen(2).tolist()
    ),
    then=[10_000_000_000, -10_000_000_000, 0],
)

RULE = Rule(
    name="upstream",
    room="transfers",
    title_en="Upstream compensation",
    title_zh="上下游横向生态补偿",
    summary_zh="界断面水质达标时下游补偿上游，来水多则奖励多。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
