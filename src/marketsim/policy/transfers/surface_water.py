"""Districts with the worst rivers pay those with the best, by rank, each month; nothing is added or lost.

Formula: rank on the sum of three ranks (pollution index, change on the year, outflow / inflow), ties to the
better pollution rank; with n districts and two in the middle at zero, rank r receives step × (middle − r),
and the last pay it.

Source: Tianjin 2018 (津政办发〔2018〕3号) and 2023, official: 20 × (8 − r) × 10,000 CNY for r ≤ 7, 0 for 8 and 9,
−20 × (r − 9) from 10 on; the tie rule is inferred from two published tables.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, parameter
from marketsim.policy.transfers.payments import Payments, through_treasury


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The step between two ranks."""

    step_cny: float = parameter(
        200_000.0,
        unit="CNY per rank",
        within=(0, None),
        meaning="Amount between two neighbouring ranks.",
        meaning_zh="相邻名次的金额差。",
        source="Tianjin 2018, official",
    )


@dataclass(frozen=True, kw_only=True)
class Rivers:
    """Pollution index, its change on the year, outflow over inflow: `(districts,)` numbers, lower is better."""

    pollution: np.ndarray
    change: np.ndarray
    outflow_inflow: np.ndarray


def ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks from 1, lowest value first, equal values in row order. Shapes: `(n,)` to `(n,)` int64."""
    rank = np.empty(len(values), np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(1, len(values) + 1)
    return rank


def rank_total(rivers: Rivers) -> np.ndarray:
    """Return the final rank of every district, 1 is best. Shapes: `(districts,)` int64."""
    pollution = ranks(rivers.pollution)
    summed = pollution + ranks(rivers.change) + ranks(rivers.outflow_inflow)
    return ranks(summed * (len(summed) + 1) + pollution)


def apply(parameters: Parameters, rivers: Rivers) -> Payments:
    """Return the payments of a month."""
    rank = rank_total(rivers)
    count = len(rank)
    winners = max(0, (count - 2) // 2 if count % 2 == 0 else (count - 1) // 2)
    steps = np.where(rank <= winners, winners + 1 - rank, 0) - np.where(
        rank > count - winners, rank - count + winners, 0
    )
    return through_treasury(steps * int(ratio(parameters.step_cny) * 100), "surface-water compensation")


EXAMPLE = Example(
    given="Four districts that rank 1 to 4 on all three measures (fen, the treasury last).",
    given_zh="四区三项名次均为1至4（分，末位为财政）。",
    run=lambda: (
        apply(Parameters(), Rivers(pollution=np.arange(4), change=np.arange(4), outflow_inflow=np.arange(4)))
        .net_fen(4)
        .tolist()
    ),
    then=[20_000_000, 0, 0, -20_000_000, 0],
)

RULE = Rule(
    name="surface_water",
    room="transfers",
    title_en="Surface-water compensation (Tianjin)",
    title_zh="水环境区域补偿（天津）",
    summary_zh="水质最差的区按名次每月补偿水质最好的区，收支相抵。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
