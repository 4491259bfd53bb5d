"""Points for sector departments: this year's target and the progress over the whole plan.

Formula: year met and progress met 60; year missed, progress met 55; year met, progress behind 40; both missed
0 and a veto.

Source: department form of the 国发〔2007〕36号 family, literature.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Points of the three cases that earn any."""

    both: float = parameter(
        60.0,
        unit="points",
        within=(0, 100),
        meaning="Year and progress both met.",
        meaning_zh="年度与进度均完成。",
        source="department form, literature",
    )
    progress_only: float = parameter(
        55.0,
        unit="points",
        within=(0, 100),
        meaning="Year missed, progress met.",
        meaning_zh="年度未完成、进度完成。",
        source="department form, literature",
    )
    year_only: float = parameter(
        40.0,
        unit="points",
        within=(0, 100),
        meaning="Year met, progress behind.",
        meaning_zh="年度完成、进度滞后。",
        source="department form, literature",
    )


@dataclass(frozen=True, kw_only=True)
class Years:
    """`needed`, `achieved`: this year's fall of intensity; `needed_so_far`, `achieved_so_far`: since the plan
    began; int64."""

    needed: np.ndarray
    achieved: np.ndarray
    needed_so_far: np.ndarray
    achieved_so_far: np.ndarray


def apply(parameters: Parameters, years: Years) -> np.ndarray:
    """Return points in hundredths, `(districts,)` int64; 0 is a veto."""
    year, plan = years.achieved >= years.needed, years.achieved_so_far >= years.needed_so_far
    both, progress_only, year_only = (
        round(points * 100) for points in (parameters.both, parameters.progress_only, parameters.year_only)
    )
    return np.select([year & plan, plan, year], [both, progress_only, year_only], 0)


EXAMPLE = Example(
    given="Four departments: both met, only progress, only the year, neither (hundredths of a point).",
    given_zh="四部门：均完成、仅进度、仅年度、均未完成（百分之一分）。",
    run=lambda: apply(
        Parameters(),
        Years(
            needed=np.array([3, 3, 3, 3]),
            achieved=np.array([3, 2, 4, 1]),
            needed_so_far=np.array([9, 9, 9, 9]),
            achieved_so_far=np.array([9, 9, 8, 7]),
        ),
    ).tolist(),
    then=[6000, 5500, 4000, 0],
)

RULE = Rule(
    name="progress",
    room="assessment",
    title_en="Year and progress",
    title_zh="年度与进度评分",
    summary_zh="部门评分：年度目标与规划进度。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
