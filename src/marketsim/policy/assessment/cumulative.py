"""Yearly changes of an intensity compounded over a plan and held against its target.

Formula: cumulative = Π (1 + change_t) − 1; met where cumulative ≤ target.

Source: NBS/NDRC/NEA yearly communiques 2016-20, official; targets −17 % for Tianjin, Beijing and Hebei in the
13FYP.
"""

from dataclasses import dataclass
from fractions import Fraction

from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The target of the plan."""

    target_pct: float = parameter(
        -17.0,
        unit="%",
        within=(-100, 100),
        meaning="Change of the intensity asked for over the whole plan.",
        meaning_zh="规划期累计强度变化目标。",
        source="Tianjin 13FYP, official; −14.5 in the 14FYP",
    )


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Yearly changes in percent, as published: one tuple of decimals for each region."""

    pct: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`pct`: cumulative change of each region, exact; `met`: whether it meets the target."""

    pct: tuple[Fraction, ...]
    met: tuple[bool, ...]


def apply(parameters: Parameters, changes: Changes) -> Outcome:
    """Return the cumulative change of every region."""
    outcome = []
    for years in changes.pct:
        level = Fraction(1)
        for change in years:
            level *= 1 + ratio(change) / 100
        outcome.append((level - 1) * 100)
    return Outcome(pct=tuple(outcome), met=tuple(one <= ratio(parameters.target_pct) for one in outcome))


EXAMPLE = Example(
    given="Tianjin 2016-20: −8.41, −6.24, −1.54, −1.33, −3.07 %; rounded to a hundredth of a percent.",
    given_zh="天津2016—2020年：-8.41、-6.24、-1.54、-1.33、-3.07%。",
    run=lambda: round(
        float(apply(Parameters(), Changes(pct=((-8.41, -6.24, -1.54, -1.33, -3.07),))).pct[0]), 2
    ),
    then=-19.13,
)

RULE = Rule(
    name="cumulative",
    room="assessment",
    title_en="Cumulative change over a plan",
    title_zh="规划期累计变化",
    summary_zh="逐年强度变化连乘为累计变化，与规划目标比较。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
