"""Early-warning lights through the year: one for the fall of intensity, one for the growth of consumption.

Formula: light 1 (severe) when intensity rose, 2 when it fell by less than the share of the year's target that
is due, 3 on schedule; for consumption 1 when use exceeds the share of the cap that is due by more than the
margin, 2 when it exceeds it at all, 3 otherwise.

Source: NDRC 晴雨表 (2014 H1: two lights, three levels, official); the line between 1 and 2 recalled from 2021
H1.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import scale
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Where the lights change."""

    consumption_margin: float = parameter(
        0.05,
        unit="of the use due",
        within=(0, 1),
        meaning="Above the schedule by more than this the light is severe.",
        meaning_zh="消费量超进度此比例以上为一级预警。",
        source="assumption",
    )


@dataclass(frozen=True, kw_only=True)
class Progress:
    """So far: `needed_due`, `achieved` fall of intensity, `cap_due`, `used`; all `(districts,)` int64, due to
    date."""

    needed_due: np.ndarray
    achieved: np.ndarray
    cap_due: np.ndarray
    used: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Lights:
    """Levels 1 (severe), 2, 3 (smooth) of intensity and of consumption, `(districts,)` int64."""

    intensity: np.ndarray
    consumption: np.ndarray


def apply(parameters: Parameters, progress: Progress) -> Lights:
    """Return the two lights of every district."""
    behind = progress.achieved < progress.needed_due
    severe = progress.used > progress.cap_due + scale(progress.cap_due, parameters.consumption_margin)
    return Lights(
        intensity=np.where(behind & (progress.achieved < 0), 1, np.where(behind, 2, 3)),
        consumption=np.where(severe, 1, np.where(progress.used > progress.cap_due, 2, 3)),
    )


EXAMPLE = Example(
    given="Half-way, 15 is due; districts are at −2, 10 and 16. Only the lights of intensity are shown.",
    given_zh="半年应降15，三区实际-2、10、16；仅列强度灯号。",
    run=lambda: apply(
        Parameters(),
        Progress(
            needed_due=np.array([15, 15, 15]),
            achieved=np.array([-2, 10, 16]),
            cap_due=np.array([50, 50, 50]),
            used=np.array([50, 50, 50]),
        ),
    ).intensity.tolist(),
    then=[1, 2, 3],
)

RULE = Rule(
    name="lights",
    room="assessment",
    title_en="Early-warning lights",
    title_zh="节能目标完成情况晴雨表",
    summary_zh="年中预警：强度进度与消费增长各一盏灯。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
