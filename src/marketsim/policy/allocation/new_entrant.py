"""New entrants are served from a reserve, by the average intensity of their sector.

Formula: A_i = factor × q_i × Σ_s use / Σ_s output for entrants i, shrunk to reserve × cap; nothing for
incumbents.

Source: Tianjin 2021 government reserve 6 % of the cap, Hubei 8 %, official and literature; benchmark for
entrants.
"""

from dataclasses import dataclass, replace

import numpy as np

from marketsim.policy.allocation import output_based
from marketsim.policy.allocation.claimants import Entrants
from marketsim.policy.exact import fit_to_cap, ratio, scale
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Size of the reserve and how generous it is."""

    reserve: float = parameter(
        0.06,
        unit="of the cap",
        within=(0, 1),
        meaning="Share of the cap kept for entrants.",
        meaning_zh="新增预留占总量比例。",
        source="Tianjin 2021 notice, official",
    )
    factor: float = parameter(
        1.0,
        unit="-",
        within=(0, 2),
        meaning="Share of the sector's average intensity that entrants receive.",
        meaning_zh="新入企业按行业平均强度发放比例。",
        source="design choice",
    )


def apply(parameters: Parameters, claimants: Entrants) -> np.ndarray:
    """Return what entrants receive, `(firms,)` int64 base units, together at most the reserve."""
    entrant = claimants.need("entrant") & claimants.covered
    due = output_based.apply(output_based.Parameters(factor=1.0), replace(claimants, cap=None))
    due = scale(np.where(entrant, due, 0), parameters.factor)
    return fit_to_cap(due, int(ratio(parameters.reserve) * claimants.need_cap()))


EXAMPLE = Example(
    given="Cap 1,000, reserve 6 %; the sector uses 1 per unit; an entrant makes 100 units and gets what the reserve holds.",
    given_zh="总量1000、预留6%；行业单位用量1；新企业产量100，得预留全部。",
    run=lambda: apply(
        Parameters(),
        Entrants(
            covered=np.ones(2, bool),
            entrant=np.array([False, True]),
            use=np.array([[900, 0]]),
            output=np.array([[900, 0]]),
            output_now=np.array([900, 100]),
            sector=np.zeros(2, np.int16),
            sectors=("a",),
            cap=1000,
        ),
    ).tolist(),
    then=[0, 60],
)

RULE = Rule(
    name="new_entrant",
    room="allocation",
    title_en="New-entrant reserve",
    title_zh="新增预留配额",
    summary_zh="新入企业由预留配额按行业平均强度发放。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
