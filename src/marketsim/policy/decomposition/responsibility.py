"""Districts that use more per head give up a larger share.

Formula: rate_i = k w_i, w_i = (use_i / population_i)^θ; cut_i = rate_i × start_i, k so that the city reaches
its goal; where the city may grow, growth goes by start_i / w_i.

Source: use per head as responsibility; cumulated use in Yi et al. 2011, literature, through the column
`history`.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Bounds, Districts, by_rate
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds, and what counts as responsibility."""

    theta: float = parameter(
        1.0,
        unit="-",
        within=(0, 5),
        meaning="How strongly use per head counts.",
        meaning_zh="人均用量的作用强度。",
        source="design choice",
    )

    cumulated: bool = parameter(
        False,
        unit="-",
        meaning="Count the use of earlier years instead of the base year.",
        meaning_zh="以历史累计用量代替基年用量。",
        source="Yi et al. 2011, literature",
    )


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64, adding up to the goal."""
    use = districts.need("history") if parameters.cumulated else districts.need("use")
    return by_rate(districts, use, districts.need("population"), parameters.theta, parameters)


EXAMPLE = Example(
    given="Two districts would use 100 each; one has half the people and twice the use per head; together 170.",
    given_zh="两区各用100，甲人口为乙一半，合计目标170。",
    run=lambda: apply(
        Parameters(),
        Districts(
            start=np.array([100, 100]), goal=170, use=np.array([100, 100]), population=np.array([1, 2])
        ),
    ).tolist(),
    then=[80, 90],
)

RULE = Rule(
    name="responsibility",
    room="decomposition",
    title_en="By responsibility",
    title_zh="按责任（人均用量）分解",
    summary_zh="人均用量越高的区降幅越大。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
