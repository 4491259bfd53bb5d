"""The change of the total is shared by how much value a district makes of each unit.

Formula: U_i = start_i + (goal − Σ start) × w_i / Σ w, w = value added / use; a cut goes by use / value added
instead.

Source: 能源产出率 comes first in the national practice of splitting targets, official.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Bounds, Districts, quotients, share_change
from marketsim.policy.rule import Example, Rule


@dataclass(frozen=True, kw_only=True)
class Parameters(Bounds):
    """Bounds on the share any district gives up."""


def apply(parameters: Parameters, districts: Districts) -> np.ndarray:
    """Return what each district may use, `(districts,)` int64, adding up to the goal."""
    made, used = districts.need("value_added_fen"), districts.need("use")
    weights = quotients(made, used) if districts.cut < 0 else quotients(used, made)
    return share_change(districts, weights, parameters)


EXAMPLE = Example(
    given="Two districts use 100 each; the first makes twice the value; together they may grow to 230.",
    given_zh="两区各用100，甲产值为乙两倍，合计可增至230。",
    run=lambda: apply(
        Parameters(),
        Districts(
            start=np.array([100, 100]), goal=230, use=np.array([100, 100]), value_added_fen=np.array([2, 1])
        ),
    ).tolist(),
    then=[120, 110],
)

RULE = Rule(
    name="inverse_intensity",
    room="decomposition",
    title_en="By output per use",
    title_zh="按能源产出率分解",
    summary_zh="全市总量的变化按各区单位用量产出分摊。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
