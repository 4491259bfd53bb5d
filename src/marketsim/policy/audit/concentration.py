"""How concentrated a market is and how much power its largest seller has.

Formula: HHI = Σ s_i²; residual supply index of i = (Σ capacity − capacity_i) / demand, pivotal below 1;
Lerner = (price − marginal cost) / price; the largest seller counts.

Source: Tianjin 2019 paper (八) 反垄断, official; HHI of n equal firms is 1/n, Lerner at the competitive price is
0.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from marketsim.policy.exact import ratio, total
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Where a market counts as concentrated."""

    hhi_line: float = parameter(
        0.25,
        unit="-",
        within=(0, 1),
        meaning="HHI above which a market is highly concentrated.",
        meaning_zh="高度集中的HHI界线。",
        source="merger guidelines 2010, recalled",
    )
    residual_line: float = parameter(
        1.0,
        unit="-",
        within=(0, 2),
        meaning="Residual supply index below which a seller is pivotal.",
        meaning_zh="关键供应商的剩余供给指数界线。",
        source="definition",
    )


@dataclass(frozen=True, kw_only=True)
class Sellers:
    """`sold`, `capacity (sellers,)` int64 units; `demand` units; price and marginal cost of the last unit,
    fen a lot."""

    sold: np.ndarray
    capacity: np.ndarray
    demand: int
    price_fen: int
    marginal_cost_fen: int


@dataclass(frozen=True, kw_only=True)
class Power:
    """Exact indices; `residual_supply` of the largest seller; `pivotal` sellers as rows; `concentrated` bool."""

    hhi: Fraction
    residual_supply: Fraction
    lerner: Fraction
    pivotal: tuple[int, ...]
    concentrated: bool


def apply(parameters: Parameters, sellers: Sellers) -> Power:
    """Return the indices; all zero where nothing was sold or asked for."""
    sold, whole = sellers.sold.tolist(), total(sellers.sold)
    hhi = sum((Fraction(one, whole) ** 2 for one in sold), Fraction(0)) if whole else Fraction(0)
    capacity, all_capacity = sellers.capacity.tolist(), total(sellers.capacity)
    residual = [
        Fraction(all_capacity - one, sellers.demand) if sellers.demand else Fraction(0) for one in capacity
    ]
    lerner = (
        Fraction(sellers.price_fen - sellers.marginal_cost_fen, sellers.price_fen)
        if sellers.price_fen
        else Fraction(0)
    )
    line = ratio(parameters.residual_line)
    return Power(
        hhi=hhi,
        residual_supply=min(residual, default=Fraction(0)),
        lerner=lerner,
        pivotal=tuple(place for place, one in enumerate(residual) if sellers.demand and one < line),
        concentrated=hhi > ratio(parameters.hhi_line),
    )


EXAMPLE = Example(
    given="Four sellers sell 25 each of a capacity of 40 each; demand 100, price 30, marginal cost 24.",
    given_zh="四家各售25、产能各40，需求100，价格30，边际成本24。",
    run=lambda: apply(
        Parameters(),
        Sellers(sold=np.full(4, 25), capacity=np.full(4, 40), demand=100, price_fen=30, marginal_cost_fen=24),
    ),
    then=Power(
        hhi=Fraction(1, 4),
        residual_supply=Fraction(6, 5),
        lerner=Fraction(1, 5),
        pivotal=(),
        concentrated=False,
    ),
)

RULE = Rule(
    name="concentration",
    room="audit",
    title_en="Concentration and market power",
    title_zh="市场集中度与市场力",
    summary_zh="市场集中度与最大卖方的市场力。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
