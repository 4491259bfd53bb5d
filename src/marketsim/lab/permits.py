"""Lab kind `permits`: one cap, many firms, the permit price and the gains from trade; exact fractions throughout.

Runs marketsim.planner.permits.
Source: Montgomery (1972), J. Econ. Theory 5.
"""

from fractions import Fraction

from marketsim.errors import InputError
from marketsim.lab.reading import Reader
from marketsim.planner.merit import Piece
from marketsim.planner.permits import Market, alone, clear


def answer(problem: Reader) -> dict:
    """Return price, interval, firms, no-trade cost and gains of one problem."""
    problem.knows("cap", "price_floor", "price_ceiling", "firms")
    firms = problem.objects("firms", least=1)
    market = _market(problem, firms)
    cleared = clear(market)
    emissions = [b - q for b, q in zip(market.baseline, cleared.abatement, strict=True)]
    return {
        "price": cleared.price, "price_low": cleared.price_low, "price_high": cleared.price_high,
        "total_abatement": sum(cleared.abatement), "total_cost": sum(cleared.cost), "emissions": sum(emissions),
        "withdrawn": cleared.withdrawn, "extra_sold": cleared.extra_sold,
        "firms": [{"name": firm.name(str(i)), "abatement": cleared.abatement[i], "emissions": emissions[i],
                   "cost": cleared.cost[i], "net_purchase": emissions[i] - market.allocation[i]} for i, firm in enumerate(firms)],
        **_without_trade(market, cleared),
    }  # fmt: skip


def _market(problem: Reader, firms: list[Reader]) -> Market:
    cap = problem.number("cap", least=0)
    baseline = tuple(firm.knows("baseline", "allocation", "mac").number("baseline", least=0) for firm in firms)
    given = [firm.number("allocation", None, least=0) for firm in firms]
    rest = max(cap - sum(a for a in given if a is not None), Fraction(0))
    size = sum(b for b, a in zip(baseline, given, strict=True) if a is None)
    allocation = tuple(a if a is not None else rest * b / size if size else Fraction(0)
                       for b, a in zip(baseline, given, strict=True))
    pieces = tuple(piece for i, firm in enumerate(firms) for piece in curve(firm.object("mac"), i, baseline[i]))
    return Market(cap=cap, baseline=baseline, allocation=allocation, pieces=pieces,
                  floor=problem.number("price_floor", None, least=0), ceiling=problem.number("price_ceiling", None, least=0))


def curve(mac: Reader, owner: int, baseline: Fraction) -> list[Piece]:
    """The pieces of one firm's marginal abatement cost curve."""
    if mac.choice("type", ("linear", "step")) == "linear":
        mac.knows("type", "a", "b", "max")
        return [Piece(owner=owner, quantity=mac.number("max", baseline, least=0), start=mac.number("a"),
                      slope=mac.number("b", least=0))]
    mac.knows("type", "blocks")
    blocks = mac.items("blocks")
    for i, block in enumerate(blocks):
        if not isinstance(block, list) or len(block) != 2 or not all(type(n) in (int, Fraction) for n in block) or block[0] < 0:
            raise InputError(f"{mac.place('blocks')}[{i}]: expected [quantity of 0 or more, unit_cost]")
    return [Piece(owner=owner, quantity=Fraction(quantity), start=Fraction(cost)) for quantity, cost in blocks]


def _without_trade(market: Market, cleared) -> dict:
    """No-trade cost and gains; purchases at the ceiling and sales at the floor count in the gains, not in the costs."""
    single = alone(market)
    if single is None:
        return {"no_trade": {"cost": None, "extra_bought": None}, "gains_from_trade": None}
    ceiling, floor = market.ceiling or 0, market.floor or 0
    apart = sum(single.cost) + ceiling * sum(single.extra_bought)
    together = sum(cleared.cost) + ceiling * cleared.extra_sold - floor * cleared.withdrawn
    return {"no_trade": {"cost": sum(single.cost), "extra_bought": sum(single.extra_bought)}, "gains_from_trade": apart - together}
