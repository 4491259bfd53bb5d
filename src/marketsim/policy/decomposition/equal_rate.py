"""Every district gives up the same share of what it would use.

Formula: U_i = start_i × (1 − k), k = (Σ start − goal) / Σ start; for an intensity target start_i = I_i ×
projected output.

Source: the default of most five-year plans; for totals the same as grandfathering the change by past use.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Bounds, Districts, share_change
from marketsim.policy.rule import Example, Rule


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds on the share any district gives up."""


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64, adding up to the goal."""
    return share_change(districts, districts.start, parameters)


EXAMPLE = Example(
    given="Three districts would use 100, 200 and 300; together they may use 540.",
    given_zh="三区无目标时用量100、200、300，合计目标540。",
    run=lambda: apply(Parameters(), Districts(start=np.array([100, 200, 300]), goal=540)).tolist(),
    then=[90, 180, 270],
)

RULE = Rule(
    name="equal_rate",
    room="decomposition",
    title_en="Equal rate",
    title_zh="等比例分解",
    summary_zh="各区按相同比例降低用量。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
