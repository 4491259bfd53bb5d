"""Where each firm stands in each right: what it needs, holds, is still owed, and what it plans at the prices it expects.

All amounts are in trading units (floats: these are thoughts, not ledger figures); shapes (rights, firms).
"""

from dataclasses import dataclass

import numpy as np

from marketsim.agents.abatement import marginal_costs_cny, saved, values_cny
from marketsim.simulation.right import Right
from marketsim.simulation.world import World


@dataclass(frozen=True, kw_only=True)
class Positions:
    """`gap` is lacking (+) or to spare (−) if plans are carried out; `most_cny`/`least_cny` are reservation prices."""

    gap: np.ndarray
    most_cny: np.ndarray
    least_cny: np.ndarray
    planned: np.ndarray


def needed(world: World) -> np.ndarray:
    """Use of the year that must be covered, without any measure and with what is owed from before."""
    setting, state = world.setting, world.state
    scale = np.array([[right.instrument.base_per_unit] for right in setting.rights])
    return np.where(setting.firms.covered, setting.use, 0) / scale + state.owed / scale


def secured(world: World) -> np.ndarray:
    """Rights held, rights still to come from the true-up, and offsets as far as they count."""
    setting, state, ledger = world.setting, world.state, world.ledger
    firms = len(setting.firms.id)
    rows = []
    for right in setting.rights:
        held = ledger.held(right.asset)[:firms] + state.final[right.index] - state.given[right.index]
        if right.offset_asset >= 0:
            most = right.compliance.parameters.offset_limit * setting.use[right.index]
            held = held + np.minimum(ledger.held(right.offset_asset)[:firms], most)
        rows.append(right.units(held))
    return np.array(rows)


def stand(world: World, *, counting_on_supply: bool = True) -> Positions:
    """Positions of all firms in all rights at the prices they expect today.

    With `counting_on_supply`, firms that lack rights count on their part of offsets and of the announced auction where these
    are cheaper than what they expect to pay in the market.
    """
    setting, state = world.setting, world.state
    firms = len(setting.firms.id)
    menu = setting.menu
    price = state.expected_cny
    planned = state.begun | (~state.decided[menu.firm] & (values_cny(menu, price) > 0))
    open_gap = needed(world) - secured(world) - saved(menu, state.begun, firms)
    gap = open_gap - saved(menu, planned & ~state.begun, firms)
    if counting_on_supply:
        gap = gap - _counted_on(world, gap)
    closed = state.begun | state.decided[menu.firm]
    most, least = marginal_costs_cny(menu, price, planned, closed)
    ceiling = np.array([[right.ceiling_cny] for right in setting.rights])
    # a firm with a surplus before any further measure need not earn back a measure with its sale
    least = np.where(open_gap < 0, 0.0, least)
    if setting.kept_cny is not None:
        least = np.maximum(least, setting.kept_cny[:, None])  # what is not sold is kept
    return Positions(gap=gap, most_cny=np.minimum(most, ceiling), least_cny=least, planned=planned)


def _counted_on(world: World, gap: np.ndarray) -> np.ndarray:
    """Outside supply a firm counts on: its part, by its share of all that is lacking, of what is cheaper than a right."""
    counted = np.zeros_like(gap)
    for right in world.setting.rights:
        expected = world.state.expected_cny[right.index]
        supply = np.where(world.state.decided, 0.0, _offsets_below(world, right, expected)) + _auctioned_below(world, right, expected)
        lacking = np.maximum(gap[right.index], 0.0)
        if supply.any() and lacking.any():
            counted[right.index] = np.minimum(lacking, supply * lacking / lacking.sum())
    return counted


def _offsets_below(world: World, right: Right, price_cny: np.ndarray) -> np.ndarray:
    """Offsets still to be had at or below a price on the straight supply curve, in trading units."""
    offer = right.market.offsets
    if offer is None:
        return np.zeros(len(price_cny))
    low, high = right.per_unit_cny(offer.price_low.value), right.per_unit_cny(offer.price_high.value)
    reach = np.clip((price_cny - low) / (high - low), 0.0, 1.0) if high > low else (price_cny >= low) * 1.0
    return np.maximum(right.units(float(offer.supply.value)) * reach - right.units(int(world.state.offsets_sold[right.index])), 0.0)


def _auctioned_below(world: World, right: Right, price_cny: np.ndarray) -> np.ndarray:
    """Volume of the auction still ahead where its reserve price is below a price, in trading units."""
    sale = right.market.auction
    if sale is None or world.today > sale.day:
        return np.zeros(len(price_cny))
    return np.where(price_cny > right.per_unit_cny(sale.reserve_price.value), right.units(float(sale.volume.value)), 0.0)
