"""A firm's compliance record: who defaults loses credit, and below a line may not trade, there or everywhere.

Formula: score' = clip(score − penalty × largest share short + recovery where all was met, 0, 100); barred in
a market where short there and score' < line; with `everywhere` barred in all markets.

Source: Tianjin 2019 paper (九): 跨地区信用管理; pilots bar defaulters from preferential finance for three years,
literature.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import multiply_divide, ratio, scale
from marketsim.policy.rule import Example, Rule, parameter

HUNDREDTHS = 100


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """How fast credit is lost and won, and where it counts."""

    penalty: float = parameter(
        50.0,
        unit="points per whole obligation",
        within=(0, 100),
        meaning="Credit lost when all of an obligation is missed.",
        meaning_zh="全部未履约时扣减的信用分。",
        source="judgement",
    )
    recovery: float = parameter(
        10.0,
        unit="points a year",
        within=(0, 100),
        meaning="Credit won back in a year without any shortfall.",
        meaning_zh="无违约年度恢复的信用分。",
        source="judgement",
    )
    line: float = parameter(
        60.0,
        unit="points",
        within=(0, 100),
        meaning="Below this a defaulter may not trade.",
        meaning_zh="低于此分不得交易。",
        source="judgement",
    )
    everywhere: bool = parameter(
        True,
        unit="-",
        meaning="A default in one market restricts trade in all of them.",
        meaning_zh="一处失信、处处受限。",
        source="Tianjin 2019 paper (九), official",
    )


@dataclass(frozen=True, kw_only=True)
class Record:
    """`score (firms,)` int64 in hundredths of a point; `due` and `shortfall (markets, firms)` int64 base
    units."""

    score: np.ndarray
    due: np.ndarray
    shortfall: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Credit:
    """New `score (firms,)` int64 in hundredths of a point and `barred (markets, firms)` bool."""

    score: np.ndarray
    barred: np.ndarray


def apply(parameters: Parameters, record: Record) -> Credit:
    """Return the credit after a day of surrender."""
    worst = multiply_divide(record.shortfall, 1_000_000, record.due).max(axis=0)
    lost = scale(worst, ratio(parameters.penalty) * HUNDREDTHS / 1_000_000)
    won = np.where((record.shortfall == 0).all(axis=0), int(ratio(parameters.recovery) * HUNDREDTHS), 0)
    score = np.clip(record.score - lost + won, 0, 100 * HUNDREDTHS)
    barred = (record.shortfall > 0) & (score < ratio(parameters.line) * HUNDREDTHS)
    return Credit(
        score=score,
        barred=np.broadcast_to(barred.any(axis=0), barred.shape).copy() if parameters.everywhere else barred,
    )


EXAMPLE = Example(
    given="Two firms with 80 points; the first misses half of its obligation in one of two markets (score in hundredths).",
    given_zh="两企业各80分，甲在两市场之一缺口一半（百分之一分）。",
    run=lambda: apply(
        Parameters(),
        Record(
            score=np.array([8000, 8000]),
            due=np.array([[100, 100], [50, 50]]),
            shortfall=np.array([[50, 0], [0, 0]]),
        ),
    ).score.tolist(),
    then=[5500, 9000],
)

RULE = Rule(
    name="credit_record",
    room="compliance",
    title_en="Compliance record",
    title_zh="履约信用",
    summary_zh="履约信用：违约扣分，低于界线不得在当地或各地交易。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
