"""Hourly dispatch of one zone: what must run first, then planned supply, then the cheapest offer that is left.

In each hour the offers are taken by (rank, cost) until the load is met; offers at one cost share what they get in proportion
to what they offered, by largest remainder. The price is the middle of the interval of prices that support the dispatch: the
cost of the offer that is partly used, or between two steps where the load ends exactly on one.
Source: merit-order dispatch, e.g. Kirschen and Strbac, Fundamentals of Power System Economics (2018), ch. 4.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.sharing import share_out


@dataclass(frozen=True, kw_only=True)
class Offers:
    """What units offer: `available_kwh` and `must_kwh` (units, hours) int64, `rank` and `cost_tick` (units,) int64."""

    available_kwh: np.ndarray
    must_kwh: np.ndarray
    rank: np.ndarray
    cost_tick: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """Result: `generation_kwh` and `curtailed_kwh` (units, hours), `unserved_kwh`, `price_tick` and its bounds (hours,), int64.

    `curtailed_kwh` is must-run output for which there was no load.
    """

    generation_kwh: np.ndarray
    curtailed_kwh: np.ndarray
    unserved_kwh: np.ndarray
    price_tick: np.ndarray
    price_low_tick: np.ndarray
    price_high_tick: np.ndarray


def dispatch_merit_order(load_kwh: np.ndarray, offers: Offers, unserved_tick: int) -> Dispatch:
    """Dispatch `load_kwh` (hours,) int64; load that no offer meets is priced at `unserved_tick`.

    Raises ValueError when must-run output exceeds what is available or a number is negative.
    """
    available, must = np.asarray(offers.available_kwh, np.int64), np.asarray(offers.must_kwh, np.int64)
    if (must < 0).any() or (must > available).any() or (load_kwh < 0).any():
        raise ValueError("load and must-run output may not be negative, nor must-run output above what is available")
    forced = must.sum(axis=0)
    kept = np.minimum(forced, load_kwh)
    generation = must.copy()
    short = np.flatnonzero(kept < forced)
    generation[:, short] = share_out(kept[short], must[:, short])
    curtailed = must - generation
    left = load_kwh - kept
    room = available - must
    low = np.where(kept < forced, 0, -1)  # spilled must-run output: one more kWh of load costs nothing
    high = np.where(kept < forced, 0, -1)
    low = np.where((left == 0) & (low < 0), 0, low)
    for rows in _steps(offers):
        cost = int(offers.cost_tick[rows[0]])
        step_room = room[rows]
        room_kwh = step_room.sum(axis=0)
        taken = np.minimum(left, room_kwh)
        _hand_out(generation, rows, taken, step_room)
        opens = room_kwh > 0
        high = np.where((left == 0) & opens & (high < 0), cost, high)  # the next offer up bounds the price from above
        partly = (left > 0) & (taken == left) & (taken < room_kwh)
        low, high = np.where(partly, cost, low), np.where(partly, cost, high)
        low = np.where((left > 0) & (taken == left) & ~partly, cost, low)
        left = left - taken
    low = np.where(left > 0, unserved_tick, low)
    high = np.where((left > 0) | (high < 0), unserved_tick, high)
    low, high = np.minimum(low, high), np.maximum(low, high)  # what is planned first may cost more than what comes next
    return Dispatch(generation_kwh=generation, curtailed_kwh=curtailed, unserved_kwh=left, price_tick=(low + high) // 2,
                    price_low_tick=low, price_high_tick=high)  # fmt: skip


def _steps(offers: Offers) -> list[np.ndarray]:
    """Rows of offers of equal rank and cost, in merit order."""
    order = np.lexsort((offers.cost_tick, offers.rank))
    rank, cost = offers.rank[order], offers.cost_tick[order]
    starts = np.flatnonzero((np.diff(rank) != 0) | (np.diff(cost) != 0)) + 1
    return [rows for rows in np.split(order, starts) if len(rows)]


def _hand_out(generation: np.ndarray, rows: np.ndarray, taken: np.ndarray, room: np.ndarray) -> None:
    """Add `taken` (hours,) to the units of one step in proportion to their room, in place."""
    if len(rows) == 1:
        generation[rows[0]] += taken
        return
    full = taken == room.sum(axis=0)
    shared = np.where(full, room, 0)
    partly = np.flatnonzero(~full & (taken > 0))
    shared[:, partly] = share_out(taken[partly], room[:, partly])
    generation[rows] += shared
