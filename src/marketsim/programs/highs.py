"""Linear programs by HiGHS, cold and on one thread, so that equal input gives equal bytes; the record quadratic ones share."""

from dataclasses import dataclass

import numpy as np


class NoAnswer(ValueError):
    """The problem has no feasible or no lowest-cost answer."""


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A sparse matrix by columns: `start` (columns + 1,), `index` and `value` (entries,)."""

    start: np.ndarray
    index: np.ndarray
    value: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Program:
    """Minimise cost·x + ½ Σ curvature·x² subject to row_low ≤ Ax ≤ row_high and low ≤ x ≤ high.

    `cost`, `low`, `high`, `curvature` are (columns,), `row_low`, `row_high` (rows,), all float64.
    """

    cost: np.ndarray
    low: np.ndarray
    high: np.ndarray
    row_low: np.ndarray
    row_high: np.ndarray
    matrix: Matrix
    curvature: np.ndarray | None = None


def dense_columns(rows: np.ndarray) -> Matrix:
    """Return the sparse form of a dense matrix (rows, columns)."""
    column, index = np.nonzero(rows.T)
    start = np.zeros(rows.shape[1] + 1, dtype=np.int32)
    start[1:] = np.cumsum(np.bincount(column, minlength=rows.shape[1]))
    return Matrix(start=start, index=index.astype(np.int32), value=np.ascontiguousarray(rows.T[column, index]))


def entries_to_columns(row: np.ndarray, column: np.ndarray, value: np.ndarray, columns: int) -> Matrix:
    """Return the sparse form of entries (entries,) given in any order; zero values are left out."""
    kept = value != 0
    row, column, value = row[kept], column[kept], value[kept]
    order = np.lexsort((row, column))
    start = np.zeros(columns + 1, dtype=np.int32)
    start[1:] = np.cumsum(np.bincount(column, minlength=columns))
    return Matrix(start=start, index=row[order].astype(np.int32), value=value[order].astype(float))


def solve_linear(program: Program) -> tuple[np.ndarray, np.ndarray]:
    """Return the optimal x (columns,) and the price of each row (rows,), the cost of one unit more on its bound; curvature is left out.

    Raises: NoAnswer where no x meets the rows, or the cost has no lowest value.
    """
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("presolve", "off")  # its search for alike columns grows with their square: 100,000 took minutes
    solver.setOptionValue("solver", "simplex")
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.cost.size, program.row_low.size
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.low, program.high
    lp.row_lower_, lp.row_upper_ = program.row_low, program.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = program.matrix.start, program.matrix.index, program.matrix.value
    solver.passModel(lp)
    solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise NoAnswer(f"no least-cost answer: {solver.modelStatusToString(status)}")
    solution = solver.getSolution()
    return np.array(solution.col_value), np.array(solution.row_dual)
