"""Finds units that are claimed twice, as green certificate and as offset for instance.

Formula: for two kinds that exclude each other, overlap on a source = max(0, claimed as a + claimed as b −
what the source has); a kind claimed beyond the source is an overlap with itself.

Source: green certificates and offsets of one plant exclude each other, official practice; pass-through plus
an indirect obligation prices a tonne twice.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.audit.findings import Finding
from marketsim.policy.rule import Example, Rule, parameter

PAIRS = (
    ("green certificate", "offset"),
    ("feedstock exclusion", "quota"),
    ("renewable exclusion", "green certificate sold"),
    ("saving sold", "saving kept as quota"),
    ("pass-through", "indirect obligation"),
)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Which claims exclude each other."""

    pairs: tuple = parameter(
        PAIRS,
        unit="-",
        meaning="Pairs of claims that exclude each other on the same units of one source.",
        meaning_zh="对同一来源同一数量互斥的主张。",
        source="practice; the list is open",
    )


@dataclass(frozen=True, kw_only=True)
class Claims:
    """`sources` names and `available (sources,)`; columns `source`, `amount (claims,)` int64, `kind` a word
    each."""

    sources: tuple[str, ...]
    available: np.ndarray
    source: np.ndarray
    kind: tuple[str, ...]
    amount: np.ndarray


def apply(parameters: Parameters, claims: Claims) -> tuple[Finding, ...]:
    """Return what must have been claimed twice, source by source, pair by pair."""
    kinds = np.array(claims.kind)
    found = []
    for place, name in enumerate(claims.sources):
        here = claims.source == place
        has = int(claims.available[place])

        def claimed(kind: str, here=here) -> int:
            return int(claims.amount[here & (kinds == kind)].sum())

        pairs = [*parameters.pairs, *((kind, kind) for kind in dict.fromkeys(claims.kind))]
        for one, other in pairs:
            both = claimed(one) + (claimed(other) if one != other else 0)
            if both > has and claimed(one) and claimed(other):
                found.append(
                    Finding(
                        code="double-count",
                        who=name,
                        amount=both - has,
                        message=f"{both - has} of {name} are claimed as {one} and as {other}",
                        message_zh=f"{name}有{both - has}被重复主张：{one}与{other}",
                        switch=f"keep one of: {one}, {other}",
                    )
                )
    return tuple(found)


EXAMPLE = Example(
    given="A wind farm makes 100; 70 are sold as certificates and 50 as offsets.",
    given_zh="某风电场发电100，70作为绿证、50作为抵销量。",
    run=lambda: [
        one.amount
        for one in apply(
            Parameters(),
            Claims(
                sources=("wind farm",),
                available=np.array([100]),
                source=np.array([0, 0]),
                kind=("green certificate", "offset"),
                amount=np.array([70, 50]),
            ),
        )
    ],
    then=[20],
)

RULE = Rule(
    name="double_count",
    room="audit",
    title_en="Double counting",
    title_zh="重复计算核查",
    summary_zh="查找被重复主张的量，如既作绿证又作抵销量。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
