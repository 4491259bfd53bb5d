"""Separable convex programs solved to the last digits: HiGHS finds what binds, the optimality conditions give the numbers.

For the columns strictly inside their bounds and the rows on theirs, cost + curvature·x = A'y and Ax = bound are linear
equations. They are solved, bounds that the solution breaks join the binding ones, prices of the wrong sign leave them, until
all conditions hold; so the answer depends on the problem alone, not on the way HiGHS took.
Source: Nocedal and Wright (2006), Numerical Optimization, ch. 16 (active sets).
"""

from dataclasses import dataclass

import numpy as np

from marketsim.planner.dual_face import price_interval
from marketsim.planner.highs import NoAnswer, Program, solve

_FOUND = 1e-5  # how near HiGHS's answer must come to a bound for a first guess that it binds
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
    rows = _dense(program)
    x, y = solve(program)
    scale = max(1.0, float(np.abs(x).max(initial=0.0)))
    column_at = _side(x, program.low, program.high, _FOUND * scale)
    row_at = _side(rows @ x, program.row_low, program.row_high, _FOUND * scale)
    for _ in range(4 * (x.size + y.size) + 20):
        x, y = _point(program, rows, column_at, row_at)
        if not _mend(program, rows, (x, y), (column_at, row_at)):
            low, high = price_interval(program, x, y)
            return Optimum(x=np.clip(x, program.low, program.high), price_low=low, price_high=high)
    raise NoAnswer("the planner could not bring the optimality conditions to hold")


def _dense(program: Program) -> np.ndarray:
    rows = np.zeros((program.row_low.size, program.cost.size))
    column = np.repeat(np.arange(program.cost.size), np.diff(program.matrix.start))
    rows[program.matrix.index, column] = program.matrix.value
    return rows


def _side(value: np.ndarray, low: np.ndarray, high: np.ndarray, near: float) -> np.ndarray:
    """−1 where a value is at its lower bound, 1 at its upper one, 0 between."""
    return np.where(value - low <= near, -1, np.where(high - value <= near, 1, 0))


def _point(program: Program, rows: np.ndarray, column_at: np.ndarray, row_at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The point and prices that the binding sets determine; least squares where they leave a choice."""
    x = np.where(column_at == 1, program.high, np.where(column_at == -1, program.low, 0.0))
    free, tight = np.flatnonzero(column_at == 0), np.flatnonzero(row_at)
    inner = rows[np.ix_(tight, free)]
    bound = np.where(row_at[tight] == 1, program.row_high[tight], program.row_low[tight])
    system = np.block([[np.diag(program.curvature[free]), -inner.T], [inner, np.zeros((tight.size, tight.size))]])
    answer = np.linalg.lstsq(system, np.concatenate([-program.cost[free], bound - rows[tight] @ x]), rcond=1e-12)[0]
    x[free] = answer[:free.size]
    y = np.zeros(rows.shape[0])
    y[tight] = answer[free.size:]
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
