"""Rights to withdraw are exchanged by what is consumed, since part of each withdrawal flows back.

Formula: ratio = consumption coefficient of the seller's use / that of the buyer's, at most `most` where set.

Source: China Water Resources Bulletin 2012: irrigation 0.63, forestry and livestock 0.75, industry 0.24,
urban homes 0.30, rural homes 0.84, ecology 0.80, official.
"""

from dataclasses import dataclass
from fractions import Fraction

from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, RuleError, parameter

BULLETIN_2012 = {
    "irrigation": 0.63,
    "livestock": 0.75,
    "industry": 0.24,
    "urban": 0.30,
    "rural": 0.84,
    "ecology": 0.80,
}


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Share of a withdrawal that does not come back, by use."""

    coefficients: dict = parameter(
        BULLETIN_2012,
        unit="consumed per withdrawn",
        within=(0.01, 1),
        meaning="Consumption coefficient of a use.",
        meaning_zh="各类用水耗水率。",
        source="China Water Resources Bulletin 2012 p. 5, official",
    )
    most: float | None = parameter(
        None,
        unit="-",
        within=(0, 100),
        meaning="Most units a buyer may withdraw for one sold; empty means no limit.",
        meaning_zh="每出售一单位买方最多取用量；空为不设。",
        source="1 protects the river between the two points; design choice",
    )


@dataclass(frozen=True, kw_only=True)
class Uses:
    """The use the right comes from and the use it goes to."""

    seller: str
    buyer: str


def apply(parameters: Parameters, uses: Uses) -> Fraction:
    """Return the units a buyer may withdraw for one unit sold. Raises: RuleError for a use without a
    coefficient."""
    for use in (uses.seller, uses.buyer):
        if use not in parameters.coefficients:
            raise RuleError(
                f"no consumption coefficient for {use!r}; there are {', '.join(parameters.coefficients)}"
            )
    exchange = ratio(parameters.coefficients[uses.seller]) / ratio(parameters.coefficients[uses.buyer])
    return exchange if parameters.most is None else min(exchange, ratio(parameters.most))


EXAMPLE = Example(
    given="A works (0.24) sells to farms (0.63).",
    given_zh="工业（0.24）售予灌溉（0.63）。",
    run=lambda: apply(Parameters(), Uses(seller="industry", buyer="irrigation")),
    then=Fraction(8, 21),
)

RULE = Rule(
    name="consumption_ratio",
    room="links",
    title_en="Exchange by consumption",
    title_zh="按耗水量折算交易",
    summary_zh="取水权按耗水量折算交易，因部分取水会回归。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
