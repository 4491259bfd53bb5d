"""Another rule for each group of sectors, as the pilots do.

Formula: A_i = A_i(rule of the part that names i's sector); the part that names no sector serves all others.

Source: Tianjin 2021 notice (building materials and paper by intensity, the others by emissions); Fujian
(benchmark for existing cement capacity, history elsewhere; recalled).
"""

from dataclasses import dataclass, replace

import numpy as np

from marketsim.policy.allocation import grandfathering, historical_intensity
from marketsim.policy.allocation.claimants import Claimants
from marketsim.policy.allocation.parts import Part
from marketsim.policy.rule import Example, Rule, RuleError, parameter

TIANJIN_2021 = (
    Part(
        rule=historical_intensity.RULE,
        parameters=historical_intensity.Parameters(base_years="largest"),
        sectors=("building_mat", "paper"),
    ),
    Part(rule=grandfathering.RULE, parameters=grandfathering.Parameters(base_years="largest")),
)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Which rule serves which sectors."""

    parts: tuple = parameter(
        TIANJIN_2021,
        unit="-",
        meaning="List of rules, each with the sectors it serves and its own parameters.",
        meaning_zh="各行业适用的规则及参数。",
        source="Tianjin 2021 allocation notice, official",
    )


def apply(parameters: Parameters, claimants: Claimants) -> np.ndarray:
    """Return free rights, `(firms,)` int64 base units. Raises: RuleError for a sector that is named twice."""
    sector, names = claimants.need("sector"), claimants.sectors
    left = claimants.covered.copy()
    due = np.zeros(len(left), np.int64)
    claimed = [name for part in parameters.parts for name in part.sectors]
    if len(set(claimed)) < len(claimed):
        raise RuleError(f"a sector is served by two parts: {', '.join(sorted(claimed))}")
    for part in sorted(parameters.parts, key=lambda part: not part.sectors):
        places = [names.index(name) for name in part.sectors if name in names]
        members = left & np.isin(sector, places) if part.sectors else left
        due += part.rule.apply(part.parameters, replace(claimants, covered=members, cap=None))
        left = left & ~members
    return claimants.grant(due)


EXAMPLE = Example(
    given="Tianjin 2021 (kg): a paper mill, 0.5 kg per unit, makes 1,000 units; a steel works emitted 1,000 and 900.",
    given_zh="天津2021（千克）：造纸厂单位排放0.5、产量1000；钢铁厂两年排放1000与900。",
    run=lambda: apply(
        Parameters(),
        Claimants(
            covered=np.ones(2, bool),
            use=np.array([[500, 1000], [500, 900]]),
            output=np.array([[1000, 10], [1000, 10]]),
            output_now=np.array([1000, 10]),
            sector=np.array([0, 1]),
            sectors=("paper", "steel"),
        ),
    ).tolist(),
    then=[490, 980],
)

RULE = Rule(
    name="by_sector",
    room="allocation",
    title_en="Another rule for each sector",
    title_zh="分行业适用不同方法",
    summary_zh="不同行业适用不同规则，如试点所行。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
