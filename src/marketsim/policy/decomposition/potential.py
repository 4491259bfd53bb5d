"""Districts further from best practice give up a larger share.

Formula: rate_i = k w_i, w_i = (use_i / best-practice use_i)^θ, or I_i / lowest I where no best practice is
given; cut_i = rate_i × start_i, k so that the city reaches its goal; where the city may grow, growth goes by
start_i / w_i.

Source: potential = energy per industrial value added in Yi et al. 2011, literature.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Bounds, Districts, by_rate
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds, and how strongly potential counts."""

    theta: float = parameter(
        1.0,
        unit="-",
        within=(0, 5),
        meaning="How strongly the distance from best practice counts.",
        meaning_zh="与先进水平差距的作用强度。",
        source="design choice",
    )


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64, adding up to the goal."""
    best = (
        districts.potential_use if districts.potential_use is not None else districts.need("value_added_fen")
    )
    return by_rate(districts, districts.need("use"), best, parameters.theta, parameters)


EXAMPLE = Example(
    given="Two districts would use 100 each; best practice would be 50 and 100; together 170.",
    given_zh="两区各用100，先进水平下为50与100，合计目标170。",
    run=lambda: apply(
        Parameters(),
        Districts(
            start=np.array([100, 100]), goal=170, use=np.array([100, 100]), potential_use=np.array([50, 100])
        ),
    ).tolist(),
    then=[80, 90],
)

RULE = Rule(
    name="potential",
    room="decomposition",
    title_en="By potential",
    title_zh="按节能潜力分解",
    summary_zh="离先进水平越远的区降幅越大。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
