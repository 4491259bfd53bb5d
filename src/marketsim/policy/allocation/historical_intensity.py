"""Free rights by a firm's own past use per unit of output, times its output of the year and a control factor.

Formula: A_i = factor × q_i × I_i, with I_i the mean, the largest or the last of (use / output) over the base
years.

Source: Tianjin 2021 allocation notice (历史强度法: building materials, paper; larger of 2019 and 2020 × 0.98).
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
        meaning="Which base year's intensity counts; the mean is total use over total output.",
        meaning_zh="基准年强度取法；平均为总用量除以总产量。",
        source="Tianjin 2021 notice: larger of 2019 and 2020",
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
    """Return free rights, `(firms,)` int64 base units; nothing to a firm without output in the base years."""
    use, output, now = claimants.need("use"), claimants.need("output"), claimants.need("output_now")
    if parameters.base_years == "mean":
        due = multiply_divide(use.sum(axis=0), now, output.sum(axis=0))
    else:
        due = combine(multiply_divide(use, now, output), parameters.base_years)
    return claimants.grant(scale(due, parameters.factor))


EXAMPLE = Example(
    given="A paper mill used 0.50 and 0.45 t per unit in 2019 and 2020 and makes 1,000 units in 2021; larger, 0.98 (kg).",
    given_zh="某造纸厂2019、2020年单位产量排放0.50、0.45吨，2021年产量1000；取较大值×0.98（千克）。",
    run=lambda: apply(
        Parameters(base_years="largest"),
        Claimants(
            covered=np.array([True]),
            use=np.array([[400_000], [405_000]]),
            output=np.array([[800], [900]]),
            output_now=np.array([1000]),
        ),
    ).tolist(),
    then=[490_000],
)

RULE = Rule(
    name="historical_intensity",
    room="allocation",
    title_en="Own historical intensity",
    title_zh="历史强度法",
    summary_zh="按企业自身历史单位产出用量乘以当年产出与控排系数免费发放。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
