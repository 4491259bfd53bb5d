"""A lint of every lever that favours local firms.

Formula: finding where a region's free factor > city factor + tolerance, rebate > 0, outside purchases banned,
an auction or a subsidy is open to local firms only, or a local-content share > 0.

Source: Tianjin 2019 paper, principle 3 and (八): 公平竞争审查, no 政策洼地, official.
"""

from dataclasses import dataclass

from marketsim.policy.audit.findings import Finding
from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What is tolerated."""

    factor_tolerance: float = parameter(
        0.0,
        unit="-",
        within=(0, 1),
        meaning="Free factor above the city's that is not yet a favour.",
        meaning_zh="高于全市系数而不计为优待的幅度。",
        source="design choice",
    )
    rebate_tolerance: float = parameter(
        0.0,
        unit="of the cost",
        within=(0, 1),
        meaning="Rebate of cost that is not yet a favour.",
        meaning_zh="不计为优待的返还比例。",
        source="design choice",
    )


@dataclass(frozen=True, kw_only=True)
class Lever:
    """What one region does: `key` is the scenario key that sets it."""

    region: str
    key: str
    free_factor: float | None = None
    rebate: float = 0.0
    bans_outside_purchases: bool = False
    local_only_auction: bool = False
    local_only_subsidy: bool = False
    local_content: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Levers:
    """Levers of all regions and the factor of the city's own rule."""

    levers: tuple[Lever, ...]
    city_factor: float = 1.0


def _checks(parameters: Parameters, lever: Lever, city: float) -> tuple:
    over = 0 if lever.free_factor is None else ratio(lever.free_factor) - ratio(city)
    return (
        (
            over > ratio(parameters.factor_tolerance),
            "free-factor",
            "hands out more free rights than the city's rule",
            "免费配额高于全市规则",
            f"{lever.key} = {city}",
        ),
        (
            ratio(lever.rebate) > ratio(parameters.rebate_tolerance),
            "rebate",
            "pays back part of what rights cost",
            "返还部分权利成本",
            f"{lever.key} = 0",
        ),
        (
            lever.bans_outside_purchases,
            "trade-ban",
            "keeps its firms from buying elsewhere",
            "禁止本地企业外购",
            f"{lever.key} = false",
        ),
        (
            lever.local_only_auction,
            "local-auction",
            "sells to local firms only",
            "拍卖仅限本地企业",
            f"{lever.key} = false",
        ),
        (
            lever.local_only_subsidy,
            "local-subsidy",
            "supports measures of local firms only",
            "补贴仅限本地企业",
            f"{lever.key} = false",
        ),
        (
            lever.local_content > 0,
            "local-content",
            "asks for a share bought locally",
            "要求本地采购比例",
            f"{lever.key} = 0",
        ),
    )


def apply(parameters: Parameters, levers: Levers) -> tuple[Finding, ...]:
    """Return every favour, in the order of the levers, with the setting that switches it off."""
    return tuple(
        Finding(
            code=code,
            who=lever.region,
            amount=0,
            message=f"{lever.region} {message}",
            message_zh=lever.region + zh,
            switch=switch,
        )
        for lever in levers.levers
        for found, code, message, zh, switch in _checks(parameters, lever, levers.city_factor)
        if found
    )


EXAMPLE = Example(
    given="A district hands out 1.05 of the base where the city's rule says 0.98, and another bans outside purchases.",
    given_zh="一区按1.05发放而全市为0.98，另一区禁止外购。",
    run=lambda: [
        (one.who, one.code)
        for one in apply(
            Parameters(),
            Levers(
                city_factor=0.98,
                levers=(
                    Lever(region="Wuqing", key="a", free_factor=1.05),
                    Lever(region="Jinghai", key="b", bans_outside_purchases=True),
                ),
            ),
        )
    ],
    then=[("Wuqing", "free-factor"), ("Jinghai", "trade-ban")],
)

RULE = Rule(
    name="local_favour",
    room="audit",
    title_en="Levers that favour local firms",
    title_zh="公平竞争审查",
    summary_zh="列出偏向本地企业的各项措施。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
