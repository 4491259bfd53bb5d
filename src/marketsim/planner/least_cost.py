"""The least-cost way to meet every cap at once, and what the same firms would pay without any trade.

Least cost: minimise Σ cost·taken + Σ unit_cost·bought + Σ ceiling·uncovered, subject for every right to
Σ saving·taken + bought + uncovered ≥ Σ need − Σ endowment, with 0 ≤ taken ≤ 1. The price of a right is the
dual of its row. Choices may use more of another right, so all rights are solved jointly; lumpy choices are
relaxed to fractions, which makes the figure a lower bound.
Source: Montgomery (1972), Markets in licenses and efficient pollution control programs, J. Econ. Theory 5.
"""

import math
from dataclasses import dataclass

import numpy as np

from marketsim.programs.dual_face import price_interval
from marketsim.programs.highs import Program, dense_columns, entries_to_columns, solve_linear
from marketsim.programs.wide import solve_wide

_BLOCK = 500
_DIGITS = 9  # prices are rounded here, far below a tick, so that the last bits of a float never show


@dataclass(frozen=True, kw_only=True)
class Supply:
    """Units of one right that anybody may buy at `unit_cost`.

    `kind` is "cost" where the payment uses up resources (offset projects) and "transfer" where it only
    changes hands (an auction at its reserve price).
    """

    right: int
    quantity: float
    unit_cost: float
    kind: str = "cost"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Firms, rights and choices of one period in trading units and CNY.

    `need` (rights, firms) is use without any choice, 0 where a right does not cover a firm; a saving of a firm
    that is not covered counts for nothing. `endowment` (rights, firms) is what was handed out free.
    `choice_firm` (choices,), `saving` (rights, choices) and `cost` (choices,) describe whole choices, of which
    any fraction may be taken. `ceiling` (rights,) is the payment for a unit of uncovered use.
    """

    need: np.ndarray
    endowment: np.ndarray
    choice_firm: np.ndarray
    saving: np.ndarray
    cost: np.ndarray
    ceiling: np.ndarray
    outside: tuple[Supply, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The least-cost plan: `price`, `price_low`, `price_high`, `uncovered` (rights,), `taken` (choices,), `bought` (supplies,).

    `cost` is resources and penalties, `transfer` payments that only change hands (auction at reserve price);
    their sum is what the plan minimises.
    """

    price: np.ndarray
    price_low: np.ndarray
    price_high: np.ndarray
    taken: np.ndarray
    bought: np.ndarray
    uncovered: np.ndarray
    cost: float
    transfer: float


@dataclass(frozen=True, kw_only=True)
class NoTrade:
    """Every firm alone: `taken` (choices,), `bought` (supplies,), `uncovered` (rights, firms), `firm_outlay` (firms,)."""

    taken: np.ndarray
    bought: np.ndarray
    uncovered: np.ndarray
    firm_outlay: np.ndarray
    cost: float
    transfer: float


def least_cost(problem: Problem) -> Plan:
    """Return the plan that covers all use of all rights at least cost.

    Prices are the middle of the dual interval. Offers alike in proportion (same saving per CNY) share by size.
    Raises: ValueError where a ceiling is not finite.
    """
    _check(problem)
    rights = len(problem.ceiling)
    saving, cost = _offers(problem)
    merged, group = _merge(saving, cost)
    rows = np.hstack([merged[:-1], np.eye(rights)])
    short = (problem.need - problem.endowment).sum(axis=1)
    columns = rows.shape[1]
    program = Program(
        cost=np.concatenate([merged[-1], problem.ceiling]),
        low=np.zeros(columns),
        high=np.concatenate([np.ones(columns - rights), np.full(rights, np.inf)]),
        row_low=short, row_high=np.full(rights, np.inf), matrix=dense_columns(rows))
    x, dual = solve_wide(program)
    low, high = price_interval(program, x, dual)
    idle = (short <= 0) & ~((rows < 0) & (x > 0)).any(axis=1)  # free rights are enough and nothing draws on them
    low, high = (np.round(np.where(idle, 0.0, end), _DIGITS) for end in (low, high))
    fraction = np.clip(x[:-rights], 0.0, 1.0)[group]
    taken, part = fraction[:problem.cost.size], fraction[problem.cost.size:]
    uncovered = np.maximum(x[-rights:], 0.0)
    bought, paid, transfer = _purchases(problem, part)
    spent = np.concatenate([problem.cost * taken, paid, problem.ceiling * uncovered])
    return Plan(price=(low + high) / 2, price_low=low, price_high=high, taken=taken, bought=bought, uncovered=uncovered,
                cost=math.fsum(spent.tolist()), transfer=math.fsum(transfer.tolist()))


def no_trade(problem: Problem) -> NoTrade:
    """Return the cheapest each firm can do with its own endowment, its own choices and the payment for uncovered use.

    Outside supply is not trade between firms, so it stays open: each firm may take the part of it that its own
    shortage before any choice is of all firms' shortage. What a firm does not use of its endowment lapses.
    Raises: ValueError where a ceiling is not finite.
    """
    _check(problem)
    rights, firms = problem.need.shape
    short = problem.need - problem.endowment
    kind, firm, saving, cost = _own_offers(problem, short)
    order = np.argsort(firm, kind="stable")
    taken, uncovered, whose = np.zeros(firm.size), np.zeros((rights, firms)), firm[order]
    for first in range(0, firms, _BLOCK):  # firms alone do not touch each other, and small programs are solved faster
        last = min(first + _BLOCK, firms)
        place = slice(*np.searchsorted(whose, (first, last)))
        rows = order[place]
        rows = rows[np.lexsort((cost[rows], *saving[:, rows], firm[rows]))]  # so that the order in which choices were given does not show
        order[place] = rows
        taken[rows], uncovered[:, first:last] = _alone(short[:, first:last], (firm[rows] - first, saving[:, rows], cost[rows]), problem.ceiling)
    choices = problem.cost.size
    spent = cost * taken
    outlay = np.bincount(whose, weights=spent[order], minlength=firms) + problem.ceiling @ uncovered
    moved = np.array([outside.kind == "transfer" for outside in problem.outside], dtype=bool)[kind[choices:]]
    transfer = math.fsum(spent[choices:][moved].tolist())
    bought = np.bincount(kind[choices:], weights=saving[:, choices:].sum(axis=0) * taken[choices:], minlength=len(problem.outside))
    return NoTrade(taken=taken[:choices], bought=bought, uncovered=uncovered, firm_outlay=outlay,
                   cost=math.fsum(outlay.tolist()) - transfer, transfer=transfer)


