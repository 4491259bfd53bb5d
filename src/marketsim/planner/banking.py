"""One cap a period with banking and limited borrowing: the price path that no trader through time can beat.

Minimise the present value of abatement subject to bank(t) = bank(t−1) + cap − emissions ≥ −borrow limit, and ≥ the terminal
minimum at the end. The discounted price never rises, and is level while the bank is above its limit: from each time the bank
is at its limit, the next one is the end of the window whose own clearing price is the highest.
Source: Rubin (1996), J. Environ. Econ. Manage. 31; Schennach (2000), J. Environ. Econ. Manage. 40.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from marketsim.planner.merit import Piece, Used, cheapest, most


@dataclass(frozen=True, kw_only=True)
class Horizon:
    """Periods of one market: `cap`, `baseline` (periods,), `pieces` (periods,) of each period at current value."""

    cap: tuple[Fraction, ...]
    baseline: tuple[Fraction, ...]
    pieces: tuple[tuple[Piece, ...], ...]
    discount_rate: Fraction
    initial_bank: Fraction = Fraction(0)
    borrow_limit: Fraction = Fraction(0)
    terminal_bank_min: Fraction = Fraction(0)


@dataclass(frozen=True, kw_only=True)
class Path:
    """`price` at current value, `price_low`, `price_high` (None: open), `bank` at the end and `emissions` of each period, (periods,)."""

    price: tuple[Fraction, ...]
    price_low: tuple[Fraction, ...]
    price_high: tuple[Fraction | None, ...]
    bank: tuple[Fraction, ...]
    emissions: tuple[Fraction, ...]
    total_cost: Fraction


def price_path(horizon: Horizon) -> Path:
    """Return the competitive path, which is also the least-cost one; period 0 is not discounted.

    Raises: ValueError naming the first periods whose caps cannot be met by any abatement.
    """
    periods = len(horizon.cap)
    discounted = [_discounted(horizon, t) for t in range(periods)]
    begin, bank = 0, horizon.initial_bank
    spells: list[tuple[int, Used]] = []
    while begin < periods:
        end, used, bank = _next_spell(horizon, discounted, begin, bank)
        spells.append((end, used))
        begin = end
    return _path(horizon, _never_rising(spells))


def without_banking(horizon: Horizon) -> Path:
    """Return the path in which every period keeps to its own cap; the initial bank can be used in period 0 only.

    Raises: ValueError naming the period whose cap cannot be met.
    """
    spells = []
    for t in range(len(horizon.cap)):
        required = horizon.baseline[t] - horizon.cap[t] - (horizon.initial_bank if t == 0 else 0)
        spells.append((t + 1, _save(_discounted(horizon, t), required, t, t + 1)))
    return _path(horizon, spells)


def _discounted(horizon: Horizon, period: int) -> tuple[Piece, ...]:
    factor = (1 + horizon.discount_rate) ** period
    return tuple(Piece(owner=p.owner, quantity=p.quantity, start=p.start / factor, slope=p.slope / factor)
                 for p in horizon.pieces[period])


def _next_spell(horizon: Horizon, discounted: Sequence, begin: int, bank: Fraction) -> tuple[int, Used, Fraction]:
    """The window from `begin` with the highest clearing price (the longest of equals), and the bank at its end."""
    periods = len(horizon.cap)
    best: tuple[int, Used, Fraction] | None = None
    pieces: tuple[Piece, ...] = ()
    required = -bank
    for t in range(begin, periods):
        pieces += discounted[t]
        required += horizon.baseline[t] - horizon.cap[t]
        least = horizon.terminal_bank_min if t == periods - 1 else -horizon.borrow_limit
        used = _save(pieces, required + least, begin, t + 1)
        if best is None or used.low >= best[1].low:
            best = (t + 1, used, sum(used.saved) - required)
    return best


def _save(pieces: tuple[Piece, ...], required: Fraction, begin: int, end: int) -> Used:
    if required > most(pieces):
        where = f"period {begin}" if end == begin + 1 else f"periods {begin} to {end - 1}"
        raise ValueError(f"{float(required):g} units must be abated in {where}, but no more than {float(most(pieces)):g} can be")
    return cheapest(pieces, required)


def _never_rising(spells: Sequence[tuple[int, Used]]) -> list[tuple[int, Used]]:
    """The spells with each upper end cut at the lowest before it: permits can always be kept for later."""
    top, cut = None, []
    for end, used in spells:
        top = used.high if top is None else top if used.high is None else min(top, used.high)
        cut.append((end, replace(used, high=top)))
    return cut


def _path(horizon: Horizon, spells: Sequence[tuple[int, Used]]) -> Path:
    low: list[Fraction] = []
    high: list[Fraction | None] = []
    emissions, cost, begin = [], Fraction(0), 0
    for end, used in spells:
        saved = iter(used.saved)
        for t in range(begin, end):
            factor = (1 + horizon.discount_rate) ** t
            parts = [(piece, next(saved)) for piece in horizon.pieces[t]]
            emissions.append(horizon.baseline[t] - sum(q for _, q in parts))
            cost += sum((p.cost(q) for p, q in parts), Fraction(0)) / factor
            low.append(used.low * factor)
            high.append(None if used.high is None else used.high * factor)
        begin = end
    bank, banks = horizon.initial_bank, []
    for cap, emitted in zip(horizon.cap, emissions, strict=True):
        bank += cap - emitted
        banks.append(bank)
    price = tuple(a if b is None else (a + b) / 2 for a, b in zip(low, high, strict=True))
    return Path(price=price, price_low=tuple(low), price_high=tuple(high), bank=tuple(banks), emissions=tuple(emissions),
                total_cost=cost)
