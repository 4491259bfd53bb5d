"""Districts below the mean of an ecological index pay those above it, who must invest a part.

Formula: net_i = rate × (index_i − mean) × weight_i, mean weighted, so that payments cancel; invested = share
× received; the receiver's yearly income grows by yield × invested.

Source: Tianjin 2019 paper (六) 市场化多元化生态补偿, 输血与造血, official; the form is a choice.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import largest_remainder, ratio, scale, total
from marketsim.policy.rule import Example, Rule, parameter
from marketsim.policy.transfers.payments import TREASURY, Payments, payments


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """How much a point of the index is worth, and what must be invested."""

    rate_cny_per_point: float = parameter(
        100.0,
        unit="CNY per point and weight",
        within=(0, None),
        meaning="Paid for each point of the index and unit of weight.",
        meaning_zh="每分每权重单位补偿额。",
        source="assumption",
    )
    invested_share: float = parameter(
        0.3,
        unit="of what is received",
        within=(0, 1),
        meaning="Share that must be invested in growth (blood-making).",
        meaning_zh="用于产业培育的比例（造血）。",
        source="assumption",
    )
    yield_rate: float = parameter(
        0.05,
        unit="per year",
        within=(0, 1),
        meaning="What an invested yuan earns its district in each later year.",
        meaning_zh="每元投资以后每年给当地带来的收入。",
        source="assumption",
    )


@dataclass(frozen=True, kw_only=True)
class Ecology:
    """`index` (points) and `weight` (people, or hectares), `(districts,)` int64."""

    index: np.ndarray
    weight: np.ndarray


def apply(parameters: Parameters, ecology: Ecology) -> Payments:
    """Return the payments of a year with the part to be invested."""
    whole = total(ecology.weight)
    points = sum(w * i for w, i in zip(ecology.weight.tolist(), ecology.index.tolist(), strict=True))
    apart = [
        w * (i * whole - points) for w, i in zip(ecology.weight.tolist(), ecology.index.tolist(), strict=True)
    ]
    fen = [abs(int(ratio(parameters.rate_cny_per_point) * 100 * one / whole)) for one in apart]
    due = np.array([amount if one < 0 else 0 for amount, one in zip(fen, apart, strict=True)], np.int64)
    earned = np.array([amount if one > 0 else 0 for amount, one in zip(fen, apart, strict=True)], np.int64)
    got = largest_remainder(earned, total(due)) if total(earned) else np.zeros(len(earned), np.int64)
    due = due if total(earned) else np.zeros(len(due), np.int64)
    party, city = np.arange(len(due)), np.full(len(due), TREASURY)
    return payments(
        np.concatenate([party, city]),
        np.concatenate([city, party]),
        np.concatenate([due, got]),
        "ecological compensation",
        np.concatenate([np.zeros(len(due), np.int64), scale(got, parameters.invested_share)]),
    )


def earned(parameters: Parameters, invested_fen: np.ndarray) -> np.ndarray:
    """Return what parties earn in each later year by what they invested. Shapes: `(parties,)` int64 fen."""
    return scale(invested_fen, parameters.yield_rate)


EXAMPLE = Example(
    given="Indices 80 and 60 with weights 1,000 each, 100 CNY a point (fen, the treasury last).",
    given_zh="指数80与60，权重各1000，每分100元（分，末位为财政）。",
    run=lambda: (
        apply(Parameters(), Ecology(index=np.array([80, 60]), weight=np.array([1000, 1000])))
        .net_fen(2)
        .tolist()
    ),
    then=[100_000_000, -100_000_000, 0],
)

RULE = Rule(
    name="ecological",
    room="transfers",
    title_en="Ecological compensation with investment",
    title_zh="生态补偿（输血与造血）",
    summary_zh="生态指数低于均值的区补偿高于均值的区，部分须用于产业培育。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
