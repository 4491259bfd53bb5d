"""The double auction of trader agents with induced values, whole sessions at a time: random, learning and believing traders.

A trader with units left, drawn uniformly, shouts. A shout that crosses the standing opposite quote trades at that quote, and
both standing quotes are cleared; otherwise it replaces the standing quote of its side if strictly better. A period is a fixed number
of shouts; units and quotes are new in each, what was learned is kept.

By Cliff's rule no quote stands: whoever on the other side would deal at the shout is willing, one of the willing is drawn, and they trade at the
shout; a shout nobody takes is gone.
Source: Gode and Sunder (1993), JPE 101(1); Smith (1962), An experimental study of competitive market behavior, JPE 70(2);
Cliff (1997), HPL-97-91, for his rule.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.agents.induced_beliefs import ASK, ASK_TAKEN, BID, BID_TAKEN, believe, best_price, recall
from marketsim.agents.induced_kernel import draw, kernel, part
from marketsim.agents.induced_random import random_price
from marketsim.agents.induced_zip import zip_begin, zip_direction, zip_learn, zip_price

ZI_U, ZI_C, ZIP, GD = range(4)
STRATEGY_NAMES = ("zi_u", "zi_c", "zip", "gd")
BOOK, CLIFF = range(2)
RULE_NAMES = ("book", "cliff")
_PERIOD, _PRICE, _BUYER, _SELLER, _GAIN_BUYER, _GAIN_SELLER = range(6)


@dataclass(frozen=True, kw_only=True)
class Market:
    """Induced values: `limits` (traders, units) int64, buyers' values then sellers' costs, `units` (traders,) owned by each.

    `buyers` counts the buyers, `most` is the highest price anybody may shout.
    """

    limits: np.ndarray
    units: np.ndarray
    buyers: int
    most: int


@dataclass(frozen=True, kw_only=True)
class Trades:
    """Trades in order: `period`, `price`, `buyer`, `seller`, and each side's gain, (trades,) int64."""

    period: np.ndarray
    price: np.ndarray
    buyer: np.ndarray
    seller: np.ndarray
    gain_buyer: np.ndarray
    gain_seller: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a session is held: `rule` BOOK or CLIFF; from `shift_period` on (−1: never) values move by `shift_values`, costs by `shift_costs`."""

    rule: int = BOOK
    shift_period: int = -1
    shift_values: int = 0
    shift_costs: int = 0


def market_of(values: list[list[int]], costs: list[list[int]], most: int) -> Market:
    """The market of these buyers' values and sellers' costs, one list a trader, units in the order they are used."""
    rows = [*values, *costs]
    limits = np.zeros((len(rows), max((len(row) for row in rows), default=0)), np.int64)
    for trader, row in enumerate(rows):
        limits[trader, :len(row)] = row
    return Market(limits=limits, units=np.array([len(row) for row in rows], np.int64), buyers=len(values), most=most)


def session(market: Market, strategy: int, periods: int, shouts: int, luck: float, rules: Rules = Rules()) -> Trades:
    """Run one session; `luck` from [0, 1) is its seed, drawn by the caller. Every trader follows the same `strategy`.

    Raises ValueError for believing traders by Cliff's rule: they judge by quotes that stand.
    """
    if strategy == GD and rules.rule == CLIFF:
        raise ValueError("gd traders judge by standing quotes, which Cliff's rule has not; expected rule book")
    key = np.uint64(int(luck * 2**53))
    room = np.zeros((periods * int(min(market.units[:market.buyers].sum(), market.units[market.buyers:].sum())), 6), np.int64)
    settings = np.array([market.buyers, market.most, strategy, periods, shouts, rules.rule, rules.shift_period, rules.shift_values, rules.shift_costs], np.int64)
    rows = room[:_run(market.limits.copy(), market.units, settings, key, room)]
    return Trades(period=rows[:, _PERIOD], price=rows[:, _PRICE], buyer=rows[:, _BUYER], seller=rows[:, _SELLER],
                  gain_buyer=rows[:, _GAIN_BUYER], gain_seller=rows[:, _GAIN_SELLER])


@kernel
def _run(limits, units, settings, key, trades):
    """All periods of a session; writes `trades` (rows, 6) and returns their number."""
    buyers, most, strategy, periods, shouts = settings[:5]
    traders = len(units)
    memory = np.zeros((limits.size, 4))  # a row for each unit of each trader
    zip_begin(memory, buyers * limits.shape[1], key)
    shouted = np.zeros((4 * (most + 2) * 16 if strategy == GD else 1, 3), np.int64)
    counts = np.zeros(4, np.int64)  # trades so far, remembered shouts, standing bidder, standing asker
    beliefs = np.zeros(most + 1)
    used = np.zeros(traders, np.int64)
    quotes = np.array([0, most + 1, most + 1])  # standing bid and ask, and what stands for no ask
    for period in range(periods):
        used[:] = 0
        if period == settings[6]:
            limits[:buyers] += settings[7]
            limits[buyers:] += settings[8]
        quotes[0], quotes[1] = 0, quotes[2]
        for shout in range(shouts):
            address = (period * shouts + shout + 2) * 2 * (limits.size + 2)  # the first addresses made the ZIP characters
            trader = _drawn(units - used, draw(key, address))
            if trader < 0:
                break
            buys, limit = trader < buyers, limits[trader, used[trader]]
            if strategy == ZIP:
                price = zip_price(memory, trader * limits.shape[1] + used[trader], limit)
            elif strategy == GD:
                believe(shouted, counts[1], most, not buys, beliefs)
                price = best_price(beliefs, limit, buys, quotes[0], quotes[1])
            else:
                price = random_price(limit, buys, most, strategy == ZI_C, draw(key, address + 1))
            if price < 0 or price > most:
                continue
            if settings[5] == CLIFF:
                other = _willing((limits, units, used), (trader, buys, price), settings, memory, (key, address))
                quotes[0], quotes[1] = 0, quotes[2]
                if other >= 0:
                    quotes[1 if buys else 0], counts[3 if buys else 2] = price, other
            crosses = price >= quotes[1] if buys else 0 < quotes[0] >= price
            if strategy == ZIP:
                at = (quotes[1] if buys else quotes[0]) if crosses else price
                bid = buys if settings[5] == CLIFF else buys != crosses  # by Cliff's rule the shout is what was heard, not the quote it met
                _all_learn((limits, units, used), buyers, memory, (at, bid, crosses), (key, address + 2))
            if strategy == GD:
                _remember(shouted, counts, buys, price, quotes, crosses)
            if crosses:
                _trade((limits, used), (trader, buys), quotes, counts, trades, period)
                if strategy == GD:
                    counts[1] = recall(shouted, counts[1], counts[0])
            elif settings[5] == CLIFF:
                continue
            elif buys and price > quotes[0]:
                quotes[0], counts[2] = price, trader
            elif not buys and price < quotes[1]:
                quotes[1], counts[3] = price, trader
    return counts[0]


@part
def _drawn(left, luck):
    """A trader with units left, each as likely as the other; −1 where nobody has any."""
    active = 0
    for units in left:
        active += units > 0
    place = int(luck * active)
    for trader in range(len(left)):
        if left[trader] > 0:
            if place == 0:
                return trader
            place -= 1
    return -1


@part
def _willing(schedule, shout, settings, memory, luck):
    """Somebody on the other side who would deal at the shout, each as likely as the other; −1 where nobody would."""
    limits, units, used = schedule
    trader, buys, price = shout
    key, address = luck
    buyers, chosen, found = settings[0], -1, 0
    pick = draw(key, address + 2 * limits.size + 2)
    for other in range(len(units)):
        if (other < buyers) == buys or used[other] >= units[other]:
            continue
        limit = limits[other, used[other]]
        if settings[2] == ZIP:
            own = zip_price(memory, other * limits.shape[1] + used[other], limit)
        else:
            own = random_price(limit, not buys, settings[1], settings[2] == ZI_C, draw(key, address + 2 + other))
        if (own <= price) if buys else (own >= price):
            found += 1
            if pick * found < 1.0:  # the k-th of the willing stays with chance 1/k
                chosen = other
                pick = pick * found
            else:
                pick = (pick * found - 1.0) / (found - 1)
    return chosen


@part
def _trade(schedule, who, quotes, counts, trades, period):
    """Book a trade at the standing quote and clear both quotes."""
    limits, used = schedule
    trader, buys = who
    price = quotes[1] if buys else quotes[0]
    buyer, seller = (trader, counts[3]) if buys else (counts[2], trader)
    row = trades[counts[0]]
    row[0], row[1], row[2], row[3] = period, price, buyer, seller
    row[4], row[5] = limits[buyer, used[buyer]] - price, price - limits[seller, used[seller]]
    used[buyer] += 1
    used[seller] += 1
    counts[0] += 1
    quotes[0], quotes[1] = 0, quotes[2]


@part
def _all_learn(schedule, buyers, memory, heard, luck):
    """Let every ZIP trader hear a shout: its price, whether it was a bid, whether it was taken; each unit has its own margin."""
    limits, units, used = schedule
    quote, bid, accepted = heard
    key, address = luck
    for trader in range(len(units)):
        buys = trader < buyers
        for unit in range(min(used[trader] + 1, units[trader])):  # those sold today and the next one
            slot, limit = trader * limits.shape[1] + unit, limits[trader, unit]
            way = zip_direction(buys, unit == used[trader], zip_price(memory, slot, limit), quote, bid, accepted)
            if way != 0:
                lucks = (draw(key, address + 2 * slot), draw(key, address + 2 * slot + 1))
                zip_learn(memory, slot, limit, buys, (way, quote), lucks)


@part
def _remember(shouted, counts, buys, price, quotes, crosses):
    """Write a shout into the memory of all GD traders; where it crosses, both it and the standing quote were taken."""
    if counts[1] == len(shouted):  # the oldest goes first
        for k in range(len(shouted) - 1):
            shouted[k] = shouted[k + 1]
        counts[1] -= 1
    k = counts[1]
    if not crosses:
        shouted[k, 0], shouted[k, 1], shouted[k, 2] = price, BID if buys else ASK, counts[0]
        counts[1] += 1
        return
    standing, kind = (quotes[1], ASK) if buys else (quotes[0], BID)
    for j in range(k - 1, -1, -1):
        if shouted[j, 0] == standing and shouted[j, 1] == kind:
            shouted[j, 1] = ASK_TAKEN if buys else BID_TAKEN
            break
    shouted[k, 0], shouted[k, 1], shouted[k, 2] = standing, BID_TAKEN if buys else ASK_TAKEN, counts[0]
    counts[1] += 1
