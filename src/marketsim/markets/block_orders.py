"""Block orders: an offer for several hours at one limit, taken whole or not at all, cleared together with hourly bids.

A set of blocks is allowed when no accepted block loses at the hourly prices it helps to make. Of all allowed sets the one with
the most gain from trade wins; with more blocks than `EXACT`, losing blocks are dropped one by one, the greatest loss first.
A block may be refused although it would have gained (a paradoxical refusal), as on real exchanges.
Source: Meeus, Verhaegen and Belmans (2009), Block order restrictions in combinatorial electric energy auctions, EJOR 196.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.markets.tick_auction import NO_PRICE, TickClearing, clear_auctions

EXACT = 10


@dataclass(frozen=True, kw_only=True)
class Hourly:
    """Hourly bids: auction i owns rows start[i] … start[i + 1] − 1; `side` 0 buy 1 sell, `tick`, `lots` (bids,)."""

    start: np.ndarray
    side: np.ndarray
    tick: np.ndarray
    lots: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Sell blocks: (blocks, hours) int64 `lots`, and the least mean price (blocks,) `tick` per lot."""

    lots: np.ndarray
    tick: np.ndarray


def clear_blocks(bids: Hourly, blocks: Blocks, floor_tick: int) -> tuple[np.ndarray, TickClearing]:
    """Which blocks are taken (blocks,) bool, and the hourly clearing of the hourly bids with them.

    An accepted block stands at the floor in its hours. Raises ValueError when a bid lies below the floor.
    """
    if (bids.tick <= floor_tick).any():
        raise ValueError("every bid must lie above the floor, where accepted blocks stand")
    count = len(blocks.tick)
    chosen = _best_set(bids, blocks, floor_tick) if count <= EXACT else _drop_losers(bids, blocks, floor_tick)
    return chosen, _clear(bids, blocks, chosen, floor_tick)


def _best_set(bids: Hourly, blocks: Blocks, floor_tick: int) -> np.ndarray:
    count = len(blocks.tick)
    best, chosen = None, np.zeros(count, bool)
    for code in range(1 << count):
        taken = (code >> np.arange(count) & 1).astype(bool)
        done = _clear(bids, blocks, taken, floor_tick)
        if not _allowed(done, blocks, taken):
            continue
        gain = _gain(bids, blocks, taken, done)
        if best is None or gain > best:
            best, chosen = gain, taken
    return chosen


def _drop_losers(bids: Hourly, blocks: Blocks, floor_tick: int) -> np.ndarray:
    taken = np.ones(len(blocks.tick), bool)
    while taken.any():
        done = _clear(bids, blocks, taken, floor_tick)
        if _allowed(done, blocks, taken):
            break
        worst = np.where(taken, _profit(done, blocks), np.iinfo(np.int64).max)
        taken[int(np.argmin(worst))] = False
    return taken


def _clear(bids: Hourly, blocks: Blocks, taken: np.ndarray, floor_tick: int) -> TickClearing:
    """Clear the hours with one more row each for the accepted blocks; fills are those of the hourly bids alone."""
    hours, rows = len(bids.start) - 1, np.arange(len(bids.tick))
    put = bids.start[1:]
    side = np.insert(bids.side, put, 1)
    tick, lots = np.insert(bids.tick, put, floor_tick), np.insert(bids.lots, put, blocks.lots[taken].sum(axis=0))
    done = clear_auctions(bids.start + np.arange(hours + 1), side, tick, lots)
    hour = np.repeat(np.arange(hours), np.diff(bids.start))
    return TickClearing(price=done.price, low=done.low, high=done.high, volume=done.volume, fills=done.fills[rows + hour])


def _profit(done: TickClearing, blocks: Blocks) -> np.ndarray:
    """Gain of each block at the hourly prices, (blocks,) int64; an hour without a price counts as a full loss."""
    price = np.where(done.price == NO_PRICE, 0, done.price)
    return blocks.lots @ price - blocks.lots.sum(axis=1) * blocks.tick


def _allowed(done: TickClearing, blocks: Blocks, taken: np.ndarray) -> bool:
    sold = blocks.lots[taken].sum(axis=0)
    return bool((_profit(done, blocks)[taken] >= 0).all() and (done.volume >= sold).all())


def _gain(bids: Hourly, blocks: Blocks, taken: np.ndarray, done: TickClearing) -> int:
    """Gain from trade: what buyers would pay less what sellers ask."""
    sign = np.where(bids.side == 0, 1, -1)
    return int((sign * bids.tick * done.fills).sum() - (blocks.lots[taken].sum(axis=1) * blocks.tick[taken]).sum())
