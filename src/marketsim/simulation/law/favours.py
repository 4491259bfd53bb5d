"""Levers by which districts favour their own firms: more free rights than the rule gives, and a ban on buying elsewhere."""

import numpy as np

from marketsim.domain.orders import BUY, Orders
from marketsim.policy.exact import fit_to_cap, scale
from marketsim.scenario.schema import Favour
from marketsim.simulation.right import Right
from marketsim.simulation.world import Setting, World


def of_right(setting: Setting, right: Right) -> list[tuple[Favour, np.ndarray]]:
    """The levers that concern a right, each with the firms it favours, (firms,) bool."""
    return [(one, np.isin(setting.firms.region, [int(adcode) for adcode in one.regions]))
            for one in setting.question.favours if one.market == right.key]


def favoured(setting: Setting, right: Right, free: np.ndarray, cap: int | None) -> np.ndarray:
    """Free amounts with what districts add for their own; where the cap is too small for that, everybody gets less. Shape (firms,)."""
    levers = of_right(setting, right)
    if not levers:
        return free
    for lever, own in levers:
        free = np.where(own, scale(free, lever.free), free)
    return free if cap is None else fit_to_cap(free, cap)


def admitted_orders(world: World, right: Right, orders: Orders) -> Orders:
    """Orders without the bids of firms whose district keeps them from buying."""
    levers = of_right(world.setting, right)
    if not levers:
        return orders
    kept = np.ones(len(orders), dtype=bool)
    for lever, own in levers:
        if not lever.buys_outside:
            kept &= ~((orders.side == BUY) & own[orders.owner])
    return orders if kept.all() else orders.take(kept)
