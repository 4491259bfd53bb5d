"""The day of surrender: verified use is paid in rights and offsets, shortfalls are penalised, what is left is banked."""

from dataclasses import replace

import numpy as np

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.policy.compliance.surrender import Obligations
from marketsim.policy.exact import scale
from marketsim.simulation.right import Right
from marketsim.simulation.world import Setting, World


def verified_use(world: World, right: Right) -> np.ndarray:
    """Metered use of the year less what the measures begun save, in base units, never below zero. Shape (firms,)."""
    state = world.state
    return np.maximum(state.metered[right.index] - saved_by_firm(world, right, state.begun), 0)


def saved_by_firm(world: World, right: Right, taken: np.ndarray) -> np.ndarray:
    """What the choices in `taken` (choices,) save of a right in the whole year. Shape (firms,) base units."""
    choices, saving = world.setting.choices, np.zeros(len(world.setting.firms.id), dtype=np.int64)
    np.add.at(saving, choices.firm[taken], choices.saving[right.index, taken])
    return saving


def comply(world: World, right: Right) -> Entries:
    """Every covered firm surrenders what it owes as far as it can; the rule says what happens with the rest."""
    setting, state, ledger = world.setting, world.state, world.ledger
    firms = len(setting.firms.id)
    covered = setting.firms.covered[right.index]
    outcome = right.compliance.apply(Obligations(
        use=np.where(covered, verified_use(world, right), 0),
        owed=state.owed[right.index],
        held=ledger.balance[right.asset, :firms, :].sum(axis=1),
        offsets=unused_offsets(world, right),
        allocation=state.final[right.index],
        borrowable=borrowable(setting, right, state.final[right.index]),
        mean_price_fen_per_lot=mean_price_fen_per_lot(world, right),
        lot_base=right.instrument.lot_base,
    ))
    blank = {name: np.broadcast_to(np.int64(0), firms) for name, column in vars(outcome).items() if not column.any()}
    state.settled[right.key] = replace(outcome, **blank)  # columns of zeros take no room
    state.owed[right.index] = outcome.next_year_deduction + state.law.get(f"not taken back/{right.key}", 0)
    fine = np.minimum(outcome.fine_fen, ledger.balance[MONEY, :firms, AVAILABLE])
    state.spent_fen["penalties"] += fine
    accounts, rows = ledger.accounts, np.arange(firms)
    matured = np.flatnonzero(ledger.balance[right.asset, :, 2])
    batches = [
        entries("mature", right.asset, matured, matured, ledger.balance[right.asset, matured, 2]),
        entries("surrender", right.asset, rows, accounts.index("surrendered"), outcome.surrendered),
        entries("cancel", right.asset, rows, accounts.index("cancelled"), outcome.cancelled),
        entries("transfer", MONEY, rows, accounts.index("treasury"), fine),
    ]
    if right.offset_asset >= 0:
        batches.append(entries("surrender", right.offset_asset, rows, accounts.index("surrendered"), outcome.offsets_used))
    return together(*batches)


def unused_offsets(world: World, right: Right) -> np.ndarray:
    """Offsets that firms hold and have not surrendered; they stay valid. Shape (firms,) base units."""
    firms = len(world.setting.firms.id)
    return world.ledger.balance[right.offset_asset, :firms, AVAILABLE].copy() if right.offset_asset >= 0 else np.zeros(firms, dtype=np.int64)


def borrowable(setting: Setting, right: Right, free: np.ndarray) -> np.ndarray:
    """Next year's free amounts as announced, out of which a rule may let firms borrow; nothing in the last year of a run. Shape (firms,)."""
    return scale(free, 1 - right.market.tightening) if setting.years_left else np.zeros(len(free), dtype=np.int64)


def mean_price_fen_per_lot(world: World, right: Right) -> int:
    """Volume-weighted price of the year, the last reference price where nothing was traded; fen per lot."""
    lots = sum(row[3] for row in world.state.days if row[1] == right.key)
    fen = sum(row[4] for row in world.state.days if row[1] == right.key)
    return fen // lots if lots else int(world.state.close_tick[right.index]) * right.instrument.tick_fen
