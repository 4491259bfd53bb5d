"""Free rights by past use: what a firm used in its base years, times a control factor.

Formula: A_i = factor × B_i, where B_i is the mean, the largest or the last of the base years' use; for a firm that operated fewer
than m months in the last base year B_i = q_i × use / output of that year.

Source: Tianjin 2021 allocation notice (历史排放法, larger of 2019 and 2020 × 0.98; under six months: the intensity method may be asked
for); the mean is the ordinary form.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.allocation.base_years import CHOICES, combine
from marketsim.policy.allocation.claimants import Claimants
from marketsim.policy.exact import multiply_divide, scale
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """How the base years count, and how tight the rule is."""

    base_years: str = parameter(
        "mean",
        unit="-",
        within=CHOICES,
        meaning="Which of the base years counts.",
        meaning_zh="基准年取法：平均、较大、较小或最近一年。",
        source="Tianjin 2021 notice: larger of 2019 and 2020, a pandemic rule; else the mean",
    )
    intensity_below_months: int = parameter(
        0,
        unit="months",
        within=(0, 12),
        meaning="Firms that operated fewer months in the last base year get their own intensity times output of the year.",
        meaning_zh="最近基准年运行不足此月数的企业改按自身强度乘当年产出。",
        source="Tianjin 2021 notice: six months, official; off by default",
    )
    factor: float = parameter(
        0.98,
        unit="-",
        within=(0, 2),
        meaning="Control factor on the base.",
        meaning_zh="控排系数。",
        source="Tianjin 2021 allocation notice, official",
    )


def apply(parameters: Parameters, claimants: Claimants) -> np.ndarray:
    """Return free rights, `(firms,)` int64 base units."""
    base = combine(claimants.need("use"), parameters.base_years)
    if parameters.intensity_below_months:
        use, output = claimants.use[-1], claimants.need("output")[-1]
        fresh = claimants.need("months") < parameters.intensity_below_months
        base = np.where(fresh, multiply_divide(use, claimants.need("output_now"), output), base)
    return claimants.grant(scale(base, parameters.factor))


EXAMPLE = Example(
    given="A steel firm emitted 1.00 Mt in 2019 and 0.90 Mt in 2020; larger of the two, factor 0.98 (kg).",
    given_zh="某钢铁企业2019年排放100万吨、2020年排放90万吨；取较大值，控排系数0.98（千克）。",
    run=lambda: apply(
        Parameters(base_years="largest"),
        Claimants(covered=np.array([True]), use=np.array([[1_000_000_000], [900_000_000]])),
    ).tolist(),
    then=[980_000_000],
)

RULE = Rule(
    name="grandfathering",
    room="allocation",
    title_en="Grandfathering on use",
    title_zh="历史排放法",
    summary_zh="按企业基准年用量乘以控排系数免费发放。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
