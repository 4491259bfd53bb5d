"""Each sector has its own rate; a district gets the sum of its sectors.

Formula: cut_i ∝ Σ_s r_s × use_si: the rates keep their proportions and are scaled so that the city reaches
its goal; where the city may grow, growth goes by start_i over the district's mean rate.

Source: LBNL/ERI sector method (industry, residential, other), proposed base of the 12th five-year plan,
literature.
"""

import math
from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Bounds, Districts, by_factor, share_change
from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, RuleError, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds, and the rate of each sector."""

    rates: dict = parameter(
        {},
        unit="of use",
        within=(0, 1),
        meaning="Rate of a sector before scaling; sectors not listed have the default rate.",
        meaning_zh="各行业降幅（缩放前），未列者取缺省。",
        source="14FYP Tianjin: industry 15 %, whole city 14.5 %, official",
    )
    default_rate: float = parameter(
        0.145,
        unit="of use",
        within=(0, 1),
        meaning="Rate of sectors that are not listed.",
        meaning_zh="未列行业的降幅。",
        source="14FYP Tianjin 14.5 %, official",
    )


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64. Raises: RuleError for a sector that does not
    exist."""
    strange = [name for name in parameters.rates if name not in districts.sectors]
    if strange:
        raise RuleError(f"no sector named {', '.join(strange)}; there are {', '.join(districts.sectors)}")
    rates = [ratio(parameters.rates.get(name, parameters.default_rate)) for name in districts.sectors]
    whole = math.lcm(*(rate.denominator for rate in rates))
    weights = [
        sum(int(rate * whole) * use for rate, use in zip(rates, column, strict=True))
        for column in districts.need("sector_use").T.tolist()
    ]
    if districts.cut < 0:
        use = districts.sector_use.sum(axis=0).tolist()
        return by_factor(districts, [weight / max(whole * amount, 1) for weight, amount in zip(weights, use, strict=True)], parameters)
    return share_change(districts, weights, parameters)


EXAMPLE = Example(
    given="Industry gives up twice the rate of homes; district one is all industry, two all homes; together 170.",
    given_zh="工业降幅为居民两倍，甲全为工业、乙全为居民，合计目标170。",
    run=lambda: apply(
        Parameters(rates={"industry": 0.2, "homes": 0.1}),
        Districts(
            start=np.array([100, 100]),
            goal=170,
            sector_use=np.array([[100, 0], [0, 100]]),
            sectors=("industry", "homes"),
        ),
    ).tolist(),
    then=[80, 90],
)

RULE = Rule(
    name="triptych",
    room="decomposition",
    title_en="Triptych: sector targets added up",
    title_zh="三部门法（行业目标加总）",
    summary_zh="各行业有各自降幅，区的降幅为其行业之和。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
