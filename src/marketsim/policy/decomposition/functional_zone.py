"""Each functional zone has its own factor on the rate.

Formula: rate_i = k w_zone(i); cut_i = rate_i × start_i, k so that the city reaches its goal; where the city
may grow, growth goes by start_i / w_i.

Source: 主体功能区 in the Tianjin 2019 paper, principle 3; the factors are judgement.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Bounds, Districts, by_factor
from marketsim.policy.rule import Example, Rule, RuleError, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds, and the factor of each zone."""

    zones: dict = parameter(
        {},
        unit="-",
        within=(0, 10),
        meaning="Factor on the rate of a zone; zones not listed have 1.",
        meaning_zh="各功能区降幅系数，未列者为1。",
        source="judgement; the 2019 paper asks for zone policies, names no numbers",
    )


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64. Raises: RuleError for a zone that does not
    exist."""
    strange = [name for name in parameters.zones if name not in districts.zones]
    if strange:
        raise RuleError(f"no zone named {', '.join(strange)}; there are {', '.join(districts.zones)}")
    factors = np.array([parameters.zones.get(name, 1) for name in districts.zones], float)
    return by_factor(districts, factors[districts.need("zone")], parameters)


EXAMPLE = Example(
    given="Two districts would use 100 each; the second is a protected zone with half the rate; together 170.",
    given_zh="两区各用100，乙为生态涵养区降幅减半，合计目标170。",
    run=lambda: apply(
        Parameters(zones={"protected": 0.5}),
        Districts(start=np.array([100, 100]), goal=170, zone=np.array([0, 1]), zones=("key", "protected")),
    ).tolist(),
    then=[80, 90],
)

RULE = Rule(
    name="functional_zone",
    room="decomposition",
    title_en="By functional zone",
    title_zh="按主体功能区分解",
    summary_zh="各主体功能区的降幅有各自的系数。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
