"""What the journal of a run tells beyond the balances it led to, in one reading: it can be long."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from marketsim.domain.accounts import MOVE_NAMES
from marketsim.domain.calendar import TICKS_PER_DAY
from marketsim.domain.journal import Journal
from marketsim.domain.ledger import Entries, together
from marketsim.simulation.world import World

PIECE = 2**16
"""Entries from which a piece of the journal is read: batches of a day are small, a journal may be long."""


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
    for tick, batch in _pieces(world.ledger.journal):
        for move in (deliver, cancel, issue):
            rows = np.flatnonzero(batch.move == move)
            for right in rights if len(rows) else ():
                mine = rows[batch.asset[rows] == right.asset]
                if move == deliver:
                    np.add.at(net[right.index], batch.target[mine], batch.amount[mine])
                    np.subtract.at(net[right.index], batch.source[mine], batch.amount[mine])
                elif move == cancel:
                    lapsed[right.index] += batch.amount[mine[batch.source[mine] == right.government]].sum()
                else:
                    start = days[right.index]
                    mine = mine[(tick[mine] >= start) & (tick[mine] < start + TICKS_PER_DAY)]
                    first[right.index] += batch.amount[mine[batch.target[mine] < firms]].sum()
    return Told(net_bought=net, lapsed=lapsed, issued_first=first)


def _pieces(journal: Journal) -> Iterator[tuple[np.ndarray, Entries]]:
    """The journal in pieces that are read at once: tick of each entry (entries,) and the entries of many batches."""
    held, entries = [], 0
    for posted in journal:
        held.append(posted)
        entries += len(posted[1])
        if entries >= PIECE:
            yield _joined(held)
            held, entries = [], 0
    if held:
        yield _joined(held)


def _joined(posted: list[tuple[int, Entries]]) -> tuple[np.ndarray, Entries]:
    return np.repeat([tick for tick, _ in posted], [len(batch) for _, batch in posted]), together(*(batch for _, batch in posted))
