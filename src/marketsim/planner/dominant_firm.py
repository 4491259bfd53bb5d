"""A permit market with one firm that moves the price and a fringe that takes it.

The dominant firm needs `required_own` of the `required` units to be saved in all. It saves a itself so as to minimise
C(a) + p(required − a)·(required_own − a), where p(x) is the fringe's marginal cost of saving x. All figures are exact
fractions: between two kinks of the marginal cost curves the outlay is a parabola.
Source: Hahn (1984), Market power and transferable property rights, Q. J. Econ. 99.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from marketsim.planner.merit import Piece, cheapest, most, saved_below


@dataclass(frozen=True, kw_only=True)
class Dominated:
    """`own`: what the dominant firm saves, the `price` it brings about, its `outlay`, and what saving costs all firms."""

    own: Fraction
    price: Fraction
    outlay: Fraction
    total_cost: Fraction


def dominate(dominant: Sequence[Piece], fringe: Sequence[Piece], required: Fraction, required_own: Fraction) -> Dominated:
    """Return the dominant firm's best choice; of equally good ones the least it saves itself.

    Raises: ValueError where a fringe piece has no slope (its price would jump) or the pieces cannot save `required`.
    """
    if any(piece.slope <= 0 for piece in fringe):
        raise ValueError("the fringe's marginal cost must rise everywhere: give every fringe piece a slope above zero")
    least, greatest = max(Fraction(0), required - most(fringe)), min(required, most(dominant))
    if least > greatest:
        raise ValueError(f"{float(required):g} units must be saved, but no more than {float(most([*dominant, *fringe])):g} can be")
    kinks = {least, greatest, *_kinks(dominant), *(required - kink for kink in _kinks(fringe))}
    ends = sorted(kink for kink in kinks if least <= kink <= greatest)
    choices = list(ends)
    for low, high in zip(ends, ends[1:], strict=False):
        choices += _bottom(low, high, lambda own: outlay(dominant, fringe, required - own, (own, required_own)))
    own = min(choices, key=lambda one: (outlay(dominant, fringe, required - one, (one, required_own)), one))
    rest = cheapest(fringe, required - own)
    fringe_cost = sum((p.cost(q) for p, q in zip(fringe, rest.saved, strict=True)), Fraction(0))
    return Dominated(own=own, price=rest.low, total_cost=_cost(dominant, own) + fringe_cost,
                     outlay=outlay(dominant, fringe, required - own, (own, required_own)))


def _cost(pieces: Sequence[Piece], saved: Fraction) -> Fraction:
    used = cheapest(pieces, saved).saved
    return sum((p.cost(q) for p, q in zip(pieces, used, strict=True)), Fraction(0))


def outlay(dominant: Sequence[Piece], fringe: Sequence[Piece], rest: Fraction, own: tuple[Fraction, Fraction]) -> Fraction:
    """What the dominant firm pays when it saves and needs `own` = (saved, needed) and the fringe saves the rest."""
    saved, needed = own
    return _cost(dominant, saved) + cheapest(fringe, rest).low * (needed - saved)


def _kinks(pieces: Sequence[Piece]) -> list[Fraction]:
    """Amounts saved at which the joint marginal cost curve has a kink."""
    prices = {price for p in pieces for price in (p.start, p.marginal(p.quantity))}
    flat = [sum(p.quantity for p in pieces if p.start <= price) for price in prices]
    return [*flat, *(sum(saved_below(pieces, price)) for price in prices)]


def _bottom(low: Fraction, high: Fraction, paid) -> list[Fraction]:
    """The lowest point of the parabola through three points strictly inside (low, high), where it lies inside."""
    step = (high - low) / 4
    left, middle, right = (paid(low + step * k) for k in (1, 2, 3))
    bend = left - 2 * middle + right
    if bend <= 0:
        return []
    at = low + 2 * step + step * (left - right) / (2 * bend)
    return [at] if low < at < high else []
