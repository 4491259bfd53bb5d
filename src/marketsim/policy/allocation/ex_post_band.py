"""What was handed out is corrected only where verified use leaves a band around it.

Formula: A' = A + (E − (1 + b) A) where E > (1 + b) A; A' = A − ((1 − b) A − E) where E < (1 − b) A; else A.

Source: Hubei 2014 (emissions above 120 % of the free amount: may ask for more; below 80 %: may be withdrawn),
literature.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.allocation.claimants import Verified
from marketsim.policy.exact import ratio, scale
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Width of the band."""

    band: float = parameter(
        0.20,
        unit="of the amount received",
        within=(0, 1),
        meaning="Distance from the amount within which nothing changes.",
        meaning_zh="不作调整的偏离幅度。",
        source="Hubei 2014, literature",
    )


def apply(parameters: Parameters, claimants: Verified) -> np.ndarray:
    """Return the corrected amount of the year, `(firms,)` int64 base units, under the cap."""
    received, verified = claimants.need("received"), claimants.need("verified")
    upper, lower = scale(received, 1 + ratio(parameters.band)), scale(received, 1 - ratio(parameters.band))
    change = np.maximum(verified - upper, 0) - np.maximum(lower - verified, 0)
    return claimants.grant(received + change)


EXAMPLE = Example(
    given="Three firms received 100; they used 130, 110 and 70.",
    given_zh="三家企业各得100，实际用量130、110、70。",
    run=lambda: apply(
        Parameters(),
        Verified(
            covered=np.ones(3, bool), received=np.array([100, 100, 100]), verified=np.array([130, 110, 70])
        ),
    ).tolist(),
    then=[110, 100, 90],
)

RULE = Rule(
    name="ex_post_band",
    room="allocation",
    title_en="Ex-post band of ±20 %",
    title_zh="事后±20%调整",
    summary_zh="核定用量超出发放量上下一定幅度时才作调整。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
