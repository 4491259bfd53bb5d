"""One day of limit orders that are good for the day alone: a call auction, then continuous price-time trading.

The same days as `reference.Engine` plays them (fifo, no self-match prevention), without what outlives a day. `play` is one
source for two readers: Python runs it on lists, which is fastest for a handful of orders, numba on arrays.
A level is the distance of a tick from the best end of its side, so that the best price of either side is the lowest level.

Source: Gould et al. (2013), Limit order books, Quantitative Finance 13(11); the call is `auction.choose`'s.
"""

import sys
from dataclasses import dataclass
from functools import cache

import numpy as np

from marketsim.matching.face import BUY, MOST_LOTS

MANY = 2000
"""Orders from which the compiled day is worth its start where nothing is compiled yet."""


def compiled_pays(rows: int, many: int) -> bool:
    """Whether to take the compiled twin of a plain function: for many rows, or where numba is loaded anyway."""
    return rows >= many or "numba" in sys.modules


@dataclass(frozen=True, kw_only=True)
class Day:
    """Trades in order of execution, int64 (trades,): rows of the `buy` and the `sell` order, `tick`, `lots`; `open_tick` of the call (None without a trade in it)."""

    buy: np.ndarray
    sell: np.ndarray
    tick: np.ndarray
    lots: np.ndarray
    open_tick: int | None


def trade(side: np.ndarray, tick: np.ndarray, lots: np.ndarray, call: int, band: tuple[int, int], reference_tick: int) -> Day:
    """Play a day of orders (orders,) in order of arrival, the first `call` of them in the call auction.

    An order outside `band` or without a possible number of lots is refused.
    """
    (low, high), n = band, len(side)
    top = high - low
    lots = np.where((tick >= low) & (tick <= high) & (lots > 0) & (lots <= MOST_LOTS), lots, 0)
    level = np.where(side == BUY, high - tick, tick - low)
    columns = [column.astype(np.int64) for column in (side, level, lots)]
    if compiled_pays(n, MANY):
        clears, plays = _compiled()
        cleared = clears(tuple(columns), (call, top, reference_tick - low), (np.zeros(top + 1, np.int64), np.zeros(top + 1, np.int64)))
        log, none = np.empty((n + 1, 4), np.int64), np.full((2, 2, top + 1), -1, np.int64)
        log = log[:plays(tuple(columns), (call, top, *cleared), (np.empty(n, np.int64), none[0], none[1]), log)]
    else:
        listed = [column.tolist() for column in columns]
        cleared = clear(listed, (call, top, reference_tick - low), ([0] * (top + 1), [0] * (top + 1)))
        rows = [[0, 0, 0, 0] for _ in range(n + 1)]
        queues = ([0] * n, [[-1] * (top + 1), [-1] * (top + 1)], [[-1] * (top + 1), [-1] * (top + 1)])
        count = play(listed, (call, top, *cleared), queues, rows)
        log = np.array(rows[:count], np.int64).reshape(-1, 4)
    opening, volume = cleared
    taker, maker, place, dealt = log.T
    buys = (taker < call) | (side[taker] == BUY)  # in the call the buyer stands first
    return Day(
        buy=np.where(buys, taker, maker), sell=np.where(buys, maker, taker), tick=place + low, lots=np.ascontiguousarray(dealt),
        open_tick=opening + low if volume else None,
    )  # fmt: skip


def clear(columns, call, book):
    """Where above the band's lower end the call clears, and its volume: most lots, then least left over, then whichever side is left over, then the reference.

    `columns` = side, level, lots of the orders; `call` = (orders in the call, highest level, reference place); `book` = zeros for demand and supply by place.
    """
    side, level, lots = columns
    in_call, top, reference = call
    demand, supply = book
    first, last = top + 1, -1
    for row in range(in_call):
        if lots[row] > 0:
            place = top - level[row] if side[row] == 0 else level[row]
            first, last = min(first, place), max(last, place)
            if side[row] == 0:
                demand[place] += lots[row]
            else:
                supply[place] += lots[row]
    if last < 0:
        return 0, 0
    volume, apart, wanted, offered = -1, 0, sum(demand), 0
    low = high = nearest = first
    over = under = True
    for place in range(first, last + 1):
        offered += supply[place]
        dealt, left = min(wanted, offered), wanted - offered
        wanted -= demand[place]
        if dealt < volume or (dealt == volume and abs(left) > apart):
            continue
        if dealt > volume or abs(left) < apart:
            volume, apart, low, nearest, over, under = dealt, abs(left), place, place, True, True
        high, over, under = place, over and left > 0, under and left < 0
        if abs(place - reference) < abs(nearest - reference):
            nearest = place
    return (high if over else low if under else nearest), volume


def play(columns, call, book, log):
    """Write the day's trades (taker, maker, place, lots) to the rows of `log`; returns how many.

    `columns` = side, level, lots of the orders; `call` = (orders in the call, highest level, where it clears, its volume);
    `book` = next order of each order's queue, first and last order of each level by side.
    """
    side, level, left = columns
    in_call, top, opening, volume = call
    after, first, last = book
    best = [top + 1, top + 1]
    count = 0
    for row in range(len(side) + 1):
        if row == in_call:
            while volume > 0:
                pair = (first[0][best[0]], first[1][best[1]])
                dealt = min(left[pair[0]], left[pair[1]], volume)
                log[count][0], log[count][1], log[count][2], log[count][3] = pair[0], pair[1], opening, dealt
                count += 1
                volume -= dealt
                for own in range(2):
                    left[pair[own]] -= dealt
                    if left[pair[own]] == 0:
                        first[own][best[own]] = after[pair[own]]
                        while best[own] <= top and first[own][best[own]] < 0:
                            best[own] += 1
        if row == len(side) or left[row] == 0:
            continue
        own, other, at = side[row], 1 - side[row], level[row]
        while row >= in_call and left[row] > 0 and best[other] <= top - at:
            there = best[other]
            maker = first[other][there]
            dealt = min(left[row], left[maker])
            log[count][0], log[count][1], log[count][3] = row, maker, dealt
            log[count][2] = there if other == 1 else top - there
            count += 1
            left[row] -= dealt
            left[maker] -= dealt
            if left[maker] == 0:
                first[other][there] = after[maker]
                while best[other] <= top and first[other][best[other]] < 0:
                    best[other] += 1
        if left[row] > 0:
            if first[own][at] < 0:
                first[own][at] = row
            else:
                after[last[own][at]] = row
            last[own][at] = row
            after[row] = -1
            best[own] = min(best[own], at)
    return count


@cache
def _compiled():
    from marketsim.matching.compiled import kernel

    return kernel(clear), kernel(play)
