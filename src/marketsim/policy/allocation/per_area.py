"""Free rights split from the cap in proportion to land, as irrigation users get theirs.

Formula: A_i = share × cap × a_i / Σ a, a the area in m² that a holder stands for; adds up to share × cap exactly.

Source: interim measures on water-right trading 2016, irrigation users (users and associations) hold rights by irrigated area; text
official, the areas behind holders are an estimate.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.allocation.claimants import Claimants
from marketsim.policy.allocation.split_cap import split_cap
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """How much of the cap is split."""

    share: float = parameter(
        1.0,
        unit="of the cap",
        within=(0, 1),
        meaning="Share of the cap that is handed out by this rule.",
        meaning_zh="按此规则发放的总量比例。",
        source="design choice",
    )


def apply(parameters: Parameters, claimants: Claimants) -> np.ndarray:
    """Return free rights, `(firms,)` int64 base units."""
    return split_cap(claimants, claimants.need("area_m2"), parameters.share)


EXAMPLE = Example(
    given="A cap of 100 over areas 1, 1 and 1; the odd unit goes to the earlier row.",
    given_zh="总量100按面积1、1、1分配，余数给靠前者。",
    run=lambda: apply(
        Parameters(), Claimants(covered=np.ones(3, bool), area_m2=np.array([1, 1, 1]), cap=100)
    ).tolist(),
    then=[34, 33, 33],
)

RULE = Rule(
    name="per_area",
    room="allocation",
    title_en="Irrigated area",
    title_zh="按面积分配",
    summary_zh="总量按（灌溉）面积分配。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
