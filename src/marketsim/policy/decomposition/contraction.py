"""Shares of the goal move year by year from past use to population.

Formula: U_i = goal × ((1 − t/T) e_i + (t/T) p_i), e and p the shares of past use and population.

Source: contraction and convergence (Meyer 2000), recalled.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Bounds, Districts, share_goal
from marketsim.policy.exact import whole_weights
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds, and how far convergence has come."""

    progress: float = parameter(
        0.2,
        unit="of the way",
        within=(0, 1),
        meaning="t / T: 0 is past use, 1 is equal per head.",
        meaning_zh="趋同进度 t/T：0为按历史，1为人均相等。",
        source="design choice",
    )


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64, adding up to the goal."""
    past, people = districts.start / districts.start.sum(), districts.need("population")
    mixed = (1 - parameters.progress) * past + parameters.progress * (people / people.sum())
    return share_goal(districts, whole_weights(mixed), parameters)


EXAMPLE = Example(
    given="Two districts use 300 and 100 with equal population; half the way; together 400.",
    given_zh="两区用300与100，人口相等，趋同一半，合计400。",
    run=lambda: apply(
        Parameters(progress=0.5), Districts(start=np.array([300, 100]), goal=400, population=np.array([1, 1]))
    ).tolist(),
    then=[250, 150],
)

RULE = Rule(
    name="contraction",
    room="decomposition",
    title_en="Contraction and convergence",
    title_zh="紧缩与趋同",
    summary_zh="各区份额由历史用量逐年趋向人口。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
