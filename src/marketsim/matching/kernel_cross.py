"""The compiled call auction of a resting book: volumes per tick for `auction.choose`, then fills and trades at one price.

Rule: better prices first, at the margin by time or pro rata; an iceberg takes part whole; the buyer is the taker.

Source: Cboe Europe (2024), auction matching rules.
"""

import numpy as np

from marketsim.matching import layout as at
from marketsim.matching.compiled import get32, get64, kernel, part, put32, put64
from marketsim.matching.kernel_book import (
    arena,
    bitmap_of,
    book_record,
    hidden_lots,
    level_of,
    next_level,
    remove,
    slices,
    withdraw,
)
from marketsim.matching.kernel_match import record


@part
def whole_lots(a, slot):
    """Shown and hidden lots of an order."""
    return get32(a, slot + at.LOTS) + hidden_lots(a, slot)


@kernel
def volumes(h, book, side, lots):
    """Add the resting lots of one side to `lots` (ticks,) int64, indexed by tick − low; returns the number of orders."""
    a, b = arena(h), book_record(h, book)
    width, bits, orders = get32(b, at.WIDTH), bitmap_of(h, b, side), 0
    key = get32(b, at.BEST + side)
    while key != at.NO_KEY:
        level = level_of(h, b, side, key)
        slot = get32(a, level + at.NEXT)
        while slot != level:
            lots[key if side != 0 else width - key] += whole_lots(a, slot)
            slot, orders = get32(a, slot + at.NEXT), orders + 1
        key = next_level(h, a, bits, key + 1)
    return orders


@part
def share_level(h, a, level, take, slots, shares):
    """Share `take` lots over one queue: writes slots and shares, returns how many orders; zero shares stay in."""
    count, total, slot = 0, 0, get32(a, level + at.NEXT)
    while slot != level:
        slots[count], shares[count] = slot, whole_lots(a, slot)
        total += shares[count]
        count, slot = count + 1, get32(a, slot + at.NEXT)
    if take >= total:
        return count, total
    if get64(h, at.CALL_PRO_RATA) == 0:
        left = take
        for i in range(count):
            shares[i] = min(shares[i], left)
            left -= shares[i]
        return count, take
    fractions = shares[:count] * take % total
    shares[:count] = shares[:count] * take // total
    spare = take - shares[:count].sum()
    by_fraction = np.argsort(-fractions, kind="mergesort")  # stable: equal fractions by time
    for i in by_fraction[:spare]:
        shares[i] += 1
    return count, take


@part
def fill_side(h, book, side, volume, slots, shares):
    """Fills of one side in priority: writes slots and shares, returns their number."""
    a, b, count = arena(h), book_record(h, book), 0
    key, left = get32(b, at.BEST + side), volume
    while left > 0:
        level = level_of(h, b, side, key)
        met, given = share_level(h, a, level, left, slots[count:], shares[count:])
        count, left = count + met, left - given
        key = next_level(h, a, bitmap_of(h, b, side), key + 1)
    return count


@part
def settle_fill(h, a, slot, lots):
    """Take a fill off an order that keeps its place; shown lots go first and are refilled."""
    left = whole_lots(a, slot) - lots
    if left == 0:
        remove(h, a, slot)
        return
    shown, extra = get32(a, slot + at.LOTS), get32(a, slot + at.EXTRA)
    if lots < shown:
        put32(a, slot + at.LOTS, shown - lots)
        return
    peak, hidden = get32(a, extra + at.PEAK), get32(a, extra + at.HIDDEN)
    shown = min(peak, left)
    put32(a, slot + at.LOTS, shown)
    put32(a, extra + at.HIDDEN, left - shown)
    put64(h, at.REFILLS, get64(h, at.REFILLS) - slices(hidden, peak) + slices(left - shown, peak))


@kernel
def uncross(h, book, tick, volume, orders):
    """Trade `volume` lots at `tick`; `orders` = number of orders in the book, for scratch space."""
    a = arena(h)
    slots, shares = np.empty((2, orders), np.int64), np.empty((2, orders), np.int64)
    counts = (fill_side(h, book, 0, volume, slots[0], shares[0]), fill_side(h, book, 1, volume, slots[1], shares[1]))
    buy, sell, buy_left, sell_left = -1, -1, 0, 0
    left = volume
    while left > 0:
        while buy_left == 0:
            buy += 1
            buy_left = shares[0, buy]
        while sell_left == 0:
            sell += 1
            sell_left = shares[1, sell]
        lots = min(buy_left, sell_left)
        taker, maker = slots[0, buy], slots[1, sell]
        m = (0, 0, tick, lots, get32(a, taker + at.OID), get32(a, taker + at.OWNER), book, 0)
        record(h, m, get32(a, maker + at.OID), get32(a, maker + at.OWNER), tick, lots)
        buy_left, sell_left, left = buy_left - lots, sell_left - lots, left - lots
    for side in range(2):
        for i in range(counts[side]):
            if shares[side, i] > 0:
                settle_fill(h, a, slots[side, i], shares[side, i])


@kernel
def drop_all(h, book):
    """Withdraw every order of a book."""
    a, b = arena(h), book_record(h, book)
    for side in range(2):
        key = get32(b, at.BEST + side)
        while key != at.NO_KEY:
            withdraw(h, a, get32(a, level_of(h, b, side, key) + at.NEXT))
            key = get32(b, at.BEST + side)


@kernel
def depth(h, book, side, out):
    """Best levels of a side into `out` (levels, 2) int64: key, shown lots; returns how many there are."""
    a, b, count = arena(h), book_record(h, book), 0
    key = get32(b, at.BEST + side)
    while key != at.NO_KEY and count < len(out):
        level = level_of(h, b, side, key)
        slot, lots = get32(a, level + at.NEXT), 0
        while slot != level:
            lots, slot = lots + get32(a, slot + at.LOTS), get32(a, slot + at.NEXT)
        out[count, 0], out[count, 1] = key, lots
        count, key = count + 1, next_level(h, a, bitmap_of(h, b, side), key + 1)
    return count


@kernel
def slots_of_book(h, book, out):
    """Slots of a book's orders, buys then sells, best first, oldest first, into `out` (live,) int64; returns how many."""
    a, b, count = arena(h), book_record(h, book), 0
    for side in range(2):
        key = get32(b, at.BEST + side)
        while key != at.NO_KEY:
            level = level_of(h, b, side, key)
            slot = get32(a, level + at.NEXT)
            while slot != level:
                out[count] = slot
                count, slot = count + 1, get32(a, slot + at.NEXT)
            key = next_level(h, a, bitmap_of(h, b, side), key + 1)
    return count
