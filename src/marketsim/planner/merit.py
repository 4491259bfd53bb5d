"""Abatement in order of marginal cost, exactly: which pieces are used to save a given amount, and the prices that support it.

A piece saves up to `quantity` units at marginal cost start + slope·q. At price p it saves clip((p − start)/slope, 0, quantity);
pieces of slope 0 that stand at the price share what is left in proportion to their size. The supporting prices run from the
highest marginal cost used to the lowest marginal cost left.
Source: equal marginal cost, Baumol and Oates (1988), The Theory of Environmental Policy, ch. 11.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Up to `quantity` units saved by `owner` at marginal cost start + slope·q; slope ≥ 0, all in exact numbers."""

    owner: int
    quantity: Fraction
    start: Fraction
    slope: Fraction = Fraction(0)

    def saved_at(self, price: Fraction) -> Fraction:
        """Units saved at `price`, as few as the price allows where the owner does not care."""
        if price <= self.start:
            return Fraction(0)
        if self.slope == 0:
            return self.quantity
        return min(self.quantity, (price - self.start) / self.slope)

    def cost(self, saved: Fraction) -> Fraction:
        """Money for the first `saved` units."""
        return saved * (self.start + self.slope * saved / 2)

    def marginal(self, saved: Fraction) -> Fraction:
        """Cost of the next unit after `saved`."""
        return self.start + self.slope * saved


@dataclass(frozen=True, kw_only=True)
class Used:
    """How much of every piece is used, (pieces,), and the prices that support it; `high` is None where any price does."""

    saved: tuple[Fraction, ...]
    low: Fraction
    high: Fraction | None

    @property
    def price(self) -> Fraction:
        """Middle of the interval, its lower end where it is open."""
        return self.low if self.high is None else (self.low + self.high) / 2


def most(pieces: Sequence[Piece]) -> Fraction:
    """All the pieces can save together."""
    return sum((piece.quantity for piece in pieces), Fraction(0))


def saved_below(pieces: Sequence[Piece], price: Fraction) -> tuple[Fraction, ...]:
    """Units each piece saves at `price`, those that stand exactly at it saving nothing."""
    return tuple(piece.saved_at(price) for piece in pieces)


def saved_up_to(pieces: Sequence[Piece], price: Fraction) -> tuple[Fraction, ...]:
    """Units each piece saves at `price`, those that stand exactly at it saving all they can."""
    return tuple(p.quantity if p.slope == 0 and p.start == price else p.saved_at(price) for p in pieces)


def cheapest(pieces: Sequence[Piece], required: Fraction) -> Used:
    """Save `required` units at least cost; pieces that cost less than nothing are used anyway, at price 0.

    Raises: ValueError where the pieces together cannot save that much.
    """
    zero = Fraction(0)
    free = saved_below(pieces, zero)
    if required <= sum(free):
        return Used(saved=free, low=zero, high=zero)
    if required > most(pieces):
        raise ValueError(f"{float(required):g} units to save, but no more than {float(most(pieces)):g} can be saved")
    price = _clearing(pieces, required)
    saved = list(saved_below(pieces, price))
    left = required - sum(saved)
    flat = [k for k, piece in enumerate(pieces) if piece.slope == 0 and piece.start == price]
    size = sum((pieces[k].quantity for k in flat), zero)
    for k in flat:
        saved[k] = pieces[k].quantity * left / size if size else zero
    low = max((p.marginal(q) for p, q in zip(pieces, saved, strict=True) if q > 0), default=zero)
    high = min((p.marginal(q) for p, q in zip(pieces, saved, strict=True) if q < p.quantity), default=None)
    low = max(low, zero)
    return Used(saved=tuple(saved), low=low, high=high if high is None else max(high, low))


def _clearing(pieces: Sequence[Piece], required: Fraction) -> Fraction:
    """The lowest price at which the pieces can save `required` (more than at price 0, no more than all)."""
    steps: dict[Fraction, list[Fraction]] = {}  # price: [jump of what is saved, change of its slope]
    for piece in pieces:
        if piece.slope == 0:
            steps.setdefault(piece.start, [Fraction(0), Fraction(0)])[0] += piece.quantity
        elif piece.quantity:
            steps.setdefault(piece.start, [Fraction(0), Fraction(0)])[1] += 1 / piece.slope
            steps.setdefault(piece.marginal(piece.quantity), [Fraction(0), Fraction(0)])[1] -= 1 / piece.slope
    saved, rate, last = Fraction(0), Fraction(0), Fraction(0)
    for price in sorted(steps):
        before = saved + rate * (price - last)
        if before >= required and rate:
            return last + (required - saved) / rate
        saved, last = before + steps[price][0], price
        rate += steps[price][1]
        if saved >= required:
            return max(price, Fraction(0))
    return last
