"""A cap with offsets for a share of verified emissions: what a tonne is worth, and what a permit costs.

Of each tonne the share s may be covered by offsets at price c, so that emissions stop at cap / (1 − s) and
MAC = (1 − s) · permit price + s · c, as long as permits are dearer than offsets; else offsets fill the gap at MAC = c, or nobody buys any.
Source: offset limit of the Chinese pilots, 10 % of verified emissions (domain study, T11); conditions of a competitive firm.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from marketsim.planner.permits import Cleared, Market, clear


@dataclass(frozen=True, kw_only=True)
class WithOffsets:
    """`cleared` market (its price is the marginal cost of abatement), `permit_price`, `emissions` and `offsets` used."""

    cleared: Cleared
    permit_price: Fraction
    emissions: Fraction
    offsets: Fraction


def with_offsets(market: Market, share: Fraction, price: Fraction) -> WithOffsets:
    """Return the competitive outcome with offsets at `price` up to `share` of emissions. Raises: ValueError as `clear`."""
    total = sum(market.baseline)
    strict = clear(market)
    if strict.price <= price:
        return WithOffsets(cleared=strict, permit_price=strict.price, emissions=total - sum(strict.abatement), offsets=Fraction(0))
    full = clear(replace(market, cap=market.cap / (1 - share)))
    if full.price >= price:
        emissions = total - sum(full.abatement)
        return WithOffsets(cleared=full, permit_price=(full.price - share * price) / (1 - share), emissions=emissions, offsets=emissions - market.cap)
    some = clear(replace(market, ceiling=price))
    return WithOffsets(cleared=some, permit_price=price, emissions=total - sum(some.abatement), offsets=some.extra_sold)
