"""An interior-point method for small separable convex programs; it ends near a point where every bound binds clearly or not at all.

Newton steps on cost + curvature·v − B'y − z_low + z_high = 0, Bv = b, (v − low)·z_low = (high − v)·z_high = μ, with μ driven to zero
(Mehrotra's predictor and corrector). HiGHS's own quadratic solver cycled or failed on one random problem in a few hundred.
Source: Mehrotra (1992), SIAM J. Optim. 2; Nocedal and Wright (2006), Numerical Optimization, ch. 16.6.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.programs.highs import NoAnswer

_STEPS = 200
_DONE = 1e-11
_NEAR = 1e-6
_FAR = 1e300
_FIRM = 1e-11  # keeps the step defined where rows repeat each other; the residuals are not touched


@dataclass(frozen=True, kw_only=True)
class Form:
    """Minimise cost·v + ½ Σ curvature·v² subject to `rows` v = `right` and low < v < high; `rows` (rows, columns) dense."""

    cost: np.ndarray
    curvature: np.ndarray
    rows: np.ndarray
    right: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, kw_only=True)
class _State:
    """The iterate: `v` strictly inside its bounds, row prices `y`, bound prices `z_low`, `z_high` (0 where there is no bound)."""

    v: np.ndarray
    y: np.ndarray
    z_low: np.ndarray
    z_high: np.ndarray


def interior_point(form: Form) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return v (columns,), y (rows,) and the net price of the bounds z_low − z_high (columns,), to about nine digits.

    Raises: NoAnswer where it does not converge: no point meets the rows, or the cost has no lowest value.
    """
    size = max(1.0, *(float(np.abs(a[np.isfinite(a)]).max(initial=0.0)) for a in (form.right, form.low, form.high)))
    money = max(1.0, float(np.abs(form.cost).max(initial=0.0)))
    state = _start(form, size, money)
    bounds = max(1, int(np.isfinite(form.low).sum() + np.isfinite(form.high).sum()))
    best, nearest = state, np.inf
    with np.errstate(all="ignore"):  # where no inner point exists the last steps overflow; the best one is kept
        for _ in range(_STEPS):
            dual, primal = _residuals(form, state)
            mu = _gap(state, *_slacks(form, state.v)) / bounds
            far = max(np.abs(dual).max(initial=0.0) / money, np.abs(primal).max(initial=0.0) / size, mu / (size * money))
            if not far < nearest * 10:  # also where it is not a number
                break
            if far < nearest:
                best, nearest = state, far
            if far <= _DONE:
                break
            try:
                state = _step(form, state, (dual, primal), mu)
            except np.linalg.LinAlgError:
                break
    if nearest > _NEAR:
        raise NoAnswer("no point meets the limits of the problem, or its cost has no lowest value")
    return best.v, best.y, best.z_low - best.z_high


def _start(form: Form, size: float, money: float) -> _State:
    has_low, has_high = np.isfinite(form.low), np.isfinite(form.high)
    low, high = np.where(has_low, form.low, 0.0), np.where(has_high, form.high, 0.0)
    v = np.where(has_low & has_high, (low + high) / 2, np.where(has_low, low + size, np.where(has_high, high - size, 0.0)))
    return _State(v=v, y=np.zeros(form.right.size), z_low=np.where(has_low, money, 0.0), z_high=np.where(has_high, money, 0.0))


def _slacks(form: Form, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the bounds, very far where there is none."""
    return np.minimum(v - form.low, _FAR), np.minimum(form.high - v, _FAR)


def _gap(state: _State, below: np.ndarray, above: np.ndarray) -> float:
    return float(below @ state.z_low + above @ state.z_high)


def _residuals(form: Form, state: _State) -> tuple[np.ndarray, np.ndarray]:
    dual = form.cost + form.curvature * state.v - state.y @ form.rows - state.z_low + state.z_high
    return dual, form.rows @ state.v - form.right


def _step(form: Form, state: _State, residuals: tuple[np.ndarray, np.ndarray], mu: float) -> _State:
    """The state after one predictor and corrector step."""
    below, above = _slacks(form, state.v)
    count = form.right.size
    system = np.zeros((state.v.size + count,) * 2)
    columns = np.arange(state.v.size)
    system[columns, columns] = form.curvature + state.z_low / below + state.z_high / above + _FIRM
    system[np.arange(columns.size, len(system)), np.arange(columns.size, len(system))] = _FIRM
    system[:columns.size, columns.size:] = -form.rows.T
    system[columns.size:, :columns.size] = form.rows

    def direction(low_target: np.ndarray, high_target: np.ndarray) -> tuple[np.ndarray, ...]:
        pull = -residuals[0] + low_target / below - high_target / above - state.z_low + state.z_high
        move = np.linalg.solve(system, np.concatenate([pull, -residuals[1]]))
        dv = move[:columns.size]
        d_low = low_target / below - state.z_low - state.z_low / below * dv
        d_high = high_target / above - state.z_high + state.z_high / above * dv
        return dv, move[columns.size:], d_low, d_high

    nothing = np.zeros(columns.size)
    dv, _, d_low, d_high = direction(nothing, nothing)
    primal, dual = _longest(below, above, dv), _longest(state.z_low, state.z_high, d_low, d_high)
    ahead = (below + primal * dv) @ (state.z_low + dual * d_low) + (above - primal * dv) @ (state.z_high + dual * d_high)
    now = _gap(state, below, above)
    centre = mu * (max(ahead, 0.0) / now) ** 3 if now > 0 else 0.0
    curved = min(primal, dual, 1.0) ** 2  # a predictor that was cut short says little about the curve
    low_goal = np.where(np.isfinite(form.low), centre - curved * dv * d_low, 0.0)
    high_goal = np.where(np.isfinite(form.high), centre + curved * dv * d_high, 0.0)
    dv, dy, d_low, d_high = direction(low_goal, high_goal)
    primal, dual = 0.995 * _longest(below, above, dv), 0.995 * _longest(state.z_low, state.z_high, d_low, d_high)
    if form.curvature.any():  # a quadratic cost ties prices to the point: one length for both
        primal = dual = min(primal, dual)
    return _State(v=state.v + primal * dv, y=state.y + dual * dy,
                  z_low=np.where(np.isfinite(form.low), state.z_low + dual * d_low, 0.0),
                  z_high=np.where(np.isfinite(form.high), state.z_high + dual * d_high, 0.0))


def _longest(low: np.ndarray, high: np.ndarray, d_low: np.ndarray, d_high: np.ndarray | None = None) -> float:
    """The longest step up to 1 that keeps both positive; without `d_high` the second moves against the first."""
    against = -d_low if d_high is None else d_high
    length = 1.0 / 0.995
    for value, change in ((low, d_low), (high, against)):
        falls = change < 0
        length = min(length, float((-value[falls] / change[falls]).min(initial=length)))
    return length
