"""The least-cost plan against an independent LP, textbook answers, and what must hold for any problem."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from marketsim.planner.least_cost import Problem, Supply, least_cost, no_trade, share_of_gain


def random_problem(seed: int) -> Problem:
    draw = np.random.default_rng([seed, 77])
    rights, firms, choices = draw.integers(1, 4), draw.integers(1, 8), draw.integers(1, 40)
    need = draw.integers(0, 200, (rights, firms)).astype(float)
    firm = draw.integers(0, firms, choices)
    saving = draw.integers(0, 30, (rights, choices)) * np.where(draw.random((rights, choices)) < 0.2, -1.0, 1.0)
    supplies = tuple(Supply(right=int(draw.integers(rights)), quantity=float(draw.integers(1, 100)),
                            unit_cost=float(draw.integers(1, 60)), kind=str(draw.choice(["cost", "transfer"])))
                     for _ in range(draw.integers(0, 4)))
    return Problem(need=need, endowment=np.round(need * draw.uniform(0.5, 1.1), 2), choice_firm=firm, saving=saving,
                   cost=draw.integers(0, 900, choices).astype(float), ceiling=draw.integers(20, 99, rights).astype(float),
                   outside=supplies)


def independent_cost(problem: Problem, extra: np.ndarray) -> float:
    """Outlay of the joint LP by scipy, with `extra` units of use in each right."""
    rights = problem.ceiling.size
    saving = problem.saving * (problem.need[:, problem.choice_firm] > 0)
    buy = np.zeros((rights, len(problem.outside)))
    for k, supply in enumerate(problem.outside):
        buy[supply.right, k] = 1.0
    short = (problem.need - problem.endowment).sum(axis=1) + extra
    bounds = [(0, 1)] * problem.cost.size + [(0, s.quantity) for s in problem.outside] + [(0, None)] * rights
    answer = linprog(np.concatenate([problem.cost, [s.unit_cost for s in problem.outside], problem.ceiling]),
                     A_ub=-np.hstack([saving, buy, np.eye(rights)]), b_ub=-short, bounds=bounds)
    assert answer.status == 0
    return answer.fun


@pytest.mark.parametrize("seed", range(150))
def test_outlay_and_prices_agree_with_an_independent_lp(seed):
    problem = random_problem(seed)
    plan = least_cost(problem)
    rights = problem.ceiling.size
    base = independent_cost(problem, np.zeros(rights))
    assert plan.cost + plan.transfer == pytest.approx(base, rel=1e-9, abs=1e-7)
    short = (problem.need - problem.endowment).sum(axis=1)
    for right in range(rights):
        step = 1e-4
        one = np.eye(rights)[right] * step
        assert plan.price_high[right] == pytest.approx((independent_cost(problem, one) - base) / step, abs=1e-3) \
            or short[right] <= 0
        assert plan.price_low[right] == pytest.approx((base - independent_cost(problem, -one)) / step, abs=1e-3)


@pytest.mark.parametrize("seed", range(150))
def test_plan_is_feasible_and_beats_every_firm_alone(seed):
    problem = random_problem(seed)
    plan, alone = least_cost(problem), no_trade(problem)
    saving = problem.saving * (problem.need[:, problem.choice_firm] > 0)
    bought = np.zeros(problem.ceiling.size)
    for supply, units in zip(problem.outside, plan.bought, strict=True):
        assert -1e-9 <= units <= supply.quantity * (1 + 1e-12)
        bought[supply.right] += units
    left = problem.endowment.sum(1) + bought + plan.uncovered + saving @ plan.taken - problem.need.sum(1)
    assert (left >= -1e-6).all() and (plan.taken >= 0).all() and (plan.taken <= 1).all()
    assert (plan.price_low <= plan.price_high + 1e-9).all() and (plan.price_high <= problem.ceiling + 1e-9).all()
    assert alone.cost + alone.transfer >= (plan.cost + plan.transfer) * (1 - 1e-9) - 1e-6
    assert alone.firm_outlay.sum() == pytest.approx(alone.cost + alone.transfer)


@pytest.mark.parametrize("seed", range(40))
def test_no_trade_is_each_firm_solved_as_its_own_market(seed):
    problem = replace(random_problem(seed), outside=())
    alone = no_trade(problem)
    for firm in range(problem.need.shape[1]):
        own = problem.choice_firm == firm
        single = Problem(need=problem.need[:, [firm]], endowment=problem.endowment[:, [firm]],
                         choice_firm=np.zeros(own.sum(), dtype=int), saving=problem.saving[:, own],
                         cost=problem.cost[own], ceiling=problem.ceiling)
        assert alone.firm_outlay[firm] == pytest.approx(least_cost(single).cost, rel=1e-9, abs=1e-6)


def steps(blocks, cap, **more) -> Problem:
    """One right; blocks of (firm, quantity, unit cost); firms as large as their blocks; cap split evenly."""
    firm = np.array([b[0] for b in blocks])
    quantity = np.array([b[1] for b in blocks], dtype=float)
    need = np.bincount(firm, weights=quantity)[None, :]
    values = dict(need=need, endowment=np.full_like(need, cap / need.size), choice_firm=firm, saving=quantity[None, :],
                  cost=quantity * [b[2] for b in blocks], ceiling=np.array([1000.0]))
    return Problem(**(values | more))



def test_textbook_steps_are_supported_by_any_price_between_two_blocks():
    blocks = [(0, 10, 5), (0, 10, 20), (0, 20, 40), (1, 20, 10), (1, 15, 30)]
    need = np.array([[50.0, 50.0]])  # 100 in all, cap 60: the blocks up to 20 are exactly enough
    plan = least_cost(steps(blocks, 60, need=need))
    assert (plan.price_low, plan.price, plan.price_high) == pytest.approx((20, 25, 30), abs=1e-9)
    assert plan.cost == pytest.approx(450, abs=1e-9)


def test_a_cut_is_shared_by_size_between_equal_offers():
    plan = least_cost(steps([(0, 10, 5), (1, 30, 5), (1, 20, 9)], 40))
    assert plan.taken == pytest.approx([0.5, 0.5, 0.0], abs=1e-12)
    offered = least_cost(steps([(0, 60, 5)], 40, outside=(Supply(right=0, quantity=20.0, unit_cost=5.0),)))
    assert (offered.taken[0], offered.bought[0]) == pytest.approx((0.25, 5.0), abs=1e-12)


def test_auction_at_its_reserve_price_is_a_transfer_and_holds_the_price():
    auction = Supply(right=0, quantity=100.0, unit_cost=15.0, kind="transfer")
    plan = least_cost(steps([(0, 10, 5), (1, 10, 40)], 10, outside=(auction,)))
    assert (plan.price_low[0], plan.price_high[0]) == pytest.approx((5.0, 15.0))
    assert (plan.cost, plan.transfer) == pytest.approx((50.0, 0.0))
    tighter = least_cost(steps([(0, 10, 5), (1, 10, 40)], 4, outside=(auction,)))
    assert (tighter.cost, tighter.transfer, tighter.price[0]) == pytest.approx((50.0, 6 * 15.0, 15.0))


def test_a_right_that_does_not_bind_costs_nothing_and_scarcity_ends_at_the_ceiling():
    assert least_cost(steps([(0, 10, 5)], 12)).price[0] == 0.0
    assert least_cost(steps([(0, 10, 5)], 10)).price_high[0] == 0.0
    short = least_cost(steps([(0, 10, 5)], 2, need=np.array([[20.0]]), ceiling=np.array([60.0])))
    assert (short.price[0], short.uncovered[0], short.cost) == pytest.approx((60.0, 8.0, 50 + 480))


def test_a_choice_that_uses_another_right_pays_that_price():
    """Saving 1 of the first right costs 1 and uses 2 of the second; the second is worth 4: the first is worth 9."""
    plan = least_cost(Problem(need=np.array([[10.0], [10.0]]), endowment=np.array([[8.0], [10.0]]),
                              choice_firm=np.array([0, 0]), saving=np.array([[10.0, 0.0], [-20.0, 10.0]]),
                              cost=np.array([10.0, 40.0]), ceiling=np.array([99.0, 99.0])))
    assert plan.price == pytest.approx([9.0, 4.0])
    assert plan.cost == pytest.approx(2 * 9.0)


@pytest.mark.parametrize("seed", range(30))
def test_order_of_choices_changes_not_one_bit(seed):
    draw, plain = np.random.default_rng(seed), random_problem(seed)
    sizes = (1.0, 2.0, 3.7)  # every choice three times in proportion: such offers are joined, and their sums round
    problem = replace(plain, choice_firm=np.tile(plain.choice_firm, 3), saving=np.hstack([plain.saving / 3 * size for size in sizes]),
                      cost=np.concatenate([plain.cost / 7 * size for size in sizes]))
    turned = draw.permutation(problem.cost.size)
    other = replace(problem, choice_firm=problem.choice_firm[turned], saving=problem.saving[:, turned], cost=problem.cost[turned])
    for solve in (least_cost, no_trade):
        ours, theirs = vars(solve(problem)), vars(solve(other))
        if solve is least_cost:  # alone, of choices that are the same any may be taken
            assert (ours.pop("taken")[turned] == theirs.pop("taken")).all()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours if name != "taken")


def test_a_problem_without_any_offer_is_paid_at_the_ceiling():
    empty = Problem(need=np.array([[3.0, 5.0]]), endowment=np.zeros((1, 2)), choice_firm=np.zeros(0, np.int64), saving=np.zeros((1, 0)),
                    cost=np.zeros(0), ceiling=np.array([9.0]))
    assert least_cost(empty).cost == no_trade(empty).cost == 72.0


def test_share_of_gain_is_none_where_nothing_can_be_gained():
    assert share_of_gain(100.0, 70.0, 60.0) == pytest.approx(0.75)
    assert share_of_gain(100.0, 110.0, 60.0) == pytest.approx(-0.25)
    assert share_of_gain(100.0, 100.0, 100.0) is None
    assert share_of_gain(0.0, 0.0, 0.0) is None


def test_an_endless_ceiling_is_refused():
    with pytest.raises(ValueError, match="finite ceiling"):
        least_cost(steps([(0, 10, 5)], 2, ceiling=np.array([np.inf])))


def test_a_supply_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="cost or transfer, got 'gift'"):
        least_cost(steps([(0, 10, 5)], 2, outside=(Supply(right=0, quantity=1.0, unit_cost=1.0, kind="gift"),)))
