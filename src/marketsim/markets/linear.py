"""Linear programs through HiGHS, kept warm, separable quadratic ones by an interior point, and what makes their answers canonical.

min c·x + ½ Σ q·x² with row_low ≤ A x ≤ row_high and low ≤ x ≤ high. HiGHS may stop at any optimal point; `canonical_point` computes
the one in which tied variables share in proportion to their room, from the binding sets alone, and `price_intervals` the range of
each price over all optimal duals.
Source: KKT conditions; HiGHS (Huangfu and Hall 2018) as solver.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.programs.highs import NoAnswer, Program, dense_columns
from marketsim.programs.quadratic import solve_quadratic

NEAR = 1e-7
"""Relative distance within which a bound counts as reached; HiGHS itself is asked for 1e-9."""
SAME = 1e-9
"""Relative difference below which two costs of a linear program count as one."""
ROUNDS = 20


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Bounds of one instance: rows (rows,), columns (columns,); float, infinite where there is none."""

    row_low: np.ndarray
    row_high: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Solver:
    """One program solved again and again with new bounds, each time from the last basis (linear programs)."""

    def __init__(self, rows: np.ndarray, cost: np.ndarray, curvature: np.ndarray):
        self.rows, self.cost, self.curvature = rows, cost, curvature
        self._highs = None

    def solve(self, bounds: Bounds) -> tuple[np.ndarray, np.ndarray]:
        """An optimal x (columns,) and the row duals (rows,): cost of one unit more on the row's bound.

        Raises ValueError when there is no optimal answer.
        """
        if self.curvature.any():
            return self._solve_quadratic(bounds)
        import highspy

        if self._highs is None:
            self._highs = self._model(highspy)
        solver, (rows, columns) = self._highs, self.rows.shape
        solver.changeColsBounds(columns, np.arange(columns, dtype=np.int32), bounds.low, bounds.high)
        solver.changeRowsBounds(rows, np.arange(rows, dtype=np.int32), bounds.row_low, bounds.row_high)
        solver.run()
        status = solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise ValueError(f"no dispatch meets the load within the limits (solver: {solver.modelStatusToString(status)})")
        solution = solver.getSolution()
        return np.array(solution.col_value), np.array(solution.row_dual)

    def _solve_quadratic(self, bounds: Bounds) -> tuple[np.ndarray, np.ndarray]:
        program = Program(cost=self.cost, low=bounds.low, high=bounds.high, row_low=bounds.row_low, row_high=bounds.row_high,
                          matrix=dense_columns(self.rows), curvature=self.curvature)  # fmt: skip
        try:
            return solve_quadratic(program)
        except NoAnswer as error:
            raise ValueError(f"no dispatch meets the load within the limits (solver: {error})") from error

    def _model(self, highspy):
        solver = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("primal_feasibility_tolerance", 1e-9),
                              ("dual_feasibility_tolerance", 1e-9), ("solver", "simplex")):  # fmt: skip
            solver.setOptionValue(option, value)
        model = highspy.HighsModel()
        lp, (rows, columns) = model.lp_, self.rows.shape
        column, index = np.nonzero(self.rows.T)
        lp.num_col_, lp.num_row_, lp.col_cost_ = columns, rows, self.cost
        lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.full(columns, highspy.kHighsInf)
        lp.row_lower_, lp.row_upper_ = np.full(rows, -highspy.kHighsInf), np.full(rows, highspy.kHighsInf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.searchsorted(column, np.arange(columns + 1)).astype(np.int32)
        lp.a_matrix_.index_, lp.a_matrix_.value_ = index.astype(np.int32), self.rows.T[column, index]
        solver.passModel(model)
        return solver


def _near(bounds: Bounds, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances that count as touching, for columns and rows."""
    span = np.where(np.isfinite(bounds.high), np.abs(bounds.high), 1.0)
    size = max(1.0, float(span.max(initial=1.0)))
    return np.full(rows.shape[1], NEAR * size), np.full(rows.shape[0], NEAR * size)


def canonical_point(solver: Solver, bounds: Bounds, found: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The optimal x in which variables free to move share in proportion to high − low; (columns,) float.

    Solves the KKT equations of the sets that bind in `found`; a bound the shared point would break joins the sets.
    """
    rows, q, (x, duals) = solver.rows, solver.curvature, found
    near, row_near = _near(bounds, rows)
    slope = solver.cost + q * x
    reduced = slope - duals @ rows
    money = (NEAR if q.any() else SAME) * max(1.0, float(np.abs(slope).max(initial=1.0)))
    fixed = np.where((x <= bounds.low + near) & (reduced > money), -1, 0) + np.where((x >= bounds.high - near) & (reduced < -money), 1, 0)
    fixed[bounds.high - bounds.low <= 0] = -1
    activity = rows @ x
    tight = np.where(duals < -money, 1, np.where(duals > money, -1, 0))
    tight[bounds.row_high - bounds.row_low <= 0] = 1
    sets = fixed.copy(), tight.copy()
    for _ in range(ROUNDS):
        point = _kkt_point(solver, bounds, fixed, tight)
        below, above = point < bounds.low - near, point > bounds.high + near
        activity = rows @ point
        under, over = activity < bounds.row_low - row_near, activity > bounds.row_high + row_near
        if not (below.any() or above.any() or under.any() or over.any()):
            return np.clip(point, bounds.low, bounds.high)
        fixed[below], fixed[above], tight[under], tight[over] = -1, 1, -1, 1
    return _shared_point(solver, bounds, x, sets)


def _shared_point(solver: Solver, bounds: Bounds, x: np.ndarray, sets: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The same by a quadratic program over the optimal points, for the rare case in which bounds cannot just be added one by one."""
    fixed, tight = sets
    free = np.flatnonzero((fixed == 0) & (solver.curvature == 0) & np.isfinite(bounds.high))
    if not len(free):
        return x
    out = np.where(fixed == 1, bounds.high, np.where(fixed == -1, bounds.low, x))
    out[free] = 0.0
    given, weight = solver.rows @ out, 1.0 / (bounds.high[free] - bounds.low[free])
    low = np.where(tight > 0, bounds.row_high, bounds.row_low) - given
    high = np.where(tight < 0, bounds.row_low, bounds.row_high) - given
    face = Program(cost=-weight * bounds.low[free], curvature=weight, low=bounds.low[free], high=bounds.high[free], row_low=low, row_high=high,
                   matrix=dense_columns(solver.rows[:, free]))  # fmt: skip
    try:
        out[free] = solve_quadratic(face)[0]
    except NoAnswer:  # the sets were read from rounded numbers and leave no point: HiGHS's own is optimal as well
        return x
    return out


def _kkt_point(solver: Solver, bounds: Bounds, fixed: np.ndarray, tight: np.ndarray) -> np.ndarray:
    """x that meets stationarity of the free columns and the tight rows, ties by least Σ (x − low)²/(high − low)."""
    free, held = np.flatnonzero(fixed == 0), np.flatnonzero(tight)
    x = np.where(fixed == 1, bounds.high, bounds.low).astype(float)
    if not len(free):
        return x
    a, q = solver.rows[np.ix_(held, free)], solver.curvature[free]
    room = np.sqrt(np.where(np.isfinite(bounds.high[free]), bounds.high[free] - bounds.low[free], 1.0))
    target = np.where(tight[held] > 0, bounds.row_high[held], bounds.row_low[held]) - solver.rows[held] @ x
    pulls = np.flatnonzero(q > 0)
    if not len(pulls):  # a tie between linear offers: least-norm share of what the tight rows still ask for
        return _placed(x, free, room * np.linalg.lstsq(a * room, target, rcond=1e-10)[0])
    size = max(1.0, float(np.abs(q[pulls]).max()))
    system = np.block([[np.diag(q) * room, -a.T], [a * room * size, np.zeros((len(held), len(held)))]])
    right = np.r_[-(solver.cost[free] + q * x[free]), target * size]
    answer = np.linalg.lstsq(system, right, rcond=1e-13)[0]
    return _placed(x, free, room * answer[: len(free)])


def _placed(x: np.ndarray, free: np.ndarray, share: np.ndarray) -> np.ndarray:
    x[free] += share
    return x


def price_intervals(solver: Solver, bounds: Bounds, x: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest y·weights over all optimal row duals y at the optimal point `x`; two (prices,) float arrays.

    `weights` is (rows, prices).
    """
    rows = solver.rows
    near, row_near = _near(bounds, rows)
    activity, slope = rows @ x, solver.cost + solver.curvature * x
    at_low, at_high = x <= bounds.low + near, x >= bounds.high - near
    up, down = activity >= bounds.row_high - row_near, activity <= bounds.row_low + row_near
    held = np.flatnonzero(up | down)
    inner = np.flatnonzero(~at_low & ~at_high)
    inside = rows[np.ix_(held, inner)].T
    if len(inner) and np.linalg.matrix_rank(inside, tol=1e-9) == len(held):
        y = np.linalg.lstsq(inside, slope[inner], rcond=None)[0]
        return y @ weights[held], y @ weights[held]
    y_low = np.where(up[held] & ~down[held], -np.inf, np.where(down[held] & ~up[held], 0.0, -np.inf))
    y_high = np.where(up[held] & ~down[held], 0.0, np.inf)
    # reduced cost slope − y·A: zero inside, not negative at the lower bound, not positive at the upper one, free where both
    row_low = np.where(at_low & ~at_high, -np.inf, np.where(at_high & at_low, -np.inf, slope))
    row_high = np.where(at_high & ~at_low, np.inf, np.where(at_high & at_low, np.inf, slope))
    face = Bounds(row_low=row_low, row_high=row_high, low=y_low, high=y_high)
    ends = np.array([[_extreme(rows[held].T, face, sign * weights[held, k]) * sign for sign in (1.0, -1.0)] for k in range(weights.shape[1])])
    return ends[:, 0], ends[:, 1]


def _extreme(constraints: np.ndarray, face: Bounds, direction: np.ndarray) -> float:
    """Least value of direction·y over the dual face, −inf where it has none."""
    try:
        y, _ = Solver(constraints, direction, np.zeros(len(direction))).solve(face)
    except ValueError:
        return -np.inf
    return float(direction @ y)
