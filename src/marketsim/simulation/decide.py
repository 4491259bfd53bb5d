"""When a firm settles its year: which measures it takes and which offsets it buys.

Each firm decides on a day of its own before the verification, at the prices it expects by then, and everybody once more on
the last session before it. Measures not yet taken are plans until then, and as plans shape what a firm buys and sells.
Savings of a measure count for the whole compliance year.
"""

import numpy as np

from marketsim.agents.abatement import saved, values_cny
from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.simulation.positions import felt_cny, needed, secured
from marketsim.simulation.right import Right
from marketsim.simulation.world import World


def decide(world: World, session: int) -> Entries | None:
    """Firms whose day it is begin every measure that pays at expected prices, then buy offsets cheaper than rights."""
    setting, state = world.setting, world.state
    last = session == setting.last_decision
    deciding = (setting.decision_day == session) | last
    if not deciding.any():
        return None
    rows = np.flatnonzero(deciding)
    menu, chosen = setting.menu.of(rows)
    begun = state.begun[chosen]
    gap = needed(world, rows) - secured(world, rows) - saved(menu, begun, len(rows))
    begins = ~begun & (values_cny(menu, felt_cny(world, rows, menu, begun, gap)) > 0)
    cost, whose = np.zeros(len(deciding), dtype=np.int64), rows[menu.firm]
    np.add.at(cost, whose[begins], setting.choices.cost_fen[chosen[begins]])
    cash = world.ledger.balance[MONEY, :len(cost), AVAILABLE]
    begins &= (cost <= cash)[whose]
    cost = np.where(cost <= cash, cost, 0)
    state.begun[chosen[begins]] = True
    state.decided |= last
    state.spent_fen["measures"] += cost
    outside = world.ledger.accounts.index("outside")
    paid = entries("transfer", MONEY, np.arange(len(cost)), outside, cost)
    offsets = [_buy_offsets(world, right, np.flatnonzero(deciding), cash - cost) for right in setting.rights if right.offset_asset >= 0]
    return together(paid, *offsets)


def _buy_offsets(world: World, right: Right, firms: np.ndarray, cash: np.ndarray) -> Entries:
    """Walk up the supply curve: each firm buys, in order, until its gap is closed or a right is cheaper."""
    setting, state, offer = world.setting, world.state, right.market.offsets
    everyone = len(setting.firms.id)
    gap = (needed(world) - secured(world) - saved(setting.menu, state.begun, everyone))[right.index]
    most = right.units(right.compliance.parameters.offset_limit * setting.use[right.index])
    low, high = right.per_unit_cny(offer.price_low.value), right.per_unit_cny(offer.price_high.value)
    supply = right.units(float(offer.supply.value))
    base = right.instrument.base_per_unit
    bought, price_fen = np.zeros(everyone, dtype=np.int64), np.zeros(everyone, dtype=np.int64)
    already = right.units(world.ledger.held(right.offset_asset)[:everyone])
    for firm in firms[setting.firms.covered[right.index, firms]]:
        sold = right.units(int(state.offsets_sold[right.index]))
        limit_cny = min(state.expected_cny[right.index, firm], high)
        reach = supply * (limit_cny - low) / (high - low) - sold if high > low else (supply - sold) * (limit_cny >= low)
        wanted = int(min(gap[firm], most[firm] - already[firm], reach, supply - sold))
        cost = int(100 * wanted * (low + (high - low) * (sold + wanted / 2) / supply)) if wanted > 0 else 0
        if 0 < cost <= cash[firm]:
            bought[firm], price_fen[firm] = wanted * base, cost
            state.offsets_sold[right.index] += wanted * base
    state.spent_fen["offsets"] += price_fen
    outside, issuer = world.ledger.accounts.index("outside"), world.ledger.accounts.index("issuer")
    rows = np.arange(everyone)
    return together(
        entries("transfer", MONEY, rows, outside, price_fen),
        entries("issue", right.offset_asset, issuer, rows, bought),
    )
