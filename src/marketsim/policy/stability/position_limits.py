"""Nobody may hold more than a share of all units, or much more than its own need.

Formula: limit_i = max(share × circulating, multiple × need_i) for who has an obligation, investor_share ×
circulating for who has none; room_i = max(0, limit_i − held_i).

Source: position limits of exchanges and the 2021 national trading rules (form recalled); Hahn 1984 for why.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import scale, total
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The limits."""

    share: float = parameter(
        0.05,
        unit="of all units",
        within=(0, 1),
        meaning="Share any covered firm may hold.",
        meaning_zh="控排企业持仓占总量上限。",
        source="assumption",
    )
    multiple: float = parameter(
        1.5,
        unit="of own need",
        within=(0, 10),
        meaning="Multiple of its own need a covered firm may hold.",
        meaning_zh="控排企业持仓相对自身需求的倍数上限。",
        source="assumption",
    )
    investor_share: float = parameter(
        0.01,
        unit="of all units",
        within=(0, 1),
        meaning="Share a holder without obligation may hold.",
        meaning_zh="无履约义务者持仓占总量上限。",
        source="assumption",
    )


@dataclass(frozen=True, kw_only=True)
class Positions:
    """`held` and `need (holders,)` int64 base units; `need` is 0 for who has no obligation."""

    held: np.ndarray
    need: np.ndarray


def apply(parameters: Parameters, positions: Positions) -> np.ndarray:
    """Return what each holder may still buy, `(holders,)` int64 base units."""
    whole = np.array([total(positions.held)])
    covered = np.maximum(scale(whole, parameters.share), scale(positions.need, parameters.multiple))
    limit = np.where(positions.need > 0, covered, scale(whole, parameters.investor_share))
    return np.maximum(limit - positions.held, 0)


EXAMPLE = Example(
    given="A firm needs 100 and holds 120; a trader holds 5; 1,000 units exist.",
    given_zh="企业需100、持120；投资者持5；共有1000。",
    run=lambda: apply(
        Parameters(), Positions(held=np.array([120, 5, 875]), need=np.array([100, 0, 900]))
    ).tolist(),
    then=[30, 5, 475],
)

RULE = Rule(
    name="position_limits",
    room="stability",
    title_en="Position limits",
    title_zh="持仓限额",
    summary_zh="任何人持仓不得超过总量的一定比例或自身需求的一定倍数。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
