"""A new project must buy rights for all its new use when its use per value added lies above a line.

Formula: buy = new use where whole use / value added > line, else 0.

Source: Zhejiang 2019 energy-use rights: new use above 0.6 tce per 10,000 CNY of industrial value added must
buy, official.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.allocation.projects import Projects
from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The line."""

    line: float = parameter(
        0.6,
        unit="lots per 10,000 CNY",
        within=(0, 100),
        meaning="Use per value added above which rights must be bought.",
        meaning_zh="须购买用能权的单位增加值能耗线。",
        source="Zhejiang 2019, official",
    )
    lot_base: int = parameter(
        1000,
        unit="base units per lot",
        within=(1, None),
        meaning="Base units of one lot of use.",
        meaning_zh="每手折基本单位数。",
        source="contracts: 1 tce = 1,000 kgce",
    )


def apply(parameters: Parameters, projects: Projects) -> np.ndarray:
    """Return what each project must buy, `(projects,)` int64 base units."""
    line = ratio(parameters.line) * parameters.lot_base / 1_000_000  # base units per fen
    above = [
        use > line * money
        for use, money in zip(projects.whole_use.tolist(), projects.value_added_fen.tolist(), strict=True)
    ]
    return np.where(above, projects.new_use, 0)


EXAMPLE = Example(
    given="Two projects add 5,000 tce each with 50 and 200 million CNY of value added: 1.0 and 0.25 tce per 10,000 CNY.",
    given_zh="两项目各新增5000吨标煤，增加值0.5亿与2亿元：1.0与0.25吨/万元。",
    run=lambda: apply(
        Parameters(),
        Projects(
            new_use=np.array([5_000_000, 5_000_000]),
            whole_use=np.array([5_000_000, 5_000_000]),
            value_added_fen=np.array([5_000_000_000, 20_000_000_000]),
        ),
    ).tolist(),
    then=[5_000_000, 0],
)

RULE = Rule(
    name="purchase_above_line",
    room="allocation",
    title_en="Incremental rights above a line (Zhejiang)",
    title_zh="增量用能权：强度线以上购买（浙江）",
    summary_zh="新项目单位增加值用量高于界线的，须购买全部新增用量的权利。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
