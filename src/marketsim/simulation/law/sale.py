"""What of a right its holder may sell in a run: orders and blocks are cut to what the rule of sale leaves of the year.

    room = what the rule lets a holder sell − what it has sold so far, less what it has bought

Savings count once their measures have begun, so that nobody sells what it only means to save; output given up is no saving. A holder that is a
government sells of what it does not use up. Source: rule `sellable` of the room of allocation.
"""

import numpy as np

from marketsim.domain.orders import SELL, Orders
from marketsim.policy.allocation.sellable import Holdings
from marketsim.simulation.comply import saved_by_firm
from marketsim.simulation.invest import OUTPUT
from marketsim.simulation.right import Right
from marketsim.simulation.world import World


def room(world: World, right: Right) -> np.ndarray | None:
    """What each firm may still sell, (firms,) base units; None where the right has no rule of sale."""
    if right.sale is None:
        return None
    left = may_sell(world, right) - _endowed(world, right, world.state.given) + world.ledger.held(right.asset)[:len(world.setting.firms.id)]
    return np.maximum(left, 0)


def may_sell(world: World, right: Right) -> np.ndarray:
    """What each firm may sell of its rights of the year, (firms,) base units."""
    setting = world.setting
    saved = saved_by_firm(world, right, world.state.begun & (setting.choices.measure != OUTPUT))
    covered = setting.firms.covered[right.index]
    return right.sale.apply(Holdings(
        held=_endowed(world, right, world.state.final), use=np.where(covered, setting.use[right.index], 0), saved=np.where(covered, saved, 0),
        closed_use=np.zeros_like(saved), government=setting.firms.is_kind("government"), excluded=np.zeros(len(saved), dtype=bool)))


def limited(world: World, right: Right, orders: Orders) -> Orders:
    """Orders, those to sell cut to what their owners may still sell."""
    left = room(world, right)
    if left is None:
        return orders
    most = left[orders.owner] // right.instrument.lot_base
    lots = np.where(orders.side == SELL, np.minimum(orders.lots, most), orders.lots)
    return Orders(owner=orders.owner, side=orders.side, tick=orders.tick, lots=lots).take(lots > 0)


def _endowed(world: World, right: Right, free: np.ndarray) -> np.ndarray:
    """Free rights and those banked from the year before, (firms,) base units."""
    carried = world.setting.carried
    return free[right.index] + (0 if carried is None else carried.bank[right.index])
