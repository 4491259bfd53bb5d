"""Where each firm stands in each right: what it needs, holds, is still owed, and what it plans at the prices it expects.

All amounts are in trading units (floats: these are thoughts, not ledger figures); shapes (rights, firms), of the firms asked for.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.agents import dominant_firm
from marketsim.agents.abatement import Menu, marginal_costs_cny, saved, saved_of, values_cny
from marketsim.matching.day import compiled_pays
from marketsim.simulation.outlook import kept_cny, loans
from marketsim.simulation.right import Right
from marketsim.simulation.world import World

MANY = 5000
"""Firms from which looking at all of them at once is worth a compiled pass."""
HALVINGS = 16
"""Steps by which a firm finds what a unit is worth to it between buying and selling: a fee of 10 % to within 0.0003 %."""


@dataclass(frozen=True, kw_only=True)
class Positions:
    """`gap` is lacking (+) or to spare (−) if plans are carried out; `most_cny`/`least_cny` are reservation prices."""

    gap: np.ndarray
    most_cny: np.ndarray
    least_cny: np.ndarray


def needed(world: World, rows=slice(None)) -> np.ndarray:
    """Use of the year that must be covered, without any measure and with what is owed from before, of the firms in `rows`."""
    return np.array([_needed(world, right, rows) for right in world.setting.rights])


def secured(world: World, rows=slice(None)) -> np.ndarray:
    """Rights held, rights still to come from the true-up, and offsets as far as they count, of the firms in `rows`."""
    return np.array([_secured(world, right, rows) for right in world.setting.rights])


def _needed(world: World, right: Right, rows) -> np.ndarray:
    setting, row = world.setting, right.index
    use = np.where(setting.firms.covered[row, rows], setting.use[row, rows], 0)
    return right.units(use) + right.units(world.state.owed[row, rows])


def _secured(world: World, right: Right, rows) -> np.ndarray:
    setting, state, ledger = world.setting, world.state, world.ledger
    firms, row = len(setting.firms.id), right.index
    held = ledger.balance[right.asset, :firms][rows].sum(axis=1) + state.final[row, rows] - state.given[row, rows]
    if right.offset_asset >= 0:
        most = right.compliance.parameters.offset_limit * setting.use[row, rows]
        held = held + np.minimum(ledger.balance[right.offset_asset, :firms][rows].sum(axis=1), most)
    return right.units(held)


def open_gap(world: World, right: Right, rows: np.ndarray) -> np.ndarray:
    """What the firms in `rows` lack of a right with the measures they have begun and no other. Shape (rows,)."""
    if compiled_pays(len(rows), MANY):
        return _compiled(world, right, rows)[0]
    menu, chosen = world.setting.menu.of(rows)
    return _needed(world, right, rows) - _secured(world, right, rows) - saved_of(menu, right.index, world.state.begun[chosen], len(rows))


def stand(world: World, right: Right, rows: np.ndarray | None = None, *, counting: bool = False) -> Positions:
    """Positions of the firms in `rows` (all without it) in a right at the prices they expect today.

    With `counting`, firms that lack rights count on their part of offsets and of the announced auction where these are cheaper than
    what they expect to pay in the market. Firms that look ahead keep what is worth more next year.
    """
    setting = world.setting
    rows = np.arange(len(setting.firms.id)) if rows is None else rows
    fast = compiled_pays(len(rows), MANY) and not _feels(world)
    before, gap, most, least = (_compiled if fast else _plain)(world, right, rows)
    gap -= loans(world, right, rows)
    if counting:
        gap -= _counted_on(world, right, rows, gap)
    # a firm with a surplus before any further measure need not earn back a measure with its sale
    least = np.where(before < 0, 0.0, least)
    plain, kept = Positions(gap=gap, most_cny=np.minimum(most, right.ceiling_cny), least_cny=least), kept_cny(world, right, rows)
    return plain if kept is None else _looking_ahead(world, right, rows, (plain, kept))


def _feels(world: World) -> bool:
    """Whether a price is worth more or less to somebody than it says: the compiled pass knows no fees and no market power."""
    return "dominant-firm" in world.setting.strategies or any(right.market.fee for right in world.setting.rights)


def _looking_ahead(world: World, right: Right, rows: np.ndarray, own: tuple[Positions, np.ndarray]) -> Positions:
    """Positions of firms that sell no cheaper than what a kept right is worth to them, and buy below that even without a need.

    Whoever lacks nothing while the last price is below the worth of a kept right wants as many as it uses in a year.
    """
    plain, kept = own
    kept = np.minimum(kept, right.ceiling_cny)
    keeps = (plain.gap <= 0) & (right.instrument.price_cny(int(world.state.close_tick[right.index])) < kept)
    return Positions(
        gap=np.where(keeps, _needed(world, right, rows), plain.gap), least_cny=np.maximum(plain.least_cny, kept),
        most_cny=np.where(keeps, kept, np.maximum(plain.most_cny, kept)),
    )  # fmt: skip


def _plain(world: World, right: Right, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """Open gap, gap with plans carried out, most and least in CNY of the firms in `rows`, (rows,) each."""
    setting, state = world.setting, world.state
    menu, chosen = setting.menu.of(rows)
    begun, decided = state.begun[chosen], state.decided[rows][menu.firm]
    price = felt_cny(world, rows, menu, begun)
    planned = ~begun & ~decided & (values_cny(menu, price) > 0)
    before = _needed(world, right, rows) - _secured(world, right, rows) - saved_of(menu, right.index, begun, len(rows))
    gap = before - saved_of(menu, right.index, planned, len(rows))
    return before, gap, *marginal_costs_cny(menu, price, right.index, (planned, begun | decided))


def _compiled(world: World, right: Right, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """`_plain` in one compiled pass, the same numbers to the bit."""
    from marketsim.agents.abatement_kernel import stand_over

    setting, state, balance, row = world.setting, world.state, world.ledger.balance, right.index
    offsets = balance[right.offset_asset] if right.offset_asset >= 0 else balance[right.asset, :0]
    limit = float(right.compliance.parameters.offset_limit) if right.offset_asset >= 0 else 0.0
    own = [table[row] for table in (setting.firms.covered, setting.use, state.owed, state.final, state.given)]
    out = tuple(np.empty((4, len(rows))))
    books = (*own, balance[right.asset], offsets, limit, right.instrument.base_per_unit)
    menu = setting.menu
    stand_over((menu.by_choice, menu.cost_cny, menu.begins), (state.begun, state.decided, bool(state.begun.any())), state.expected_cny, (row, rows), books, out)
    return out


def felt_cny(world: World, rows: np.ndarray, menu: Menu, begun: np.ndarray) -> np.ndarray:
    """What one unit more or less is worth to a firm at the prices it expects, the venue's fees included; (rights, rows).

    A buyer saves the price with the fee on top, a seller earns it less the fee: p (1 ± fee). Who covers itself by a measure in between
    trades nothing. The factor is found by halving: the gap falls as the factor rises.
    Source: Stavins (1995), J. Environ. Econ. Manage. 29: marginal costs of buyers and sellers differ by the cost of a trade.
    """
    price = _with_power(world, rows, menu, begun)
    if not any(right.market.fee for right in world.setting.rights):
        return price
    fee = np.array([[float(right.market.fee)] for right in world.setting.rights])
    lacks = needed(world, rows) - secured(world, rows) - saved(menu, begun, len(rows))
    low, high = (np.broadcast_to(1.0 + sign * fee, price.shape).copy() for sign in (-1.0, 1.0))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        lacking = lacks > saved(menu, ~begun & (values_cny(menu, price * middle) > 0), len(rows))
        low, high = np.where(lacking, middle, low), np.where(lacking, high, middle)
    return price * high


def _with_power(world: World, rows: np.ndarray, menu: Menu, begun: np.ndarray) -> np.ndarray:
    """The prices expected, as a dominant firm feels them in the rights in which it is one; (rights, rows)."""
    setting, state = world.setting, world.state
    price = state.expected_cny[:, rows]
    if "dominant-firm" not in setting.strategies:
        return price
    felt, everybody = price.copy(), len(setting.firms.id)
    saving = saved(setting.menu, state.begun | (values_cny(setting.menu, state.expected_cny) > 0), everybody)
    for right in setting.rights:
        row = right.index
        mine = np.flatnonzero(setting.strategy[row, rows] == setting.strategies.index("dominant-firm"))
        if not len(mine):
            continue
        given = right.units(state.final[row, rows[mine]] + (0 if setting.carried is None else setting.carried.bank[row, rows[mine]]))
        short, others = _needed(world, right, rows[mine]) - given, saving[row].sum() - saving[row, rows[mine]]

        def lacking(factor: np.ndarray, row=row, mine=mine, short=short) -> np.ndarray:
            trial = price.copy()
            trial[row, mine] *= factor
            return short - saved(menu, begun | (values_cny(menu, trial) > 0), len(rows))[row, mine]

        felt[row, mine] *= dominant_firm.factor(lacking, others)
    return felt


def _counted_on(world: World, right: Right, rows: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Outside supply a firm counts on: its part, by its share of all that is lacking, of what is cheaper than a right. Shape (rows,)."""
    if right.market.offsets is None and right.market.auction is None:
        return np.zeros(len(rows))
    expected = world.state.expected_cny[right.index, rows]
    supply = np.where(world.state.decided[rows], 0.0, _offsets_below(world, right, expected)) + _auctioned_below(world, right, expected)
    if not supply.any():
        return np.zeros(len(rows))
    lacking = np.maximum(gap, 0.0)
    everybody = lacking if len(rows) == len(world.setting.firms.id) else np.maximum(open_everywhere(world, right), 0.0)
    total = everybody.sum()
    return np.minimum(lacking, supply * lacking / total) if total > 0 else np.zeros(len(rows))


def open_everywhere(world: World, right: Right) -> np.ndarray:
    """What every firm lacks of a right, plans carried out, without outside supply; below zero or 0 who lacks nothing. Shape (firms,)."""
    everybody = np.arange(len(world.setting.firms.id))
    if not compiled_pays(len(everybody), MANY) or _feels(world):
        return _plain(world, right, everybody)[1]
    gap, mine = np.zeros(len(everybody)), world.setting.traders[right.index]
    gap[mine] = _compiled(world, right, mine)[1]
    return gap


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
