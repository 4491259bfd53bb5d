"""Who may use whose rights: not at all, freely, up to a quota, one way, or at an exchange ratio.

Formula: free: ratio 1 both ways; one_way: source to target only; quota: at most quota × the target's cap;
ratio: a unit of the source counts as ratio in the target and 1 / ratio back; recognised share below 1 is a
quota on the target's use.

Source: Tianjin 2019 paper (九) 京津冀市场一体化, official; gains from linking: Doda, Quemin, Taschini 2019,
literature.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from marketsim.policy.exact import ratio
from marketsim.policy.links.ways import Way
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Form of the link."""

    kind: str = parameter(
        "none",
        unit="-",
        within=("none", "free", "one_way", "quota", "ratio"),
        meaning="Form of the link.",
        meaning_zh="连接方式：不连接、自由、单向、限额、兑换比例。",
        source="none existed in 2020 (Hebei had no pilot), official",
    )
    ratio: float = parameter(
        1.0,
        unit="target units per source unit",
        within=(0.01, 100),
        meaning="What a unit of the source counts in the target.",
        meaning_zh="兑换比例：一单位来源权利折合目标单位数。",
        source="design choice",
    )
    quota: float = parameter(
        0.1,
        unit="of the target's cap",
        within=(0, 1),
        meaning="Most that may come in during a year under a quota.",
        meaning_zh="限额占目标地总量比例。",
        source="design choice",
    )
    fee_cny_per_lot: float = parameter(
        0.0,
        unit="CNY per lot",
        within=(0, None),
        meaning="Fee for each lot that crosses.",
        meaning_zh="跨区手续费。",
        source="design choice",
    )


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two regions by index and their caps in lots."""

    source: int
    target: int
    source_cap_lots: int
    target_cap_lots: int


def apply(parameters: Parameters, pair: Pair) -> tuple[Way, ...]:
    """Return the ways this link opens."""
    fee = math.ceil(ratio(parameters.fee_cny_per_lot) * 100)
    there = ratio(parameters.ratio) if parameters.kind == "ratio" else Fraction(1)
    limits = (None, None)
    if parameters.kind == "quota":
        limits = tuple(
            math.floor(ratio(parameters.quota) * cap) for cap in (pair.target_cap_lots, pair.source_cap_lots)
        )
    out = Way(source=pair.source, target=pair.target, ratio=there, quota_lots=limits[0], fee_fen_per_lot=fee)
    back = Way(
        source=pair.target, target=pair.source, ratio=1 / there, quota_lots=limits[1], fee_fen_per_lot=fee
    )
    return {"none": (), "one_way": (out,)}.get(parameters.kind, (out, back))


EXAMPLE = Example(
    given="A quota of 10 % between a cap of 75 and one of 46 million lots: what may come into the second and the first.",
    given_zh="两地总量7500万与4600万手，限额10%：流入乙、流入甲的上限。",
    run=lambda: [
        way.quota_lots
        for way in apply(
            Parameters(kind="quota"),
            Pair(source=0, target=1, source_cap_lots=75_000_000, target_cap_lots=46_000_000),
        )
    ],
    then=[4_600_000, 7_500_000],
)

RULE = Rule(
    name="link",
    room="links",
    title_en="Link between regions",
    title_zh="区域市场连接",
    summary_zh="谁可使用谁的权利：不连接、自由、限额、单向或按比例兑换。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
