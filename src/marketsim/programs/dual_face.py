"""All prices that support one optimal plan: the lowest and the highest price of every row.

One unit more on row r costs the highest supporting price, one unit less saves the lowest. Both are one linear program in
the change d of the plan: minimise Σ (g − A'y)·d with A d = ±(unit r), where d ≥ 0 for columns at their lower bound, d ≤ 0 at
their upper bound, free between, g = cost + curvature·x, and y the price already known.
Source: sensitivity of linear programs, Dantzig and Thapa (1997), Linear Programming 1, ch. 7.
"""

from dataclasses import replace

import numpy as np

from marketsim.programs.highs import Matrix, NoAnswer, Program, solve_linear

_CLOSE = 1e-9


def price_interval(program: Program, x: np.ndarray, dual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest supporting price of each row, (rows,) each; an open end is infinite.

    `x` (columns,) is an optimal plan of `program` and `dual` (rows,) one supporting price.
    """
    change, binding = _changes(program, x, dual)
    low, high = np.zeros(dual.size), np.zeros(dual.size)
    if _only_one(change, binding):
        return np.where(binding, dual, low), np.where(binding, dual, high)
    for r in np.flatnonzero(binding):
        low[r] = dual[r] - _cost_of(change, r, -1.0)
        high[r] = dual[r] + _cost_of(change, r, 1.0)
    return low, high


def _only_one(change: Program, binding: np.ndarray) -> bool:
    """Whether the columns strictly inside their bounds determine all prices, as they do unless a plan is degenerate."""
    inside = np.flatnonzero(np.isinf(change.low) & np.isinf(change.high))
    start, matrix = change.matrix.start, change.matrix
    if inside.size < binding.sum() or inside.size > 1000:
        return False
    rows = np.zeros((binding.size, inside.size))
    for k, column in enumerate(inside):
        entries = slice(start[column], start[column + 1])
        rows[matrix.index[entries], k] = matrix.value[entries]
    size = np.abs(rows).max(axis=0)
    return bool(np.linalg.matrix_rank(rows[binding] / np.where(size > 0, size, 1.0), tol=1e-9) == binding.sum())


def _cost_of(change: Program, row: int, units: float) -> float:
    target = np.zeros(change.row_low.size)
    target[row] = units
    moved = replace(change, row_low=np.where(np.isinf(change.row_low), -np.inf, target),
                    row_high=np.where(np.isinf(change.row_high), np.inf, target))
    try:
        d, _ = solve_linear(moved)
    except NoAnswer:  # d = 0 costs nothing, so no answer means that no change of the plan gives this unit
        return float("inf")
    return float(np.maximum(moved.cost @ d, 0.0))


def _changes(program: Program, x: np.ndarray, dual: np.ndarray) -> tuple[Program, np.ndarray]:
    """The program in d with a surplus column for every row that binds on one side only; which rows bind."""
    rows, matrix = dual.size, program.matrix
    column = np.repeat(np.arange(x.size), np.diff(matrix.start))
    gradient = program.cost if program.curvature is None else program.cost + program.curvature * x
    left = gradient - np.bincount(column, weights=matrix.value * dual[matrix.index], minlength=x.size)
    size = 1.0 + np.abs(x)
    at_low, at_high = x - program.low <= _CLOSE * size, program.high - x <= _CLOSE * size
    activity = np.bincount(matrix.index, weights=matrix.value * x[column], minlength=rows)
    size = 1.0 + np.abs(activity)
    on_low, on_high = activity - program.row_low <= _CLOSE * size, program.row_high - activity <= _CLOSE * size
    one_sided = np.flatnonzero(on_low ^ on_high)
    side = np.where(on_low[one_sided], 1.0, -1.0)
    count = one_sided.size
    changes = Program(
        # signs are forced, so that the last bits of a float never make a gain of doing nothing
        cost=np.concatenate([np.where(at_low, np.maximum(left, 0), 0) + np.where(at_high, np.minimum(left, 0), 0),
                             np.maximum(side * dual[one_sided], 0)]),
        low=np.concatenate([np.where(at_low, 0.0, -np.inf), np.zeros(count)]),
        high=np.concatenate([np.where(at_high, 0.0, np.inf), np.full(count, np.inf)]),
        row_low=np.where(on_low | on_high, 0.0, -np.inf), row_high=np.where(on_low | on_high, 0.0, np.inf),
        matrix=Matrix(start=np.concatenate([matrix.start, matrix.start[-1] + 1 + np.arange(count, dtype=np.int32)]),
                      index=np.concatenate([matrix.index, one_sided.astype(np.int32)]),
                      value=np.concatenate([matrix.value, -side])))
    return changes, on_low | on_high