def share_of_gain(no_trade_outlay: float, run_outlay: float, least_outlay: float) -> float | None:
    """Return (no trade − run) / (no trade − least), or None where perfect trade gains less than a millionth.

    An outlay is cost plus transfer at its reserve price. Below 0 the run was worse than no trade; the value is
    not clipped. See docs/share-of-gain.md.
    """
    gain = no_trade_outlay - least_outlay
    if gain <= 1e-6 * max(abs(no_trade_outlay), abs(least_outlay), 1.0):
        return None
    return (no_trade_outlay - run_outlay) / gain


def _check(problem: Problem) -> None:
    if not np.isfinite(problem.ceiling).all():
        raise ValueError("every right needs a finite ceiling: without one a plan may not exist")
    for supply in problem.outside:
        if supply.kind not in ("cost", "transfer"):
            raise ValueError(f"outside supply: expected kind cost or transfer, got {supply.kind!r}")


def _counted_saving(problem: Problem) -> np.ndarray:
    covered = problem.need[:, problem.choice_firm] > 0
    return np.where(covered, problem.saving, 0.0)


def _offers(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Choices, then outside supplies, as one list: saving (rights, offers), cost (offers,)."""
    supply = np.zeros((len(problem.ceiling), len(problem.outside)))
    for k, outside in enumerate(problem.outside):
        supply[outside.right, k] = outside.quantity
    unit = np.array([outside.unit_cost * outside.quantity for outside in problem.outside])
    return np.hstack([_counted_saving(problem), supply]), np.concatenate([problem.cost, unit])


def _merge(saving: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join offers whose saving and cost are multiples of each other, so that they share a cut in proportion to size."""
    stacked = np.vstack([saving, cost])
    size = np.abs(stacked).max(axis=0)
    direction = np.round(stacked / np.where(size > 0, size, 1.0), 12) + 0.0  # + 0.0 turns −0 into 0
    order = np.lexsort((*stacked, *direction[::-1]))  # and within a group by amounts: sums do not show the order in which offers were given
    direction = direction[:, order]
    first = np.ones(size.size, dtype=bool)
    first[1:] = (direction[:, 1:] != direction[:, :-1]).any(axis=0)
    number = np.cumsum(first) - 1
    group = np.empty_like(number)
    group[order] = number
    merged = np.vstack([np.bincount(number, weights=row) for row in stacked[:, order]])
    return merged, group


def _purchases(problem: Problem, part: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Units bought of each outside supply, (supplies,), and the CNY of those that cost resources and of those that change hands."""
    bought = part * np.array([outside.quantity for outside in problem.outside])
    paid = bought * np.array([outside.unit_cost for outside in problem.outside])
    moved = np.array([outside.kind == "transfer" for outside in problem.outside], dtype=bool)
    return bought, paid[~moved], paid[moved]


def _own_offers(problem: Problem, short: np.ndarray) -> tuple[np.ndarray, ...]:
    """Choices, then each firm's part of each outside supply: number of the supply, firm, saving (rights, offers), cost."""
    shortage = np.maximum(short, 0.0)
    right = np.array([outside.right for outside in problem.outside], dtype=np.int64)
    total = shortage.sum(axis=1)
    size = np.array([outside.quantity for outside in problem.outside]) / np.where(total[right] > 0, total[right], 1.0)
    supply, firm = np.nonzero(shortage[right])
    quantity = size[supply] * shortage[right[supply], firm]
    part = np.zeros((len(total), supply.size))
    part[right[supply], np.arange(supply.size)] = quantity
    unit = np.array([outside.unit_cost for outside in problem.outside])
    return (np.concatenate([np.full(problem.cost.size, -1), supply]), np.concatenate([problem.choice_firm, firm]),
            np.hstack([_counted_saving(problem), part]), np.concatenate([problem.cost, unit[supply] * quantity]))


def _alone(short: np.ndarray, offers: tuple, ceiling: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each firm's least outlay on its own offers (firm, saving, cost): what is taken (offers,), uncovered (rights, firms)."""
    rights, firms = short.shape
    firm, saving, cost = offers
    right, offer = np.nonzero(saving)
    columns = cost.size + short.size
    x, _ = solve_linear(Program(
        cost=np.concatenate([cost, np.repeat(ceiling, firms)]), low=np.zeros(columns),
        high=np.concatenate([np.ones(cost.size), np.full(short.size, np.inf)]),
        row_low=short.ravel(), row_high=np.full(short.size, np.inf),
        matrix=entries_to_columns(np.concatenate([right * firms + firm[offer], np.arange(short.size)]),
                                  np.concatenate([offer, np.arange(cost.size, columns)]),
                                  np.concatenate([saving[right, offer], np.ones(short.size)]), columns)))
    return np.clip(x[:cost.size], 0.0, 1.0), np.maximum(x[cost.size:], 0.0).reshape(rights, firms)
