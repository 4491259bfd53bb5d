"""Linear programs with few rows and very many columns: only the columns near their break-even price are put to the solver.

Prices guessed from a sample leave most columns clearly worth taking or clearly not. They are fixed at the bound they lean to, the rest
is solved, and what then leans the other way joins the rest until nothing does; the answer is one of the whole program.
Source: sifting, Bixby, Gregory, Lustig, Marsten and Shanno (1992), Operations Research 40(5).
"""

from dataclasses import replace

import numpy as np

from marketsim.programs.highs import Matrix, NoAnswer, Program, solve_linear

_FEW = 4000


def solve_wide(program: Program, few: int = _FEW) -> tuple[np.ndarray, np.ndarray]:
    """Return the optimal x (columns,) and the price of each row (rows,), as `solve_linear`; worth it from some 10,000 columns on.

    About `few` columns are put to the solver at once, more of very many: the price guessed from n of N columns is off by a share of
    them that falls with √n, and those n must reach over it, n / N > 1 / √n. Raises: NoAnswer as `solve_linear`.
    """
    columns = program.cost.size
    few = max(few, round(columns ** (2 / 3)))
    if columns <= 3 * few:
        return solve_linear(program)
    column = np.repeat(np.arange(columns), np.diff(program.matrix.start))
    always = ~np.isfinite(program.low) | ~np.isfinite(program.high)
    try:
        _, price = solve_linear(_sample(program, always, few, column))
        left, worth = _net_cost(program, price, column)
        near = np.abs(left) / np.maximum(worth, 1e-300)
        chosen = always | (near <= np.partition(near, few)[few])
        side = np.where(left > 0, program.low, program.high)
        while True:
            x = np.where(chosen, 0.0, side)
            x[chosen], price = _rest(program, chosen, x, column)
            left, worth = _net_cost(program, price, column)
            wrong = ~chosen & (left * np.where(side > program.low, 1.0, -1.0) > 1e-12 * worth)
            if not wrong.any():
                return x, price
            chosen |= wrong
    except NoAnswer:  # the guess fixed too much, or there is no answer at all: the whole program knows
        return solve_linear(program)


def _net_cost(program: Program, price: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cost of each column less what its rows pay for it, and the larger of the two in size, (columns,) each."""
    earned = np.bincount(column, weights=program.matrix.value * price[program.matrix.index], minlength=program.cost.size)
    return program.cost - earned, np.maximum(np.abs(program.cost), np.abs(earned))


def _sample(program: Program, always: np.ndarray, few: int, column: np.ndarray) -> Program:
    """About `few` columns that stand for all: points at equal distance along the columns' running size hit them, each column counts for its hits.

    So a large column stands for itself, and of small ones each that is hit stands for as much as any other.
    """
    share = np.abs(program.matrix.value) / np.bincount(program.matrix.index, weights=np.abs(program.matrix.value), minlength=program.row_low.size)[program.matrix.index]
    size = np.where(always, 0.0, np.bincount(column, weights=share, minlength=program.cost.size))
    step = size.sum() / few
    hits = np.diff(np.floor(np.cumsum(size) / step), prepend=0.0)
    taken = always | (hits > 0)
    wide = np.where(always, 1.0, hits * step / np.where(size > 0, size, 1.0))[taken]
    return replace(program, cost=program.cost[taken], low=program.low[taken] * wide, high=program.high[taken] * wide,
                   matrix=_columns_of(program.matrix, taken))


def _rest(program: Program, chosen: np.ndarray, x: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fixed = np.bincount(program.matrix.index, weights=program.matrix.value * x[column], minlength=program.row_low.size)
    return solve_linear(replace(
        program, cost=program.cost[chosen], low=program.low[chosen], high=program.high[chosen],
        row_low=program.row_low - fixed, row_high=program.row_high - fixed, matrix=_columns_of(program.matrix, chosen)))


def _columns_of(matrix: Matrix, taken: np.ndarray) -> Matrix:
    counts = np.diff(matrix.start)
    entries = np.repeat(taken, counts)
    start = np.concatenate([[0], np.cumsum(counts[taken])]).astype(np.int32)
    return Matrix(start=start, index=matrix.index[entries], value=matrix.value[entries])
