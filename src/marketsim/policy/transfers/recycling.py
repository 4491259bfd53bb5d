"""What auctions and fines bring in goes back, by people, value added or payments, or stays.

Formula: party i receives share × revenue × w_i / Σ w, w = population, value added, payments or funds for
measures; exact.

Source: recycling of auction revenue; the choice decides who bears the burden.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import largest_remainder, ratio
from marketsim.policy.rule import Example, Rule, parameter
from marketsim.policy.transfers.payments import TREASURY, Payments, payments


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """How revenue goes back."""

    by: str = parameter(
        "population",
        unit="-",
        within=("population", "value_added", "paid", "measures", "none"),
        meaning="What the shares are made of; none keeps all in the budget.",
        meaning_zh="返还依据：人口、增加值、缴纳额、减排措施或不返还。",
        source="design choice",
    )
    share: float = parameter(
        1.0,
        unit="of the revenue",
        within=(0, 1),
        meaning="Share of the revenue that goes back.",
        meaning_zh="返还比例。",
        source="design choice",
    )


@dataclass(frozen=True, kw_only=True)
class Revenue:
    """`fen` collected; weights `(parties,)` int64: population, value added, money paid in, money spent on
    measures."""

    fen: int
    population: np.ndarray
    value_added: np.ndarray
    paid: np.ndarray
    measures: np.ndarray


def apply(parameters: Parameters, revenue: Revenue) -> Payments:
    """Return the payments from the treasury."""
    weights = {
        "population": revenue.population,
        "value_added": revenue.value_added,
        "paid": revenue.paid,
        "measures": revenue.measures,
        "none": np.zeros(len(revenue.population), np.int64),
    }[parameters.by]
    amount = int(ratio(parameters.share) * revenue.fen) if weights.any() else 0
    return payments(TREASURY, np.arange(len(weights)), largest_remainder(weights, amount), "recycled revenue")


EXAMPLE = Example(
    given="1,000 fen over districts of 2, 3 and 5 people (the treasury last).",
    given_zh="1000分按人口2、3、5返还（末位为财政）。",
    run=lambda: (
        apply(
            Parameters(),
            Revenue(
                fen=1000,
                population=np.array([2, 3, 5]),
                value_added=np.array([1, 1, 1]),
                paid=np.array([1, 1, 1]),
                measures=np.array([0, 0, 0]),
            ),
        )
        .net_fen(3)
        .tolist()
    ),
    then=[200, 300, 500, -1000],
)

RULE = Rule(
    name="recycling",
    room="transfers",
    title_en="Recycling of revenue",
    title_zh="拍卖收入返还",
    summary_zh="拍卖与罚款收入按人口、增加值或缴纳额返还，或留作预算。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
