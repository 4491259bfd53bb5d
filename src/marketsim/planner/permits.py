"""One cap over many firms: the permit price, who abates, and what the same firms pay without trade.

Minimise Σ ∫MAC subject to Σ (baseline − abatement) ≤ cap. At a price floor permits are withdrawn until the price reaches it, at a
ceiling extra permits are sold. All figures are exact fractions.
Source: Montgomery (1972), J. Econ. Theory 5; price band: Roberts and Spence (1976), J. Public Econ. 5.
"""

from dataclasses import dataclass
from fractions import Fraction

from marketsim.planner.merit import Piece, Used, cheapest, most, saved_below, saved_up_to


@dataclass(frozen=True, kw_only=True)
class Market:
    """A cap and its firms: `baseline`, `allocation` (firms,) and `pieces` of abatement, each owned by a firm's index."""

    cap: Fraction
    baseline: tuple[Fraction, ...]
    allocation: tuple[Fraction, ...]
    pieces: tuple[Piece, ...]
    floor: Fraction | None = None
    ceiling: Fraction | None = None


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """The market's answer; `abatement`, `cost` are (firms,), `withdrawn` and `extra_sold` permits at floor and ceiling."""

    price_low: Fraction
    price_high: Fraction | None
    abatement: tuple[Fraction, ...]
    cost: tuple[Fraction, ...]
    withdrawn: Fraction
    extra_sold: Fraction

    @property
    def price(self) -> Fraction:
        """Middle of the supporting interval, its lower end where it is open."""
        return self.price_low if self.price_high is None else (self.price_low + self.price_high) / 2


@dataclass(frozen=True, kw_only=True)
class Alone:
    """Firms that keep to their own allocation: abatement `cost` (firms,), `extra_bought` at the ceiling (firms,)."""

    cost: tuple[Fraction, ...]
    extra_bought: tuple[Fraction, ...]


def clear(market: Market) -> Cleared:
    """Return the competitive outcome, which is also the least-cost one.

    Raises: ValueError where no abatement reaches the cap and there is no ceiling, naming the least reachable emissions.
    """
    if market.floor is not None and market.ceiling is not None and market.floor > market.ceiling:
        raise ValueError(f"price_floor {float(market.floor):g} is above price_ceiling {float(market.ceiling):g}")
    total_baseline = sum(market.baseline)
    required = total_baseline - market.cap
    try:
        used, extra = _within(market.pieces, required, market.ceiling)
    except ValueError as error:
        raise ValueError(f"cap: {error}: emissions can fall to {float(total_baseline - most(market.pieces)):g} at least") from error
    low, high, saved = used.low, used.high, used.saved
    if market.ceiling is not None:
        high = market.ceiling if high is None else min(high, market.ceiling)
    if market.floor is not None and low < market.floor:
        low = market.floor
        if high is not None and high < low:
            high, saved = low, saved_below(market.pieces, low)
    firms = len(market.baseline)
    abatement, cost = [Fraction(0)] * firms, [Fraction(0)] * firms
    for piece, units in zip(market.pieces, saved, strict=True):
        abatement[piece.owner] += units
        cost[piece.owner] += piece.cost(units)
    total = sum(saved)
    held = market.floor is not None and market.floor > 0 and low == high == market.floor
    return Cleared(
        price_low=low, price_high=high,
        abatement=tuple(abatement), cost=tuple(cost),
        withdrawn=max(total - required, Fraction(0)) if held else Fraction(0), extra_sold=extra)


def alone(market: Market) -> Alone | None:
    """Return what each firm pays to keep to its own allocation, or None where one cannot and there is no ceiling."""
    cost, extra = [], []
    owned: list[list[Piece]] = [[] for _ in market.baseline]
    for piece in market.pieces:
        owned[piece.owner].append(piece)
    for own, baseline, allocation in zip(owned, market.baseline, market.allocation, strict=True):
        try:
            used, bought = _within(own, baseline - allocation, market.ceiling)
        except ValueError:
            return None
        cost.append(sum((p.cost(q) for p, q in zip(own, used.saved, strict=True)), Fraction(0)))
        extra.append(bought)
    return Alone(cost=tuple(cost), extra_bought=tuple(extra))


def _within(pieces: tuple[Piece, ...] | list[Piece], required: Fraction, ceiling: Fraction | None) -> tuple[Used, Fraction]:
    """Save what is required, or all that costs no more than the ceiling; the units that are then still missing."""
    if ceiling is not None:
        saved = saved_up_to(pieces, ceiling)
        if required > sum(saved):
            return Used(saved=saved, low=ceiling, high=ceiling), required - sum(saved)
    elif required > most(pieces):
        raise ValueError(f"{float(required):g} units must be abated, but no more than {float(most(pieces)):g} can be")
    return cheapest(pieces, required), Fraction(0)
