"""A new project must buy rights by how far its use per value added exceeds the province's average.

Formula: buy = A × B × C / average: A new use without coal, B a factor in [0.3, 1], C the project's use per
value added.

Source: Henan 2022 rule for new high-energy projects, official (A 10,000 tce, B 0.3, C 1.2, average 0.6 gives
6,000 tce).
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.allocation.projects import Projects
from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, RuleError, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The paid factor."""

    factor: float = parameter(
        0.3,
        unit="-",
        within=(0.3, 1),
        meaning="Paid factor B, 0.3 at the start, rising.",
        meaning_zh="有偿系数B，起步0.3。",
        source="Henan 2022, official",
    )


def apply(parameters: Parameters, projects: Projects) -> np.ndarray:
    """Return what each project must buy, `(projects,)` int64 base units. Raises: RuleError without an
    average."""
    if projects.average_use <= 0 or (projects.value_added_fen <= 0).any():
        raise RuleError(
            "purchase_by_factor needs value added of every project and the province's average above zero"
        )
    factor = ratio(parameters.factor) * projects.average_value_added_fen / projects.average_use
    columns = zip(
        projects.new_use.tolist(), projects.whole_use.tolist(), projects.value_added_fen.tolist(), strict=True
    )
    return np.array([int(factor * new * whole / money) for new, whole, money in columns], np.int64)


EXAMPLE = Example(
    given="10,000 tce of new use at 1.2 tce per 10,000 CNY; the province's average is 0.6; B = 0.3 (kgce).",
    given_zh="新增1万吨标煤，项目1.2吨/万元，全省平均0.6，B=0.3（千克标煤）。",
    run=lambda: apply(
        Parameters(),
        Projects(
            new_use=np.array([10_000_000]),
            whole_use=np.array([12]),
            value_added_fen=np.array([10]),
            average_use=6,
            average_value_added_fen=10,
        ),
    ).tolist(),
    then=[6_000_000],
)

RULE = Rule(
    name="purchase_by_factor",
    room="allocation",
    title_en="Purchase A × B × C / average (Henan)",
    title_zh="新增项目购买 A×B×C/平均（河南）",
    summary_zh="新项目按其单位增加值用量高出全省平均的倍数购买权利。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
