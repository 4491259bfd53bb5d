"""The change of the city's total is shared in proportion to value added.

Formula: U_i = start_i + (goal − Σ start) × w_i / Σ w, w = value added, clipped to the bounds and solved
again.

Source: one of the common rules for totals; the change may be a growth or a cut.
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
    return share_change(districts, districts.need("value_added_fen"), parameters)


EXAMPLE = Example(
    given="Three districts use 100 each with weights 1, 2 and 3; together they may grow to 360.",
    given_zh="三区各用100，权重1、2、3，合计可增至360。",
    run=lambda: apply(
        Parameters(),
        Districts(start=np.array([100, 100, 100]), goal=360, value_added_fen=np.array([1, 2, 3])),
    ).tolist(),
    then=[110, 120, 130],
)

RULE = Rule(
    name="value_added",
    room="decomposition",
    title_en="By value added (GDP)",
    title_zh="按地区生产总值分解",
    summary_zh="全市总量的变化按各区增加值分摊。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
