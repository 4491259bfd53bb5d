"""Own history times an industry factor times a market factor that takes back last year's surplus.

Formula: A_i = B_i × F_s × M, M = 1 − unsold of last year / cap of last year.

Source: Hubei (historical method, industry control factor, market adjustment factor), recalled.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from marketsim.policy.allocation.base_years import CHOICES, combine
from marketsim.policy.allocation.claimants import Claimants
from marketsim.policy.exact import ratio, scale
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Factors of industry and market."""

    base_years: str = parameter(
        "mean",
        unit="-",
        within=CHOICES,
        meaning="Which of the base years counts.",
        meaning_zh="基准年取法。",
        source="Hubei uses the mean of three years, recalled",
    )
    factor: float = parameter(
        1.0,
        unit="-",
        within=(0, 2),
        meaning="Control factor of sectors that are not listed.",
        meaning_zh="未列行业的控排系数。",
        source="design choice",
    )
    sector_factors: dict = parameter(
        {},
        unit="-",
        within=(0, 2),
        meaning="Industry control factor by sector.",
        meaning_zh="行业控排系数。",
        source="Hubei allocation plans, recalled",
    )
    unsold_share: float = parameter(
        0.0,
        unit="of last year's cap",
        within=(0, 1),
        meaning="Last year's surplus over last year's cap.",
        meaning_zh="上年剩余配额占上年总量比例。",
        source="Hubei market adjustment factor, recalled",
    )


def apply(parameters: Parameters, claimants: Claimants) -> np.ndarray:
    """Return free rights, `(firms,)` int64 base units."""
    base, sector = combine(claimants.need("use"), parameters.base_years), claimants.need("sector")
    market: Fraction = 1 - ratio(parameters.unsold_share)
    due = np.zeros(len(base), np.int64)
    for index, factor in enumerate(claimants.per_sector(parameters.sector_factors, parameters.factor)):
        members = sector == index
        due[members] = scale(base[members], ratio(factor) * market)
    return claimants.grant(due)


EXAMPLE = Example(
    given="Base 1,000; industry factor 0.92; last year 5 % of the cap was left over.",
    given_zh="基数1000，行业系数0.92，上年剩余占总量5%。",
    run=lambda: apply(
        Parameters(sector_factors={"steel": 0.92}, unsold_share=0.05),
        Claimants(covered=np.array([True]), use=np.array([[1000]]), sector=np.array([0]), sectors=("steel",)),
    ).tolist(),
    then=[874],
)

RULE = Rule(
    name="adjusted_history",
    room="allocation",
    title_en="History with industry and market factors",
    title_zh="历史法×行业系数×市场调节因子",
    summary_zh="历史用量乘以行业控排系数与市场调节因子，收回上年剩余。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
