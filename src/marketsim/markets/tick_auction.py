"""Uniform-price clearing of many hourly auctions on integer ticks: no sorting, no dependence on the order of bids.

With S(p) the lots offered at p or less and D(p) the lots wanted at p or more, the prices that clear are low … high with
low = least p with D(p + 1) ≤ S(p) and high = greatest p with S(p − 1) ≤ D(p); both are found by halving the range of ticks. Price =
middle; better bids are filled whole, those at the margin in proportion to their size by largest remainder.
Source: uniform-price double auction (e.g. Stoft, Power System Economics, 2002, part 3); ties as `contracts` asks.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.matching.compiled import kernel, part

BUY, SELL = 0, 1
NO_PRICE = -(2**62)
MOST = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class TickClearing:
    """Prices and bounds in ticks and `volume` in lots, (auctions,), NO_PRICE where nothing met; `fills` (bids,) lots; int64."""

    price: np.ndarray
    low: np.ndarray
    high: np.ndarray
    volume: np.ndarray
    fills: np.ndarray


def clear_auctions(start: np.ndarray, side: np.ndarray, tick: np.ndarray, lots: np.ndarray) -> TickClearing:
    """Clear auctions whose bids stand one behind the other: auction i owns rows start[i] … start[i + 1] − 1.

    `start` (auctions + 1,) int64; `side` uint8 0 buy 1 sell, `tick`, `lots` int64 ≥ 0, (bids,). A bid that takes any price
    stands at the market's cap or floor.
    """
    auctions = len(start) - 1
    prices = np.empty((4, auctions), np.int64)
    fills = np.zeros(len(tick), np.int64)
    _clear_all(start, side, tick, lots, prices, fills)
    return TickClearing(price=prices[0], low=prices[1], high=prices[2], volume=prices[3], fills=fills)


@kernel
def _clear_all(start, side, tick, lots, prices, fills):
    for i in range(len(start) - 1):
        a, b = start[i], start[i + 1]
        _clear_one(side[a:b], tick[a:b], lots[a:b], prices[:, i], fills[a:b])


@part
def _clear_one(side, tick, lots, price, fills):
    best_buy, best_sell = np.int64(NO_PRICE), np.int64(-NO_PRICE)
    for k in range(len(tick)):
        if lots[k] > 0:
            if side[k] == SELL:
                best_sell = min(best_sell, tick[k])
            else:
                best_buy = max(best_buy, tick[k])
    if best_buy < best_sell:
        price[0] = price[1] = price[2] = NO_PRICE
        price[3] = 0
        return
    low = _least_cleared(side, tick, lots, best_sell, best_buy)
    high = _greatest_cleared(side, tick, lots, low, best_buy)
    middle = (low + high) // 2
    demand, supply = _beyond(side, tick, lots, middle, middle)
    price[0], price[1], price[2], price[3] = middle, low, high, min(demand, supply)
    _fill((side, tick, lots), BUY, middle, price[3], fills)
    _fill((side, tick, lots), SELL, middle, price[3], fills)


@part
def _beyond(side, tick, lots, buy_from, sell_to):
    """Lots wanted at `buy_from` or more and offered at `sell_to` or less."""
    demand, supply = np.int64(0), np.int64(0)
    for k in range(len(tick)):
        sells = side[k] == SELL
        demand += lots[k] if (not sells) and tick[k] >= buy_from else 0
        supply += lots[k] if sells and tick[k] <= sell_to else 0
    return demand, supply


@part
def _least_cleared(side, tick, lots, low, high):
    while low < high:
        middle = (low + high) // 2
        demand, supply = _beyond(side, tick, lots, middle + 1, middle)
        if demand <= supply:
            high = middle
        else:
            low = middle + 1
    return low


@part
def _greatest_cleared(side, tick, lots, low, high):
    while low < high:
        middle = (low + high + 1) // 2
        demand, supply = _beyond(side, tick, lots, middle, middle - 1)
        if supply <= demand:
            low = middle
        else:
            high = middle - 1
    return low


@part
def _fill(bids, which, price, volume, fills):
    """Fill one side to `volume`: better bids whole, those at the price pro rata."""
    side, tick, lots = bids
    at_margin, ties = np.int64(0), 0
    for k in range(len(tick)):
        if side[k] != which:
            continue
        better = tick[k] > price if which == BUY else tick[k] < price
        if better:
            fills[k] = lots[k]
            volume -= lots[k]
        elif tick[k] == price:
            at_margin += lots[k]
            ties += 1
    if volume <= 0 or at_margin == 0:
        return
    rows, fraction = np.empty(ties, np.int64), np.empty(ties, np.float64)
    ties, left = 0, volume
    for k in range(len(tick)):
        if side[k] == which and tick[k] == price:
            share, rest = _share(lots[k], volume, at_margin)
            fills[k] = share
            left -= share
            rows[ties], fraction[ties] = k, -rest
            ties += 1
    if left > 0:
        order = np.argsort(fraction, kind="mergesort")
        for n in range(left):
            fills[rows[order[n]]] += 1


@part
def _share(lots, volume, total):
    """Floor of lots · volume / total and the remainder. Raises OverflowError where the product would outgrow int64."""
    if lots > MOST // volume:
        raise OverflowError("lots at the margin times the volume outgrow int64")
    product = lots * volume
    return product // total, np.float64(product % total)
