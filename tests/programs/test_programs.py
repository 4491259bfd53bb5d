"""Linear and quadratic programs: optimality proved by the conditions themselves, intervals by solving again, refusals."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from marketsim.programs.dual_face import price_interval
from marketsim.programs.highs import NoAnswer, Program, dense_columns, entries_to_columns, solve_linear
from marketsim.programs.quadratic import optimum, solve_quadratic
from marketsim.programs.wide import solve_wide


def program(cost, rows, row_bounds, bounds, curvature=None):
    """A program from plain lists; bounds are (low, high) pairs, None where open."""
    def ends(pairs, k, far):
        return np.array([far if pair[k] is None else pair[k] for pair in pairs], dtype=float)

    return Program(cost=np.array(cost, dtype=float), low=ends(bounds, 0, -np.inf), high=ends(bounds, 1, np.inf),
                   row_low=ends(row_bounds, 0, -np.inf), row_high=ends(row_bounds, 1, np.inf),
                   matrix=dense_columns(np.array(rows, dtype=float)), curvature=None if curvature is None else np.array(curvature, dtype=float))


def random_program(seed, quadratic):
    """Integer data, so that ties and unused bounds are common; a point inside makes it feasible."""
    draw = np.random.default_rng([seed, 420])
    columns, rows = int(draw.integers(2, 25)), int(draw.integers(1, 10))
    matrix = draw.integers(-2, 3, (rows, columns)) * (draw.random((rows, columns)) < 0.5)
    inside = draw.integers(0, 6, columns)
    activity = matrix @ inside
    row_bounds = [[(a, a), (a - 2, None), (None, a + 1), (a - 1, a + 3)][draw.integers(4)] for a in activity.tolist()]
    bounds = [(0, int(x) + int(draw.integers(0, 5))) for x in inside]
    curvature = draw.choice([0, 0, 1, 2], columns) if quadratic else None
    return program(draw.integers(-5, 10, columns), matrix, row_bounds, bounds, curvature), matrix.astype(float)


@pytest.mark.parametrize("seed", range(300))
def test_random_quadratic_programs_meet_the_optimality_conditions(seed):
    asked, rows = random_program(seed, quadratic=True)
    x, y = solve_quadratic(asked)
    close = 1e-8
    assert (x >= asked.low).all() and (x <= asked.high).all()
    activity = rows @ x
    assert (activity >= asked.row_low - close).all() and (activity <= asked.row_high + close).all()
    left = asked.cost + asked.curvature * x - y @ rows
    assert (left[x > asked.low + close] <= close).all() and (left[x < asked.high - close] >= -close).all()
    assert (y[activity > asked.row_low + close] <= close).all() and (y[activity < asked.row_high - close] >= -close).all()


@pytest.mark.parametrize("seed", range(100))
def test_the_price_interval_is_what_one_unit_more_or_less_costs(seed):
    asked, rows = random_program(seed, quadratic=False)
    x, y = solve_linear(asked)
    low, high = price_interval(asked, x, y)
    step = 1e-5

    def cost(shift):
        finite = [(r, b + s, 1) for r, b, s in zip(rows, asked.row_high, shift, strict=True) if np.isfinite(b)]
        finite += [(-r, -(b + s), 1) for r, b, s in zip(rows, asked.row_low, shift, strict=True) if np.isfinite(b)]
        found = linprog(asked.cost, A_ub=[r for r, _, _ in finite], b_ub=[b for _, b, _ in finite],
                        bounds=np.stack([asked.low, asked.high], axis=1))
        return found.fun if found.status == 0 else np.inf

    base = cost(np.zeros(len(rows)))
    assert asked.cost @ x == pytest.approx(base, abs=1e-7)
    for r in range(len(rows)):
        shift = np.eye(len(rows))[r] * step
        for end, found in ((high[r], (cost(shift) - base) / step), (low[r], (base - cost(-shift)) / step)):
            assert end == found if np.isinf(found) else end == pytest.approx(found, abs=1e-3)


def test_an_interval_open_upwards_gives_its_lower_end_as_price():
    """Three units are needed and there are no more: any price from the dearest unit's cost on."""
    found = optimum(program([2, 7], [[1, 1]], [(3, None)], [(0, 1), (0, 2)], curvature=[0, 1]))
    assert found.x == pytest.approx([1, 2])
    assert found.price_low[0] == pytest.approx(9) and np.isinf(found.price_high[0]) and found.price[0] == pytest.approx(9)


