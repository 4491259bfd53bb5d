"""What a right kept for next year is worth today by the outlook of the scenario, and the planner's path that one of them reads.

    worth today = next year's price / (1 + discount rate), nothing where rights cannot be kept

The planner's path is solved right by right, at the first prices of the others, over the years that are left: use grows as foreseen, free
amounts follow the rule and tighten as announced, offsets and auctions are what they are this year, measures taken in earlier years cost nothing more.
Source: Rubin (1996), J. Environ. Econ. Manage. 31: a bank is held where the price rises at the discount rate.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from marketsim.agents.outlooks import OUTLOOKS, Prospect
from marketsim.planner.banking import Horizon, price_path
from marketsim.planner.least_cost import Problem
from marketsim.planner.merit import Piece
from marketsim.policy.exact import scale
from marketsim.simulation.benchmark import problem
from marketsim.simulation.columns import claimants
from marketsim.simulation.comply import borrowable
from marketsim.simulation.right import Right
from marketsim.simulation.world import World

DIGITS = 6


def foreseen_cny(world: World) -> np.ndarray:
    """The planner's price of next year by right, (rights,) CNY per trading unit; nothing unless the outlook asks for it or in the last year."""
    rights, left = world.setting.rights, world.setting.years_left
    if world.setting.question.firms.outlook != "planner" or left == 0:
        return np.zeros(len(rights))
    return np.array([float(foreseen(world, right, left)[1]) for right in rights])


def kept_cny(world: World, right: Right, rows: np.ndarray) -> np.ndarray | None:
    """Worth today of a kept right to the firms in `rows`, (rows,) CNY per trading unit; None where nobody looks ahead."""
    setting, row, behaviour = world.setting, right.index, world.setting.question.firms
    if behaviour.outlook == "none":
        return None
    if right.compliance.parameters.bank_limit == 0:
        return np.zeros(len(rows))
    last = right.instrument.price_cny(int(world.state.close_tick[row]))
    believed = OUTLOOKS[behaviour.outlook](Prospect(
        last_cny=last, expected_cny=world.state.expected_cny[row, rows], foreseen_cny=float(setting.foreseen_cny[row]),
        year_ago_cny=last if setting.carried is None else right.instrument.price_cny(int(setting.carried.close_tick[row])),
    ))  # fmt: skip
    return believed / (1.0 + float(behaviour.discount_rate))


def loans(world: World, right: Right, rows: np.ndarray) -> np.ndarray | float:
    """What firms count on borrowing of next year's free amount: all they may, where that year's right is believed to be cheaper. Shape (rows,)."""
    terms = right.compliance.parameters
    if not (terms.borrow_limit and world.setting.years_left):
        return 0.0
    kept = kept_cny(world, right, rows)
    believed = 0.0 if kept is None else kept * (1.0 + terms.borrow_interest)
    most = right.units(borrowable(world.setting, right, world.state.final[right.index, rows])) * terms.borrow_limit
    return np.where(world.state.expected_cny[right.index, rows] > believed, most, 0.0)


def foreseen(world: World, right: Right, left: int) -> tuple[Fraction, ...]:
    """The planner's price of this year and of each year that is left, CNY per trading unit."""
    question, row = world.setting.question, right.index
    asked = problem(world)
    grows = ~world.setting.firms.is_kind("irrigation")
    growing, steady = (_whole(asked.need[row, rows].sum()) for rows in (grows, ~grows))
    pieces, free = _pieces(world, asked, right), _free(world, right, left)
    bank = _whole(asked.endowment[row].sum()) - free[0]
    return price_path(Horizon(
        cap=free, baseline=tuple(growing * (1 + question.activity.growth) ** year + steady for year in range(left + 1)),
        pieces=tuple(pieces for _ in free), discount_rate=question.firms.discount_rate, initial_bank=bank,
        borrow_limit=free[1] * _whole(right.compliance.parameters.borrow_limit),
    )).price


def _free(world: World, right: Right, left: int) -> tuple[Fraction, ...]:
    """Free amounts of this year and of those that are left: as the rule gives them for the output that is foreseen, or the cap, less the tightening."""
    setting, now = world.setting, _whole(right.units(world.state.final[right.index].sum()))
    falls, growth = 1 - right.market.tightening, 1 + setting.question.activity.growth
    if right.market.cap is not None:
        return tuple(now * falls**year for year in range(left + 1))
    grows = ~setting.firms.is_kind("irrigation")
    ruled = []
    for year in range(left + 1):
        output = np.where(grows, scale(setting.output_ppm, growth**year), setting.output_ppm)
        ruled.append(int(right.allocation.apply(claimants(replace(setting, output_ppm=output), right, None)).sum()))
    return tuple(now * Fraction(amount, max(ruled[0], 1)) * falls**year for year, amount in enumerate(ruled))


def _pieces(world: World, asked: Problem, right: Right) -> tuple[Piece, ...]:
    """Measures of covered firms that are not taken yet, outside supply and the penalty, as steps of cost to the tick."""
    row, price = right.index, world.state.expected_cny
    helps = np.flatnonzero(asked.saving[row] > 0)
    firm, saving, cost = asked.choice_firm[helps], asked.saving[:, helps], asked.cost[helps]
    others = (saving * price[:, firm]).sum(axis=0) - saving[row] * price[row, firm]
    costs = np.maximum((cost - others) / saving[row], 0.0)
    steps = list(zip(saving[row].tolist(), costs.tolist(), strict=True))
    steps += [(supply.quantity, supply.unit_cost) for supply in asked.outside if supply.right == row]
    lacking = float(asked.need[row].sum() - min(asked.endowment[row].sum(), 0.0))  # what is owed from before can be many years' use
    steps.append((lacking * 10, right.ceiling_cny))
    at_tick: dict[int, float] = {}
    for quantity, cost in steps:
        tick = right.instrument.tick(cost)
        at_tick[tick] = at_tick.get(tick, 0.0) + quantity
    return tuple(Piece(owner=0, quantity=_whole(quantity), start=_whole(right.instrument.price_cny(tick)), slope=Fraction(0))
                 for tick, quantity in sorted(at_tick.items()) if quantity > 0)  # fmt: skip


def _whole(value: float) -> Fraction:
    return Fraction(round(float(value), DIGITS)).limit_denominator(10**DIGITS)
