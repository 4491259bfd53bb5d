"""Use that does not count against the total target: new renewables and feedstock.

Formula: counted = use − renewable × (growth over the base year only, or all) − feedstock, where each
exclusion is in force.

Source: 2021 reform of dual control: new renewables and feedstock energy are left out of the total, official.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Which exclusions are in force."""

    renewables: str = parameter(
        "none",
        unit="-",
        within=("none", "growth", "all"),
        meaning="Leave out no renewables, their growth, or all of them.",
        meaning_zh="可再生能源扣除：不扣、仅新增、全部。",
        source="none in 2020; growth from 2021, official",
    )
    feedstock: bool = parameter(
        False,
        unit="-",
        meaning="Leave out energy that becomes part of a product.",
        meaning_zh="扣除原料用能。",
        source="false in 2020; true from 2022, official",
    )


@dataclass(frozen=True, kw_only=True)
class Uses:
    """`use`, `renewable`, `renewable_before`, `feedstock`, all `(districts,)` int64 base units."""

    use: np.ndarray
    renewable: np.ndarray
    renewable_before: np.ndarray
    feedstock: np.ndarray


def apply(parameters: Parameters, uses: Uses) -> np.ndarray:
    """Return the use that counts, `(districts,)` int64, never below zero."""
    counted = uses.use
    if parameters.renewables == "growth":
        counted = counted - np.maximum(uses.renewable - uses.renewable_before, 0)
    elif parameters.renewables == "all":
        counted = counted - uses.renewable
    if parameters.feedstock:
        counted = counted - uses.feedstock
    return np.maximum(counted, 0)


EXAMPLE = Example(
    given="A district uses 100, 12 of it renewable (8 the year before) and 20 feedstock.",
    given_zh="某区用能100，其中可再生12（上年8）、原料20。",
    run=lambda: apply(
        Parameters(renewables="growth", feedstock=True),
        Uses(
            use=np.array([100]),
            renewable=np.array([12]),
            renewable_before=np.array([8]),
            feedstock=np.array([20]),
        ),
    ).tolist(),
    then=[76],
)

RULE = Rule(
    name="exclusions",
    room="assessment",
    title_en="Renewables and feedstock left out",
    title_zh="可再生与原料用能扣除",
    summary_zh="不计入总量考核的用量：新增可再生与原料用能。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
