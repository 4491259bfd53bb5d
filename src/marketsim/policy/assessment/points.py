"""Points for targets and measures, a veto for a missed target, and a grade.

Formula: target points = P × floor(10 r) / 10 for r = achieved / needed in [0.5, 1), 0 below one half, P from
1 up, with a bonus for each full tenth above 1; points = intensity + total + measures + bonus; a missed
intensity target vetoes.

Source: provincial model of 国发〔2007〕36号 (40 + 60, grades 95/80/60, veto), official; county variant (40, 36, …
20, 0; +3 a tenth, at most 9), official; city variants 30 + 10 + 60 and 50 + 50, official; the split of total
and intensity after 2016 was not found, 20 + 20 is an assumption.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.assessment.performance import (
    Assessment,
    Performance,
    fulfilment,
    grade_of,
    total_fulfilment,
)
from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Points, bonus, veto and the lines between grades."""

    intensity_points: float = parameter(
        40.0,
        unit="points",
        within=(0, 100),
        meaning="Points for the intensity target.",
        meaning_zh="强度目标分值。",
        source="provincial and county models 40, official; 20 after 2016, assumption",
    )
    total_points: float = parameter(
        0.0,
        unit="points",
        within=(0, 100),
        meaning="Points for the total target.",
        meaning_zh="总量目标分值。",
        source="provincial model has none; 20 after 2016, assumption",
    )
    second_points: float = parameter(
        0.0,
        unit="points",
        within=(0, 100),
        meaning="Points for a second intensity (industrial value added).",
        meaning_zh="第二强度指标（工业增加值能耗）分值。",
        source="city variant with two indicators: 10, official",
    )
    bonus_per_tenth: float = parameter(
        3.0,
        unit="points",
        within=(0, 20),
        meaning="Bonus for each full 10 % above the intensity target.",
        meaning_zh="强度每超额10%的加分。",
        source="county 3, city 1, official",
    )
    bonus_most: float = parameter(
        9.0,
        unit="points",
        within=(0, 50),
        meaning="Most the bonus can be.",
        meaning_zh="加分上限。",
        source="county 9, city 5, official",
    )
    measures_most: float = parameter(
        60.0,
        unit="points",
        within=(0, 100),
        meaning="Most that measures can earn.",
        meaning_zh="措施分上限。",
        source="provincial 60, city variant 50, official",
    )
    intensity_veto: bool = parameter(
        True,
        unit="-",
        meaning="A missed intensity target means missed, whatever the points.",
        meaning_zh="强度未达标一票否决。",
        source="国发〔2007〕36号 family, official",
    )
    total_veto: bool = parameter(
        False,
        unit="-",
        meaning="A missed total target means missed, whatever the points.",
        meaning_zh="总量未达标一票否决。",
        source="design choice",
    )
    incentive_exempts: bool = parameter(
        False,
        unit="-",
        meaning="A district that meets its incentive target is not judged by the total.",
        meaning_zh="完成激励目标的免予总量考核。",
        source="2021 reform, official",
    )
    exceeded_line: float = parameter(
        95.0,
        unit="points",
        within=(0, 200),
        meaning="Least points for exceeded.",
        meaning_zh="超额完成最低分。",
        source="国发〔2007〕36号 family, official",
    )
    met_line: float = parameter(
        80.0,
        unit="points",
        within=(0, 200),
        meaning="Least points for met.",
        meaning_zh="完成最低分。",
        source="国发〔2007〕36号 family, official",
    )
    basic_line: float = parameter(
        60.0,
        unit="points",
        within=(0, 200),
        meaning="Least points for basically met.",
        meaning_zh="基本完成最低分。",
        source="国发〔2007〕36号 family, official",
    )


def _hundredths(points: float) -> int:
    return int(ratio(points) * 100)


def _stepped(most: float, reached) -> int:
    """Points for a fulfilment in steps of a tenth, in hundredths."""
    if reached >= 1:
        return _hundredths(most)
    return 0 if 2 * reached < 1 else _hundredths(most) * int(10 * reached) // 10


def apply(parameters: Parameters, performance: Performance) -> Assessment:
    """Return points, veto and grade of every district."""
    lines = tuple(map(_hundredths, (parameters.basic_line, parameters.met_line, parameters.exceeded_line)))
    rows = []
    for place in range(len(performance.needed)):
        intensity = fulfilment(int(performance.needed[place]), int(performance.achieved[place]))
        whole = total_fulfilment(int(performance.total_cap[place]), int(performance.total_use[place]))
        if parameters.incentive_exempts and performance.incentive_needed is not None:
            whole = (
                max(whole, 1) if performance.achieved[place] >= performance.incentive_needed[place] else whole
            )
        target = _stepped(parameters.intensity_points, intensity) + _stepped(parameters.total_points, whole)
        if performance.second_needed is not None:
            target += _stepped(
                parameters.second_points,
                fulfilment(int(performance.second_needed[place]), int(performance.second_achieved[place])),
            )
        over = max(0, int(10 * (intensity - 1)))
        bonus = min(_hundredths(parameters.bonus_most), over * _hundredths(parameters.bonus_per_tenth))
        measures = min(int(performance.measures[place]), _hundredths(parameters.measures_most))
        vetoed = (parameters.intensity_veto and intensity < 1) or (parameters.total_veto and whole < 1)
        points = target + bonus + measures
        rows.append((target, bonus, measures, points, vetoed, grade_of(points, vetoed, lines)))
    target, bonus, measures, points, vetoed, grade = (np.array(column) for column in zip(*rows, strict=True))
    return Assessment(
        target_points=target,
        bonus_points=bonus,
        measures_points=measures,
        points=points,
        vetoed=vetoed,
        grade=grade,
    )


def _example() -> list:
    same = np.array([100, 100, 100])
    judged = apply(
        Parameters(),
        Performance(
            needed=same,
            achieved=np.array([95, 100, 135]),
            total_cap=same,
            total_use=same,
            measures=np.array([6000, 4200, 4700]),
        ),
    )
    return list(zip(judged.points.tolist(), judged.grade.tolist(), strict=True))


EXAMPLE = Example(
    given="Districts reach 95 %, 100 % and 135 % of the target with 60, 42 and 47 points for measures (hundredths, grade).",
    given_zh="三区完成目标的95%、100%、135%，措施分60、42、47（百分之一分，等级）。",
    run=_example,
    then=[(9600, 0), (8200, 2), (9600, 3)],
)

RULE = Rule(
    name="points",
    room="assessment",
    title_en="Points, veto and grade",
    title_zh="评分、一票否决与等级",
    summary_zh="目标与措施评分，目标未完成一票否决，按分定等级。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