@pytest.mark.parametrize("curvature", [None, [1, 0]])
def test_what_cannot_be_met_or_has_no_lowest_cost_is_refused(curvature):
    solve = solve_linear if curvature is None else solve_quadratic
    with pytest.raises(NoAnswer):
        solve(program([1, 1], [[1, 1]], [(5, None)], [(0, 2), (0, 2)], curvature))
    with pytest.raises(NoAnswer):
        solve(program([1, -1], [[1, 0]], [(0, None)], [(0, 2), (0, None)], curvature))


def test_a_program_of_some_size_is_solved_to_the_last_digits():
    """Three hundred users of one resource: everybody's marginal benefit is the price."""
    draw = np.random.default_rng(1)
    a, b = draw.integers(50, 100, 300).astype(float), draw.integers(1, 5, 300).astype(float)
    found = optimum(program(-a, [[1] * 300], [(None, 2000)], [(0, 40)] * 300, b))
    price = -found.price[0]
    assert found.x == pytest.approx(np.clip((a - price) / b, 0, 40), rel=1e-10, abs=1e-10) and found.x.sum() == pytest.approx(2000)


@pytest.mark.parametrize(("units", "money"), [(2.0**20, 1.0), (2.0**-10, 2.0**10), (2.0**16, 2.0**-7), (2.0**24, 2.0**10)])
def test_the_units_of_a_problem_do_not_matter(units, money):
    for seed in range(20):
        asked, _ = random_program(seed, quadratic=True)
        other = replace(asked, cost=asked.cost * money, curvature=asked.curvature * money / units, low=asked.low * units,
                        high=asked.high * units, row_low=asked.row_low * units, row_high=asked.row_high * units)
        (x, y), (x_other, y_other) = solve_quadratic(asked), solve_quadratic(other)
        assert x_other / units == pytest.approx(x, rel=1e-9, abs=1e-9) and y_other / money == pytest.approx(y, rel=1e-9, abs=1e-9)


def test_the_same_program_gives_the_same_bytes():
    asked, _ = random_program(7, quadratic=True)
    first, second = optimum(asked), optimum(asked)
    assert first.x.tobytes() == second.x.tobytes() and first.price_low.tobytes() == second.price_low.tobytes()


def test_entries_in_any_order_make_the_same_matrix():
    rows = np.array([[0.0, 2.0, 0.0], [3.0, 4.0, 0.0]])
    dense, loose = dense_columns(rows), entries_to_columns(np.array([1, 1, 0, 0]), np.array([1, 0, 2, 1]), np.array([4.0, 3.0, 0.0, 2.0]), 3)
    assert all((getattr(dense, name) == getattr(loose, name)).all() for name in ("start", "index", "value"))


@pytest.mark.parametrize("seed", range(40))
def test_a_wide_program_has_the_answer_of_the_whole_one(seed):
    """Few columns at once, many in all: same cost and prices, and every column on the right side of its price."""
    draw = np.random.default_rng([seed, 421])
    columns, rows = 600, int(draw.integers(1, 4))
    matrix = np.hstack([draw.uniform(-1, 3, (rows, columns)), np.eye(rows)])
    asked = program(np.concatenate([draw.uniform(-1, 20, columns), [50.0] * rows]), matrix, [(float(n), None) for n in draw.uniform(50, 700, rows)],
                    [(0, 1)] * columns + [(0, None)] * rows)
    (x, y), (whole, _) = solve_wide(asked, few=30), solve_linear(asked)
    assert asked.cost @ x == pytest.approx(asked.cost @ whole, rel=1e-10)
    left = asked.cost - y @ matrix
    assert (left[x > 1e-9] <= 1e-7).all() and (left[x < asked.high - 1e-9] >= -1e-7).all() and (matrix @ x >= asked.row_low - 1e-7).all()


def test_a_wide_program_without_an_answer_is_refused():
    with pytest.raises(NoAnswer):
        solve_wide(program([1.0] * 500, [[1.0] * 500], [(501, None)], [(0, 1)] * 500), few=10)
