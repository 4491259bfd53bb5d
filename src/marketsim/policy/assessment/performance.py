"""What districts were asked and what they did, as columns, and how far each target was met."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

GRADES_ZH = ("未完成", "基本完成", "完成", "超额完成")
GRADES_EN = ("missed", "basically met", "met", "exceeded")


@dataclass(frozen=True, kw_only=True)
class Performance:
    """Columns of an assessment, `(districts,)` int64.

    `needed` and `achieved`: fall of the intensity asked for and reached, in one unit (start − target, start −
    actual, or parts per million); `total_cap` and `total_use`: the total target and the use that counts
    against it; `measures`: points for measures in hundredths; `second_needed`, `second_achieved`: a second
    intensity where a scheme has one (industrial value added); `incentive_needed`: fall that earns the
    incentive; `zone (districts,)` index in `zones`.
    """

    needed: np.ndarray
    achieved: np.ndarray
    total_cap: np.ndarray
    total_use: np.ndarray
    measures: np.ndarray
    second_needed: np.ndarray | None = None
    second_achieved: np.ndarray | None = None
    incentive_needed: np.ndarray | None = None
    zone: np.ndarray | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """Result of an assessment: points in hundredths, vetoed bool, grade index in `GRADES_EN` and `GRADES_ZH`."""

    target_points: np.ndarray
    bonus_points: np.ndarray
    measures_points: np.ndarray
    points: np.ndarray
    vetoed: np.ndarray
    grade: np.ndarray


def fulfilment(needed: int, achieved: int) -> Fraction:
    """Return achieved / needed; where nothing was needed 1 when not missed, else 0."""
    if needed > 0:
        return Fraction(achieved, needed)
    return Fraction(1 if achieved >= needed else 0)


def total_fulfilment(cap: int, use: int) -> Fraction:
    """Return cap / use: at least 1 where the total target is met."""
    return Fraction(cap, use) if use > 0 else Fraction(1)


def grade_of(points: int, vetoed: bool, lines: tuple[int, int, int]) -> int:
    """Return the grade index for points in hundredths; `lines` are the least points of basically met, met,
    exceeded."""
    return 0 if vetoed else sum(points >= line for line in lines)
