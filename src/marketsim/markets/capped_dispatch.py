"""Least-cost dispatch of several periods under one cap on what the units emit, or at a given price of it.

Minimise Σ hours·(Σ fuel·g + voll·unserved) subject to Σ hours·factor·g ≤ cap. For a price p of emissions the answer is the merit
order on fuel + p·factor, and emissions fall in steps as p rises, at prices where two costs cross: p = (f_j − f_i)/(e_i − e_j).
The cap's price is the crossing where emissions jump over the cap (there the two merit orders are mixed), or the interval between
two crossings where emissions equal the cap.
Source: Lagrangian dual of the dispatch problem; e.g. Kirschen and Strbac (2018), ch. 4 and 9.
"""

from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Floats: `load_mw`, `hours` (periods,), `cap_mw`, `fuel_cost`, `factor` (units,) cost and emissions per MWh, `voll` per MWh."""

    load_mw: np.ndarray
    hours: np.ndarray
    cap_mw: np.ndarray
    fuel_cost: np.ndarray
    factor: np.ndarray
    voll: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`dispatch_mw` (periods, units), `unserved_mw` and `power_price` (periods,), the interval of the cap's price, totals."""

    dispatch_mw: np.ndarray
    unserved_mw: np.ndarray
    power_price: np.ndarray
    price_low: float
    price_high: float
    emissions: float
    objective: float


def dispatch_at_price(problem: Problem, price: float) -> Answer:
    """Dispatch at a given price of emissions; equal costs share in proportion to capacity."""
    return _answer(problem, _merit(problem, price, 0), price, price)


def dispatch_under_cap(problem: Problem, cap: float) -> Answer:
    """Dispatch under a cap. Raises ValueError when no dispatch emits so little (a negative cap, or negative factors)."""
    slack, prices = _slack(cap), _crossings(problem)
    free = _merit(problem, 0.0, -1)
    if _emissions(problem, free) <= cap + slack:
        shared = _merit(problem, 0.0, 0)
        kept = shared if _emissions(problem, shared) <= cap + slack else _mixed(problem, 0.0, cap)
        exactly = abs(_emissions(problem, free) - cap) <= slack
        return _answer(problem, kept, 0.0, (_next_fall(problem, prices, cap) if exactly else None) or 0.0)
    first, last = 0, len(prices)  # the lowest crossing at which the cleaner order fits under the cap
    while first < last:
        middle = (first + last) // 2
        if _emissions(problem, _merit(problem, prices[middle], -1)) <= cap + slack:
            last = middle
        else:
            first = middle + 1
    if first == len(prices):
        beyond = 2 * prices[-1] + 1.0 if len(prices) else 1.0
        raise ValueError(f"no dispatch emits as little as {cap:g}; the least is {_emissions(problem, _merit(problem, beyond, -1)):g}")
    low = high = float(prices[first])
    if abs(_emissions(problem, _merit(problem, low, -1)) - cap) <= slack:
        high = _next_fall(problem, prices[first + 1 :], cap) or low
    return _answer(problem, _mixed(problem, low, cap), low, high)


def _next_fall(problem: Problem, prices: np.ndarray, cap: float) -> float | None:
    """Where a cap lies exactly on a step, its price may be anything up to the next one at which emissions fall; None: there is none."""
    return next((float(p) for p in prices if _emissions(problem, _merit(problem, p, -1)) < cap - _slack(cap)), None)


def _slack(cap: float) -> float:
    return TOLERANCE * max(1.0, abs(cap))


def _crossings(problem: Problem) -> np.ndarray:
    """Positive prices at which two units, or a unit and unserved load, cost the same; ascending, near-equal ones merged."""
    cost = np.append(problem.fuel_cost, problem.voll)
    factor = np.append(problem.factor, 0.0)
    dearer, dirtier = cost[:, None] - cost[None, :], factor[None, :] - factor[:, None]
    usable = (dirtier > 0) & (dearer > 0)
    prices = np.unique(dearer[usable] / dirtier[usable])
    kept = np.append(True, np.diff(prices) > 1e-12 * prices[1:]) if len(prices) else np.zeros(0, bool)
    return prices[kept]


