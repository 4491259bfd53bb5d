"""Separable convex programs solved to the last digits: an interior point shows what binds, the conditions give the numbers.

For the columns strictly inside their bounds and the rows on theirs, cost + curvature·x = A'y and Ax = bound are linear
equations. They are solved, bounds that the solution breaks join the binding ones, prices of the wrong sign leave them, until
all conditions hold; so the answer depends on the problem alone, not on the way to it.
Source: Nocedal and Wright (2006), Numerical Optimization, ch. 16 (active sets).
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from marketsim.programs.dual_face import price_interval
from marketsim.programs.highs import NoAnswer, Program, solve_linear
from marketsim.programs.interior import Form, interior_point

_MET = 1e-9


@dataclass(frozen=True, kw_only=True)
class Optimum:
    """`x` (columns,) and for every row the interval of its price, (rows,); an open end is infinite."""

    x: np.ndarray
    price_low: np.ndarray
    price_high: np.ndarray

    @property
    def price(self) -> np.ndarray:
        """Middle of each interval, its lower end where the upper is open (and the upper where the lower is)."""
        middle = (self.price_low + self.price_high) / 2
        return np.where(np.isinf(self.price_high), self.price_low, np.where(np.isinf(self.price_low), self.price_high, middle))


def optimum(program: Program) -> Optimum:
    """Return the least-cost point and all prices that support it.

    Raises: NoAnswer where no point is feasible, the cost has no lowest value, or the conditions cannot be met.
    """
    x, y = solve_quadratic(program)
    low, high = price_interval(program, x, y)
    return Optimum(x=_tidy(x), price_low=_tidy(low), price_high=_tidy(high))


def solve_quadratic(program: Program) -> tuple[np.ndarray, np.ndarray]:
    """Return the least-cost point (columns,) and one price of each row (rows,), as `highs.solve_linear` does.

    Raises: NoAnswer as `optimum`.
    """
    solve_linear(replace(program, cost=np.zeros_like(program.cost)))  # HiGHS says at once where nothing is feasible
    units, money = _units(program)
    x, y = _solve(replace(  # all numbers near one: the tolerances below then suit kilograms as well as megatonnes
        program, cost=program.cost / money, curvature=program.curvature * (units / money), low=program.low / units, high=program.high / units,
        row_low=program.row_low / units, row_high=program.row_high / units))
    return np.clip(x * units, program.low, program.high), y * money


def _units(program: Program) -> tuple[float, float]:
    """Typical sizes of quantities and of prices, above zero."""
    ends = np.abs(np.concatenate([program.low, program.high]))
    ends = ends[np.isfinite(ends) & (ends > 0)]
    sides = np.abs(np.concatenate([program.row_low, program.row_high]))
    units = max(float(sides[np.isfinite(sides)].max(initial=0.0)), float(np.median(ends)) if ends.size else 0.0) or 1.0
    bent = program.curvature[program.curvature > 0]
    return units, max(float(np.abs(program.cost).max(initial=0.0)), float(np.median(bent)) * units if bent.size else 0.0) or 1.0


def _solve(program: Program) -> tuple[np.ndarray, np.ndarray]:
    rows = _dense(program)
    near, (column_at, row_at) = _binding(program, rows)
    for _ in range(4 * (column_at.size + row_at.size) + 20):
        x, y = _point(program, rows, near, (column_at, row_at))
        if not _mend(program, rows, (x, y), (column_at, row_at)):
            return x, y
    raise NoAnswer("the conditions of the least cost could not be brought to hold")


def _tidy(values: np.ndarray) -> np.ndarray:
    """Rounded to thirteen digits of the largest, so that the last bits of a float never show."""
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0
    return np.round(values, 13 - int(np.ceil(math.log10(largest)))) + 0.0  # + 0.0 turns −0 into 0


def _dense(program: Program) -> np.ndarray:
    rows = np.zeros((program.row_low.size, program.cost.size))
    column = np.repeat(np.arange(program.cost.size), np.diff(program.matrix.start))
    rows[program.matrix.index, column] = program.matrix.value
    return rows


def _binding(program: Program, rows: np.ndarray) -> tuple[tuple, tuple]:
    """A point and its prices near the optimum, and what binds: −1 for a column or row at its lower bound, 1 at its upper one, 0 between; (columns,), (rows,)."""
    open_columns = program.high > program.low
    ranged = program.row_high > program.row_low
    low, high = (np.concatenate([c[open_columns], r[ranged]]) for c, r in ((program.low, program.row_low), (program.high, program.row_high)))
    fixed = np.where(open_columns, 0.0, program.low)
    inner = np.hstack([rows[:, open_columns], -np.eye(len(ranged))[:, ranged]])  # a ranged row is a column of its own
    none = np.zeros(int(ranged.sum()))
    form = Form(cost=np.concatenate([program.cost[open_columns], none]), rows=inner, low=low, high=high,
                curvature=np.concatenate([program.curvature[open_columns], none]),
                right=np.where(ranged, 0.0, program.row_low) - rows @ fixed)
    v, y, z = interior_point(form)
    below, above = v - low < np.abs(z), high - v < np.abs(z)
    side = np.where((z > 0) & below, -1, np.where((z < 0) & above, 1, 0))
    column_at, row_at = np.full(open_columns.size, -1), np.full(ranged.size, -1)
    column_at[open_columns], row_at[ranged] = side[:int(open_columns.sum())], side[int(open_columns.sum()):]
    x = fixed.copy()
    x[open_columns] = v[:int(open_columns.sum())]
    return (x, y), (column_at, row_at)


def _point(program: Program, rows: np.ndarray, near: tuple, at: tuple) -> tuple[np.ndarray, np.ndarray]:
    """The point and prices that the binding sets determine; where they leave a choice, the nearest to `near`."""
    (x, y), (column_at, row_at) = near, at
    x = np.where(column_at == 1, program.high, np.where(column_at == -1, program.low, x))
    y = np.where(row_at == 0, 0.0, y)
    free, tight = np.flatnonzero(column_at == 0), np.flatnonzero(row_at)
    inner = rows[np.ix_(tight, free)]
    bound = np.where(row_at[tight] == 1, program.row_high[tight], program.row_low[tight])
    system = np.block([[np.diag(program.curvature[free]), -inner.T], [inner, np.zeros((tight.size, tight.size))]])
    left = program.cost[free] + program.curvature[free] * x[free] - y[tight] @ inner
    change = np.linalg.lstsq(system, np.concatenate([-left, bound - rows[tight] @ x]), rcond=1e-12)[0]
    x[free] += change[:free.size]
    y[tight] += change[free.size:]
    return x, y


def _mend(program: Program, rows: np.ndarray, point: tuple, at: tuple) -> bool:
    """Change the binding sets where the point breaks a condition; whether anything was changed."""
    (x, y), (column_at, row_at) = point, at
    near = _MET * max(1.0, float(np.abs(x).max(initial=0.0)))
    money = _MET * max(1.0, float(np.abs(program.cost).max(initial=0.0)), float(np.abs(y).max(initial=0.0)))
    broken = False
    for value, low, high, side in ((x, program.low, program.high, column_at), (rows @ x, program.row_low, program.row_high, row_at)):
        inside = side == 0
        for bound, sign in ((value < low - near, -1), (value > high + near, 1)):
            side[inside & bound] = sign
            broken |= bool((inside & bound).any())
    if broken:
        return True
    left = program.cost + program.curvature * x - y @ rows
    fixed = program.high - program.low <= 0
    wrong_column = ~fixed & (((column_at == -1) & (left < -money)) | ((column_at == 1) & (left > money)))
    equal = program.row_high - program.row_low <= 0
    wrong_row = ~equal & (((row_at == -1) & (y < -money)) | ((row_at == 1) & (y > money)))
    worst = np.concatenate([np.where(wrong_column, np.abs(left), 0.0), np.where(wrong_row, np.abs(y), 0.0)])
    if not worst.any():
        return False
    leaves = int(np.argmax(worst))  # one at a time, the worst first
    if leaves < x.size:
        column_at[leaves] = 0
    else:
        row_at[leaves - x.size] = 0
    return True
