"""What owners pay in: a plant may burn more than it earns, when coal is dear and tariffs are planned, and goes on running.

paid in = max(0, −(cash + what a month brings − what it costs)) of each unit, from the outside world, so that no account is overdrawn.
Source: own construction; coal plants ran at a loss, on their owners' money, in 2021.
"""

import numpy as np

from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.simulation.world import World


def with_owners(world: World, batch: Entries, month: int) -> Entries:
    """The batch of a month (0–11), after what owners pay in to units whose account it would overdraw."""
    unit = world.setting.power.unit_account
    after, ours = world.ledger.held(MONEY).copy(), np.zeros(len(world.ledger.accounts), bool)
    ours[unit] = True
    for account, sign in ((batch.target, 1), (batch.source, -1)):
        rows = np.flatnonzero((batch.asset == MONEY) & ours[account])
        np.add.at(after, account[rows], sign * batch.amount[rows])
    paid = np.maximum(-after[unit], 0)
    world.state.power.setdefault("owners", np.zeros(12, np.int64))[month] += paid.sum()
    return together(entries("transfer", MONEY, world.ledger.accounts.index("outside"), unit, paid), batch)
