"""What firms believe a right kept for next year is worth today: nothing, the last price, or the planner's price of that year.

    worth today = next year's price / (1 + discount rate)

The planner's path is solved right by right, at the first prices of the others, over the years that are left: use grows as foreseen, free
amounts tighten as announced, measures, offsets and auctions are what they are this year.
Source: Rubin (1996), J. Environ. Econ. Manage. 31: a bank is held where the price rises at the discount rate.
"""

from fractions import Fraction

import numpy as np

from marketsim.planner.banking import Horizon, price_path
from marketsim.planner.merit import Piece
from marketsim.simulation.benchmark import problem
from marketsim.simulation.right import Right
from marketsim.simulation.world import World

DIGITS = 6


def kept_cny(world: World, years_left: int) -> np.ndarray | None:
    """Worth of a kept right by right, (rights,) CNY per trading unit; None where nobody looks ahead."""
    question = world.setting.question
    discount = 1.0 + float(question.firms.discount_rate)
    if question.firms.outlook == "last":
        return np.array([right.instrument.price_cny(int(world.state.close_tick[right.index])) / discount for right in world.setting.rights])
    if question.firms.outlook == "none" or years_left == 0:
        return None
    return np.array([float(foreseen(world, right, years_left)[1]) / discount for right in world.setting.rights])


def foreseen(world: World, right: Right, years_left: int) -> tuple[Fraction, ...]:
    """The planner's price of this year and of each year that is left, CNY per trading unit."""
    question, row = world.setting.question, right.index
    asked = problem(world)
    growth, falls = 1 + question.activity.growth, 1 - right.market.tightening
    use, free = _whole(asked.need[row].sum()), _whole(asked.endowment[row].sum())
    pieces = _pieces(world, right)
    carried = world.setting.carried
    bank = Fraction(0) if carried is None else _whole(right.units(carried.bank[row].sum() - carried.owed[row].sum()))
    years = range(years_left + 1)
    return price_path(Horizon(
        cap=tuple(free * falls**year for year in years), baseline=tuple(use * growth**year for year in years),
        pieces=tuple(pieces for _ in years), discount_rate=question.firms.discount_rate, initial_bank=bank,
    )).price


def _pieces(world: World, right: Right) -> tuple[Piece, ...]:
    """Measures of covered firms, outside supply and the penalty, as steps of cost."""
    setting, row, asked = world.setting, right.index, problem(world)
    menu, price = setting.menu, world.state.expected_cny
    helps = np.flatnonzero(menu.saving[row] > 0)
    others = (menu.saving[:, helps] * price[:, menu.firm[helps]]).sum(axis=0) - menu.saving[row, helps] * price[row, menu.firm[helps]]
    costs = np.maximum((menu.cost_cny[helps] - others) / menu.saving[row, helps], 0.0)
    steps = list(zip(menu.saving[row, helps].tolist(), costs.tolist(), strict=True))
    steps += [(supply.quantity, supply.unit_cost) for supply in asked.outside if supply.right == row]
    steps.append((float(asked.need[row].sum()) * 10, right.ceiling_cny))
    return tuple(Piece(owner=0, quantity=_whole(quantity), start=_whole(cost), slope=Fraction(0)) for quantity, cost in steps if quantity > 0)


def _whole(value: float) -> Fraction:
    return Fraction(round(float(value), DIGITS)).limit_denominator(10**DIGITS)
