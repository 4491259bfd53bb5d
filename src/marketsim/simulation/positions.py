"""Where each firm stands in each right: what it needs, holds, is still owed, and what it plans at the prices it expects.

All amounts are in trading units (floats: these are thoughts, not ledger figures); shapes (rights, firms), of the firms asked for.
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


def needed(world: World, rows=slice(None)) -> np.ndarray:
    """Use of the year that must be covered, without any measure and with what is owed from before, of the firms in `rows`."""
    setting, state = world.setting, world.state
    scale = np.array([[right.instrument.base_per_unit] for right in setting.rights])
    return np.where(setting.firms.covered[:, rows], setting.use[:, rows], 0) / scale + state.owed[:, rows] / scale


def secured(world: World, rows=slice(None)) -> np.ndarray:
    """Rights held, rights still to come from the true-up, and offsets as far as they count, of the firms in `rows`."""
    setting, state, ledger = world.setting, world.state, world.ledger
    firms, found = len(setting.firms.id), []
    for right in setting.rights:
        held = ledger.balance[right.asset, :firms][rows].sum(axis=1) + state.final[right.index, rows] - state.given[right.index, rows]
        if right.offset_asset >= 0:
            most = right.compliance.parameters.offset_limit * setting.use[right.index, rows]
            held = held + np.minimum(ledger.balance[right.offset_asset, :firms][rows].sum(axis=1), most)
        found.append(right.units(held))
    return np.array(found)


def stand(world: World, rows: np.ndarray | None = None, *, counting_on_supply: bool = True) -> Positions:
    """Positions of the firms in `rows` (all without it) in all rights at the prices they expect today.

    With `counting_on_supply`, firms that lack rights count on their part of offsets and of the announced auction where these
    are cheaper than what they expect to pay in the market.
    """
    setting, state = world.setting, world.state
    rows = np.arange(len(setting.firms.id)) if rows is None else rows
    menu, chosen = setting.menu.of(rows)
    begun, decided, price = state.begun[chosen], state.decided[rows][menu.firm], state.expected_cny[:, rows]
    planned = begun | (~decided & (values_cny(menu, price) > 0))
    open_gap = needed(world, rows) - secured(world, rows) - saved(menu, begun, len(rows))
    gap = open_gap - saved(menu, planned & ~begun, len(rows))
    if counting_on_supply:
        gap = gap - _counted_on(world, rows, gap)
    most, least = marginal_costs_cny(menu, price, planned, begun | decided)
    ceiling = np.array([[right.ceiling_cny] for right in setting.rights])
    # a firm with a surplus before any further measure need not earn back a measure with its sale
    least = np.where(open_gap < 0, 0.0, least)
    if setting.kept_cny is not None:
        least = np.maximum(least, setting.kept_cny[:, None])  # what is not sold is kept
    return Positions(gap=gap, most_cny=np.minimum(most, ceiling), least_cny=least)


def _counted_on(world: World, rows: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Outside supply a firm counts on: its part, by its share of all that is lacking, of what is cheaper than a right."""
    counted, everyone = np.zeros_like(gap), None
    for right in world.setting.rights:
        expected = world.state.expected_cny[right.index, rows]
        supply = np.where(world.state.decided[rows], 0.0, _offsets_below(world, right, expected)) + _auctioned_below(world, right, expected)
        if supply.any():
            if everyone is None:
                everyone = gap if len(rows) == len(world.setting.firms.id) else stand(world, counting_on_supply=False).gap
            lacking, all_lacking = np.maximum(gap[right.index], 0.0), np.maximum(everyone[right.index], 0.0).sum()
            if all_lacking > 0:
                counted[right.index] = np.minimum(lacking, supply * lacking / all_lacking)
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
