"""The sealed call auction for many orders in a bounded range of prices: histograms instead of sorting, fills included.

Rule: that of `auction`, whose answers it gives; market orders sit one step beyond the range of limits.

Source: own measurements (docs/decisions): counting beats sorting from some ten thousand orders on.
"""

import numpy as np

from marketsim.matching.auction import Bids, Cleared, check, choose
from marketsim.matching.compiled import kernel
from marketsim.matching.face import BUY, MOST_TICKS, SELL, pro_rata


@kernel
def _range(ticks, market):
    """Lowest and highest limit tick; (0, −1) without one."""
    low, high = 1 << 62, -(1 << 62)
    for i in range(len(ticks)):
        if not market[i]:
            low, high = min(low, ticks[i]), max(high, ticks[i])
    return (low, high) if low <= high else (0, -1)


@kernel
def _volumes(sides, ticks, lots, market, low, volume):
    """Add lots to `volume` (2, ticks + 2) int64: buys, sells; limits from place 1 on, market orders beyond the end."""
    last = volume.shape[1] - 1
    for i in range(len(sides)):
        place = ticks[i] - low + 1
        if market[i]:
            place = last if sides[i] == BUY else 0
        volume[sides[i], place] += lots[i]


@kernel
def _fills(bids_and_places, margin, left, fills):
    """Better than the margin: all; at it: by time while lots are `left`; worse: nothing. Places as in `_volumes`."""
    sides, ticks, lots, market, low, last = bids_and_places
    buy_left, sell_left = left
    for i in range(len(sides)):
        place = ticks[i] - low + 1
        if sides[i] == BUY:
            place = last if market[i] else place
            if place == margin[0]:
                fills[i] = min(lots[i], buy_left)
                buy_left -= fills[i]
            else:
                fills[i] = lots[i] if place > margin[0] else 0
        else:
            place = 0 if market[i] else place
            if place == margin[1]:
                fills[i] = min(lots[i], sell_left)
                sell_left -= fills[i]
            else:
                fills[i] = lots[i] if place < margin[1] else 0


def call_auction(bids: Bids, reference_tick: int | None = None, allocation: str = "time") -> Cleared:
    """As `auction.call_auction`; limits must lie within MOST_TICKS of each other, else ValueError."""
    check(bids, allocation)
    none = Cleared(tick=None, lots=0, surplus=0, fills=np.zeros(len(bids.side), np.int64))
    low, high = _range(bids.tick, bids.market)
    if high < low:
        return none
    if high - low >= MOST_TICKS:
        raise ValueError(f"limits from {low} to {high}: at most {MOST_TICKS} ticks apart; use auction.call_auction")
    volume = np.zeros((2, high - low + 3), np.int64)
    _volumes(bids.side, bids.tick, bids.lots, bids.market, low, volume)
    demand, supply = np.cumsum(volume[BUY, ::-1])[::-1], np.cumsum(volume[SELL])
    tick, best = choose(np.arange(low, high + 1), high, demand[1:-1], supply[1:-1], reference_tick)
    lots = int(min(demand[best + 1], supply[best + 1]))
    if lots == 0:
        return none
    buy_margin = int(np.flatnonzero(demand >= lots)[-1])
    sell_margin = int(np.flatnonzero(supply >= lots)[0])
    left = (lots - int(demand[buy_margin] - volume[BUY, buy_margin]), lots - int(supply[sell_margin] - volume[SELL, sell_margin]))
    last, fills = volume.shape[1] - 1, np.empty(len(bids.side), np.int64)
    places = (bids.side, bids.tick, bids.lots, bids.market, low, last)
    _fills(places, (buy_margin, sell_margin), left, fills)
    if allocation == "prorata":
        for side, margin in ((BUY, buy_margin), (SELL, sell_margin)):
            beyond = margin == (last if side == BUY else 0)
            level = bids.market if beyond else ~bids.market & (bids.tick == low + margin - 1)
            rows = np.flatnonzero(level & (bids.side == side))
            fills[rows] = pro_rata(bids.lots[rows].tolist(), left[side])
    return Cleared(tick=tick, lots=lots, surplus=int(demand[best + 1] - supply[best + 1]), fills=fills)
