"""Richer districts give up a larger share.

Formula: rate_i = k w_i, w_i = (value added_i / population_i)^θ; cut_i = rate_i × start_i, k so that the city
reaches its goal; where the city may grow, growth goes by start_i / w_i.

Source: capacity = GDP per head in Yi et al. 2011, literature.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Bounds, Districts, by_rate
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds, and how strongly income counts."""

    theta: float = parameter(
        1.0,
        unit="-",
        within=(0, 5),
        meaning="How strongly income per head counts.",
        meaning_zh="人均收入的作用强度。",
        source="design choice",
    )


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64, adding up to the goal."""
    return by_rate(
        districts,
        districts.need("value_added_fen"),
        districts.need("population"),
        parameters.theta,
        parameters,
    )


EXAMPLE = Example(
    given="Two districts would use 100 each; the first is twice as rich per head; together 170.",
    given_zh="两区各用100，甲人均收入为乙两倍，合计目标170。",
    run=lambda: apply(
        Parameters(),
        Districts(
            start=np.array([100, 100]),
            goal=170,
            value_added_fen=np.array([2, 1]),
            population=np.array([1, 1]),
        ),
    ).tolist(),
    then=[80, 90],
)

RULE = Rule(
    name="ability_to_pay",
    room="decomposition",
    title_en="By ability to pay",
    title_zh="按支付能力（人均GDP）分解",
    summary_zh="人均收入越高的区降幅越大。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
