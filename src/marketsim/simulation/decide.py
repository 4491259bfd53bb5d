"""When a firm settles its year: which measures it takes and which offsets it buys.

Each firm decides on a day of its own before the verification, at the prices it expects by then, and everybody once more on
the last session before it. Measures not yet taken are plans until then, and as plans shape what a firm buys and sells.
Savings of a measure count for the whole compliance year.
"""

import numpy as np

from marketsim.agents.abatement import values_cny
from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.simulation import invest
from marketsim.simulation.positions import felt_cny, open_gap
from marketsim.simulation.right import Right
from marketsim.simulation.world import World

BLOCK = 1 << 16
"""Firms whose measures are looked at in one go: on the last day everybody's are."""


def decide(world: World, session: int) -> Entries | None:
    """Firms whose day it is begin every measure that pays at expected prices, then buy offsets cheaper than rights."""
    setting, state = world.setting, world.state
    last = session == setting.last_decision
    deciding = (setting.decision_day == session) | last
    if not deciding.any():
        return None
    rows = np.flatnonzero(deciding)
    parts = [_begins(world, rows[first:first + BLOCK]) for first in range(0, len(rows), BLOCK)]
    begins, cost = (np.concatenate(column) for column in zip(*parts, strict=True))
    lent, cash = invest.lend(world, rows, cost), world.ledger.balance[MONEY, rows, AVAILABLE]
    invest.order(world, rows)
    state.begun[begins] = True
    state.decided |= last
    state.spent_fen["measures"][rows] += cost
    paid = entries("transfer", MONEY, rows, world.ledger.accounts.index("outside"), cost)
    offsets = [_buy_offsets(world, right, rows, np.maximum(cash - cost, 0)) for right in setting.rights if right.offset_asset >= 0]
    return together(lent, paid, *offsets)


def _begins(world: World, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measures the firms in `rows` begin at the prices they expect, (found,), and what each firm spends on them, (rows,) fen."""
    menu, chosen = world.setting.menu.of(rows)
    begun = world.state.begun[chosen]
    value = values_cny(menu, felt_cny(world, rows, menu, begun))
    begins = invest.affordable(world, rows, menu, ~begun & (value > 0), value)
    cost = np.zeros(len(rows), dtype=np.int64)
    np.add.at(cost, menu.firm[begins], menu.cost_fen[begins])
    return chosen[begins], cost


def keep_up(world: World, cash_fen: np.ndarray) -> Entries:
    """The yearly cost of the measures taken in earlier years, paid when a year opens as far as the cash carried over goes."""
    setting = world.setting
    cost = np.zeros(len(setting.firms.id), dtype=np.int64)
    np.add.at(cost, setting.choices.firm[setting.standing], setting.choices.cost_fen[setting.standing])
    paid = np.minimum(cost, cash_fen[:len(cost)])
    world.state.spent_fen["standing"] += paid
    return entries("transfer", MONEY, np.arange(len(cost)), world.ledger.accounts.index("outside"), paid)


def _buy_offsets(world: World, right: Right, rows: np.ndarray, cash: np.ndarray) -> Entries:
    """Walk up the supply curve: each firm in `rows` buys, in order, until its gap is closed or a right is cheaper; `cash` (rows,)."""
    setting, state, offer = world.setting, world.state, right.market.offsets
    covered = setting.firms.covered[right.index, rows]
    rows, cash = rows[covered], cash[covered]
    low, high = right.per_unit_cny(offer.price_low.value), right.per_unit_cny(offer.price_high.value)
    supply, limit_cny = right.units(float(offer.supply.value)), np.minimum(state.expected_cny[right.index, rows], high)
    most = right.units(right.compliance.parameters.offset_limit * setting.use[right.index, rows])
    room = np.minimum(open_gap(world, right, rows), most - right.units(world.ledger.balance[right.offset_asset, rows].sum(axis=1)))
    bought, price_fen = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    base = right.instrument.base_per_unit
    for at in np.flatnonzero(room >= 1.0).tolist():
        sold, limit = right.units(int(state.offsets_sold[right.index])), float(limit_cny[at])
        if supply - sold < 1.0:
            break
        reach = supply * (limit - low) / (high - low) - sold if high > low else (supply - sold) * (limit >= low)
        wanted = int(min(float(room[at]), reach, supply - sold))
        cost = int(100 * wanted * (low + (high - low) * (sold + wanted / 2) / supply)) if wanted > 0 else 0
        if 0 < cost <= cash[at]:
            bought[at], price_fen[at] = wanted * base, cost
            state.offsets_sold[right.index] += wanted * base
    state.spent_fen["offsets"][rows] += price_fen
    accounts = world.ledger.accounts
    return together(
        entries("transfer", MONEY, rows, accounts.index("outside"), price_fen),
        entries("issue", right.offset_asset, accounts.index("issuer"), rows, bought),
    )
