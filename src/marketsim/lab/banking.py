"""Lab kind `banking`: one cap a period, permits kept for later or borrowed within a limit; exact fractions throughout.

Runs marketsim.planner.banking.
Source: Rubin (1996), J. Environ. Econ. Manage. 31.
"""

from fractions import Fraction

from marketsim.errors import InputError
from marketsim.lab.reading import Reader
from marketsim.planner.banking import Horizon, price_path, without_banking
from marketsim.planner.merit import Piece


def answer(problem: Reader) -> dict:
    """Return prices, bank and emissions by period, the present cost, and the same without banking (null where impossible)."""
    problem.knows("caps", "discount_rate", "initial_bank", "borrow_limit", "terminal_bank_min", "firms")
    horizon = _horizon(problem)
    path = price_path(horizon)
    try:
        kept = without_banking(horizon)
        apart = {"prices": kept.price, "total_cost": kept.total_cost}
    except ValueError:
        apart = {"prices": None, "total_cost": None}
    return {"prices": path.price, "prices_low": path.price_low, "prices_high": path.price_high, "bank": path.bank,
            "emissions": path.emissions, "total_cost": path.total_cost, "no_banking": apart}


def _horizon(problem: Reader) -> Horizon:
    caps = problem.numbers("caps", least=0)
    if not caps:
        raise problem.wrong("caps", "a list of one number or more")
    periods = range(len(caps))
    baseline = [Fraction(0)] * len(caps)
    pieces: list[list[Piece]] = [[] for _ in periods]
    for i, firm in enumerate(problem.objects("firms", least=1)):
        firm.knows("baseline", "mac", "max")
        mac = firm.object("mac").knows("a", "b", "type")
        own = firm.numbers("baseline", len(caps), least=0) if isinstance(firm.get("baseline"), list) else (
            (firm.number("baseline", least=0),) * len(caps))
        start, slope, limit = mac.number("a"), mac.number("b", least=0), firm.number("max", None, least=0)
        for t in periods:
            baseline[t] += own[t]
            pieces[t].append(Piece(owner=i, quantity=own[t] if limit is None else limit, start=start, slope=slope))
    return Horizon(cap=caps, baseline=tuple(baseline), pieces=tuple(map(tuple, pieces)),
                   discount_rate=_above_minus_one(problem), initial_bank=problem.number("initial_bank", Fraction(0)),
                   borrow_limit=problem.number("borrow_limit", Fraction(0), least=0),
                   terminal_bank_min=problem.number("terminal_bank_min", Fraction(0)))


def _above_minus_one(problem: Reader) -> Fraction:
    rate = problem.number("discount_rate", Fraction(0))
    if rate <= -1:
        raise InputError(f"{problem.place('discount_rate')}: expected a number above -1, got {float(rate):g}")
    return rate
