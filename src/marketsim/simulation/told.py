"""What the journal of a run tells beyond the balances it led to, in one reading: it can be long."""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.accounts import MOVE_NAMES
from marketsim.domain.calendar import TICKS_PER_DAY
from marketsim.simulation.world import World


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the journal tells beyond balances: `net_bought` (rights, accounts), `lapsed` and `issued_first` (rights,), base units."""

    net_bought: np.ndarray
    lapsed: np.ndarray
    issued_first: np.ndarray


def told(world: World) -> Told:
    """Deliveries, what governments cancelled, and what the day of allocation issued to firms, in one reading of the journal."""
    rights, firms = world.setting.rights, len(world.setting.firms.id)
    net = np.zeros((len(rights), len(world.ledger.accounts)), dtype=np.int64)
    lapsed, first = np.zeros((2, len(rights)), dtype=np.int64)
    days = [world.setting.calendar.tick(right.market.calendar.allocation, 0, "meters") for right in rights]
    deliver, cancel, issue = (MOVE_NAMES.index(name) for name in ("deliver", "cancel", "issue"))
    for tick, batch in world.ledger.journal:
        counted = np.bincount(batch.move, minlength=len(MOVE_NAMES))
        for move in (deliver, cancel, issue):
            rows = np.flatnonzero(batch.move == move) if counted[move] else ()
            for right in rights if len(rows) else ():
                mine = rows[batch.asset[rows] == right.asset]
                if move == deliver:
                    np.add.at(net[right.index], batch.target[mine], batch.amount[mine])
                    np.subtract.at(net[right.index], batch.source[mine], batch.amount[mine])
                elif move == cancel:
                    lapsed[right.index] += batch.amount[mine[batch.source[mine] == right.government]].sum()
                elif days[right.index] <= tick < days[right.index] + TICKS_PER_DAY:
                    first[right.index] += batch.amount[mine[batch.target[mine] < firms]].sum()
    return Told(net_bought=net, lapsed=lapsed, issued_first=first)