def _cost(problem: Problem, price: float) -> tuple[np.ndarray, np.ndarray]:
    """Cost with the price of emissions and factor of the units, and of unserved load as a last unit without limit."""
    factor = np.append(problem.factor, 0.0)
    base = np.append(problem.fuel_cost, problem.voll)
    return base + price * factor, factor


def _merit(problem: Problem, price: float, cleaner: int) -> np.ndarray:
    """Merit order at a price: (periods, units + 1) MW, the last column unserved.

    At equal cost the cleaner goes first for −1, the dirtier for 1, and for 0 all share by capacity.
    """
    cost, factor = _cost(problem, price)
    room = np.append(problem.cap_mw, np.inf)
    out = np.zeros((len(problem.load_mw), len(cost)))
    left = problem.load_mw.astype(float).copy()
    for rows in _groups(cost, -cleaner * factor):
        total = room[rows].sum()
        taken = np.minimum(left, total)
        if np.isinf(total):
            rows, total = rows[np.isinf(room[rows])], 1.0
            out[:, rows] = taken[:, None]
        elif total > 0:
            out[:, rows] = taken[:, None] * (room[rows] / total)
        left = left - taken
    return out


def _groups(cost: np.ndarray, second: np.ndarray) -> list[np.ndarray]:
    """Rows equal in cost (to rounding) and in the second key, in order of both."""
    order = np.argsort(cost, kind="stable")
    finite = cost[order]
    gap = np.diff(finite, prepend=finite[0]) > 1e-11 * np.maximum(1.0, np.abs(finite))
    level = np.empty(len(cost), np.int64)
    level[order] = np.cumsum(gap)
    order = np.lexsort((second, level))
    changed = (np.diff(level[order]) != 0) | (np.diff(second[order]) != 0)
    return np.split(order, np.flatnonzero(changed) + 1)


def _mixed(problem: Problem, price: float, cap: float) -> np.ndarray:
    """The mix of the cleaner and the dirtier merit order at a price that emits exactly the cap."""
    clean, dirty = _merit(problem, price, -1), _merit(problem, price, 1)
    low, high = _emissions(problem, clean), _emissions(problem, dirty)
    share = 0.0 if high - low <= _slack(cap) else min(1.0, max(0.0, (cap - low) / (high - low)))
    return clean + share * (dirty - clean)


def _emissions(problem: Problem, merit: np.ndarray) -> float:
    return float(problem.hours @ (merit[:, :-1] @ problem.factor))


def _answer(problem: Problem, merit: np.ndarray, low: float, high: float) -> Answer:
    cost, _ = _cost(problem, (low + high) / 2)
    fuel = merit[:, :-1] @ problem.fuel_cost + merit[:, -1] * problem.voll
    return Answer(
        dispatch_mw=merit[:, :-1], unserved_mw=merit[:, -1], power_price=_prices(problem, merit, cost), price_low=low, price_high=high,
        emissions=_emissions(problem, merit), objective=float(problem.hours @ fuel),
    )  # fmt: skip


def _prices(problem: Problem, merit: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Price of each period: the middle between the dearest cost in use and the cheapest that has room."""
    room = np.append(problem.cap_mw, np.inf)
    slack = 1e-9 * np.maximum(1.0, np.append(problem.cap_mw, problem.load_mw.max(initial=1.0)))
    usable = room > slack
    used, spare = (merit > slack) & usable, (merit < room - slack) & usable
    dearest = np.where(used, cost, -np.inf).max(axis=1)
    cheapest = np.where(spare, cost, np.inf).min(axis=1)
    dearest = np.where(np.isinf(dearest), np.minimum(cheapest, 0.0), dearest)
    # where a mix leaves several units between their bounds they all cost the same up to rounding
    return (dearest + np.maximum(cheapest, dearest)) / 2
