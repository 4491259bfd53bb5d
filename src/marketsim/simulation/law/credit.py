"""The compliance record of firms: who defaults loses credit, and below a line may not trade in the next year, there or everywhere.

The record is written once a year, when the last right has been surrendered; a scenario of several years carries it on.
"""

import numpy as np

from marketsim.policy.compliance.credit_record import HUNDREDTHS, Record
from marketsim.simulation.right import Law, Right
from marketsim.simulation.world import World

FULL = 100 * HUNDREDTHS


def write_record(world: World, law: Law) -> None:
    """Credit and bars after the year's last surrender, kept in the state as `score` (firms,) and `barred` (rights, firms)."""
    settled = [world.state.settled[right.key] for right in world.setting.rights]
    score = world.state.law.get("score", np.full(len(world.setting.firms.id), FULL, dtype=np.int64))
    credit = law.apply(Record(
        score=score, due=np.array([one.due for one in settled]), shortfall=np.array([one.shortfall for one in settled])))
    world.state.law["score"], world.state.law["now barred"] = credit.score, credit.barred.astype(np.int64)


def barred(world: World, right: Right) -> np.ndarray | None:
    """Firms that may not trade the right this year by last year's record, (firms,) bool; None where nobody is."""
    table = world.state.law.get("barred")
    return None if table is None else table[right.index].astype(bool)


def admitted(world: World, right: Right, rows: np.ndarray) -> np.ndarray:
    """Of the firms in `rows`, those that may trade."""
    out = barred(world, right)
    return rows if out is None else rows[~out[rows]]
