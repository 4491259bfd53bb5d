"""Free rights by the sector's average use per unit of output, on the output of the year itself.

Formula: A_i = factor × q_i × Σ_s use / Σ_s output over the base years; an extra unit of output earns extra
rights.

Source: output-based allocation, a subsidy to output (Fischer 2001, recalled); ex-post true-up as in the
Chinese pilots.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.allocation.claimants import Claimants
from marketsim.policy.exact import multiply_divide, scale, total
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """How tight the rule is."""

    factor: float = parameter(
        0.98,
        unit="-",
        within=(0, 2),
        meaning="Share of the sector's average intensity that is free.",
        meaning_zh="按行业平均强度免费发放的比例。",
        source="Tianjin 2021 allocation notice's control factor, official",
    )


def apply(parameters: Parameters, claimants: Claimants) -> np.ndarray:
    """Return free rights, `(firms,)` int64 base units."""
    use, output = claimants.need("use").sum(axis=0), claimants.need("output").sum(axis=0)
    now, sector = claimants.need("output_now"), claimants.need("sector")
    due = np.zeros(len(now), np.int64)
    for index in np.unique(sector[claimants.covered]).tolist():
        members = claimants.covered & (sector == index)
        due[members] = multiply_divide(now[members], total(use[members]), total(output[members]))
    return claimants.grant(scale(due, parameters.factor))


EXAMPLE = Example(
    given="Two plants used 900 and 1,100 t for 1,000 units each; they now make 1,000 and 2,000; factor 0.8 (kg).",
    given_zh="两厂各产1000，用量900吨与1100吨；现产1000与2000；系数0.8（千克）。",
    run=lambda: apply(
        Parameters(factor=0.8),
        Claimants(
            covered=np.ones(2, bool),
            use=np.array([[900_000, 1_100_000]]),
            output=np.array([[1000, 1000]]),
            output_now=np.array([1000, 2000]),
            sector=np.zeros(2, np.int16),
            sectors=("glass",),
        ),
    ).tolist(),
    then=[800_000, 1_600_000],
)

RULE = Rule(
    name="output_based",
    room="allocation",
    title_en="Output-based allocation",
    title_zh="产量法（事后调整）",
    summary_zh="按行业平均单位产出用量乘以当年产出免费发放，事后调整。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
