"""What a grade means for the next year: approval stop, funds, extra quota.

Formula: missed: new capacity × approval_missed, funds × funds_missed; exceeded: quota × (1 + extra_quota),
funds × funds_exceeded; other grades change nothing.

Source: 区域限批, funds, praise and quota reward (recalled); the factors are a choice.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.assessment.performance import GRADES_EN
from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, parameter

PPM = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Factors of the next year."""

    approval_missed: float = parameter(
        0.0,
        unit="of new capacity",
        within=(0, 1),
        meaning="New capacity that may still be approved after a miss.",
        meaning_zh="未完成地区次年新增产能批准比例（区域限批）。",
        source="区域限批, recalled",
    )
    funds_missed: float = parameter(
        0.8,
        unit="of funds",
        within=(0, 1),
        meaning="Funds that a district keeps after a miss.",
        meaning_zh="未完成地区保留资金比例。",
        source="assumption",
    )
    funds_exceeded: float = parameter(
        1.1,
        unit="of funds",
        within=(1, 2),
        meaning="Funds of a district that exceeded its target.",
        meaning_zh="超额完成地区资金系数。",
        source="assumption",
    )
    extra_quota: float = parameter(
        0.02,
        unit="of the quota",
        within=(0, 1),
        meaning="Extra quota of a district that exceeded its target.",
        meaning_zh="超额完成地区奖励指标。",
        source="assumption",
    )


@dataclass(frozen=True, kw_only=True)
class Grades:
    """Grade of each district as an index in `GRADES_EN`, `(districts,)` int64."""

    grade: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Consequences:
    """Factors of the next year in parts per million, `(districts,)` int64: new capacity, funds, quota."""

    new_capacity_ppm: np.ndarray
    funds_ppm: np.ndarray
    quota_ppm: np.ndarray


def apply(parameters: Parameters, grades: Grades) -> Consequences:
    """Return the factors of the next year."""
    missed, exceeded = grades.grade == GRADES_EN.index("missed"), grades.grade == GRADES_EN.index("exceeded")

    def factors(when_missed, when_exceeded) -> np.ndarray:
        return np.select(
            [missed, exceeded], [int(ratio(when_missed) * PPM), int(ratio(when_exceeded) * PPM)], PPM
        )

    return Consequences(
        new_capacity_ppm=factors(parameters.approval_missed, 1),
        funds_ppm=factors(parameters.funds_missed, parameters.funds_exceeded),
        quota_ppm=factors(1, 1 + ratio(parameters.extra_quota)),
    )


EXAMPLE = Example(
    given="Three districts: missed, met, exceeded; the factor on new capacity in parts per million.",
    given_zh="三区：未完成、完成、超额完成；新增产能系数（百万分之一）。",
    run=lambda: apply(Parameters(), Grades(grade=np.array([0, 2, 3]))).new_capacity_ppm.tolist(),
    then=[0, 1_000_000, 1_000_000],
)

RULE = Rule(
    name="consequences",
    room="assessment",
    title_en="Consequences in the next year",
    title_zh="考核结果运用",
    summary_zh="等级对次年的影响：限批、资金、奖励指标。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
