"""The compiled matching of one incoming order with the opposite side: time, pro-rata or drawn priority.

Rule: best level first; inside a level by `Rules.allocation`; the price is the resting order's. Kernels return what is
left of the taker and whether that must be dropped (self-match, depth cap), packed as left * 2 + dropped.

Source: Gould et al. (2013), Limit order books, Quantitative Finance 13(11); Janecek and Kabrhel (2007), Matching
algorithms of international exchanges, for pro-rata; Steele, Lea and Flood (2014) for the stream.
"""

from marketsim.matching import layout as at
from marketsim.matching.compiled import (
    check,
    get32,
    get64,
    get_signed32,
    inner,
    part,
    put32,
    put_pair,
    put64,
    rarely,
    shift_right,
    wrapping_plus,
    wrapping_times,
)
from marketsim.matching.kernel_book import (
    bitmap_of,
    change_sellable,
    empty_level,
    hidden_lots,
    holding,
    join,
    leave,
    level_of,
    next_level,
    remove,
    retire,
    withdraw,
)

NEWEST, OLDEST = 1, 2  # places in face.SELF_MATCH; 3 = both
PRO_RATA = 1  # place in face.ALLOCATION


@inner
def tick_of(b, side, key):
    """Absolute tick of a key."""
    # A product instead of a choice: which side is met cannot be foretold.
    return get_signed32(b, at.LOW) + key + (1 - side) * (get32(b, at.WIDTH) - 2 * key)


@part
def credit(h, book, owner, lots):
    """Book a purchase: sellable at once (t0) or tomorrow (t1)."""
    if get64(h, at.SETTLEMENT) == 1:
        change_sellable(h, book, owner, lots)
    else:
        table, place = get64(h, at.BOUGHT), holding(h, book, owner)
        put64(table, place, get64(table, place) + lots)


@inner
def record(h, m, maker_oid, maker_owner, tick, lots):
    """Append a trade of the taker `m` to the log."""
    count = get64(h, at.TRADE_COUNT)
    check(count < get64(h, at.TRADE_ROOM))
    log, row = get64(h, at.TRADES), count * at.TRADE_WORDS
    put_pair(log, row, m[at.M_OID], maker_oid)
    put_pair(log, row + 2, m[at.M_OWNER], maker_owner)
    put_pair(log, row + 4, m[at.M_BOOK], tick)
    put_pair(log, row + 6, lots, m[at.M_SIDE])
    put64(h, at.TRADE_COUNT, count + 1)
    if rarely(get64(h, at.SETTLEMENT) != 0):
        credit(h, m[at.M_BOOK], m[at.M_OWNER] if m[at.M_SIDE] == 0 else maker_owner, lots)


@part
def refill(h, a, slot):
    """Show the next slice of an iceberg whose shown lots are gone."""
    extra = get32(a, slot + at.EXTRA)
    hidden = get32(a, extra + at.HIDDEN)
    shown = min(hidden, get32(a, extra + at.PEAK))
    put32(a, slot + at.LOTS, shown)
    put32(a, extra + at.HIDDEN, hidden - shown)
    put64(h, at.REFILLS, get64(h, at.REFILLS) - 1)


@inner
def requeue(a, level, slot, after):
    """The head of a queue that shows its next slice goes to the end; returns whose turn it is, its own where it stands alone."""
    if after == level:
        return slot
    put32(a, level + at.NEXT, after)
    put32(a, after + at.PREV, level)
    join(a, level, slot)
    return after


@part
def trade(h, a, b, m, slot, lots):
    """Trade with one order anywhere in its queue; exhausted, it leaves, or shows its next slice at the end."""
    side = 1 - m[at.M_SIDE]
    record(h, m, get32(a, slot + at.OID), get32(a, slot + at.OWNER), tick_of(b, side, get32(a, slot + at.KEY)), lots)
    left = get32(a, slot + at.LOTS) - lots
    put32(a, slot + at.LOTS, left)
    if left > 0:
        return
    if hidden_lots(a, slot) == 0:
        remove(h, a, slot)
        return
    refill(h, a, slot)
    level = level_of(h, b, side, get32(a, slot + at.KEY))
    leave(a, slot)
    join(a, level, slot)


@part
def meet_own(h, a, m, level):
    """Self-match prevention of a queue met as a whole; true if the taker stops."""
    rule = get64(h, at.SELF_MATCH)
    slot = get32(a, level + at.NEXT)
    while rule != 0 and slot != level:
        after = get32(a, slot + at.NEXT)
        if get32(a, slot + at.OWNER) == m[at.M_OWNER]:
            if rule != NEWEST:
                withdraw(h, a, slot)
            if rule != OLDEST:
                return True
        slot = after
    return False


@part
def above(a, level, count, take, total, fraction):
    """Orders among the first `count` whose share of `take` leaves a fraction greater than `fraction`/`total`."""
    found, slot = 0, get32(a, level + at.NEXT)
    for _ in range(count):
        found += (get32(a, slot + at.LOTS) * take) % total > fraction
        slot = get32(a, slot + at.NEXT)
    return found


@part
def meet_pro_rata(h, a, b, m, level, left):
    """One round over what the level shows: floor of each share, then one lot each by largest fraction, then time."""
    total, count, slot = 0, 0, get32(a, level + at.NEXT)
    while slot != level:
        total, count, slot = total + get32(a, slot + at.LOTS), count + 1, get32(a, slot + at.NEXT)
    take, spare = min(left, total), min(left, total)
    slot = get32(a, level + at.NEXT)
    for _ in range(count):
        spare, slot = spare - get32(a, slot + at.LOTS) * take // total, get32(a, slot + at.NEXT)
    low, high = 0, total - 1  # smallest fraction that at most `spare` orders exceed; those exceeding it get a lot
    while low < high:
        middle = (low + high) // 2
        if above(a, level, count, take, total, middle) <= spare:
            high = middle
        else:
            low = middle + 1
    ties = spare - above(a, level, count, take, total, low)
    slot = get32(a, level + at.NEXT)
    for _ in range(count):
        after = get32(a, slot + at.NEXT)
        whole = get32(a, slot + at.LOTS) * take
        share, fraction = whole // total, whole % total
        if fraction > low:
            share += 1
        elif fraction == low and ties > 0:
            share, ties = share + 1, ties - 1
        if share > 0:
            trade(h, a, b, m, slot, share)
        slot = after
    return left - take


@part
def scramble(number):
    """SplitMix64's finaliser, as `face.mix`."""
    number = wrapping_times(number ^ shift_right(number, 30), -0x40A7B892E31B1A47)
    number = wrapping_times(number ^ shift_right(number, 27), -0x6B2FB644ECCEEE15)
    return number ^ shift_right(number, 31)


@part
def draw(key, count, below):
    """The `count`-th number in 0 … below − 1 of the stream `key` (below < 2³¹); the step is the golden ratio."""
    number = scramble(wrapping_plus(key, wrapping_times(count, -0x61C8864680B583EB)))
    return (shift_right(number, 32) * below) >> 32


@part
def meet_by_draw(h, a, b, m, level, left):
    """Meet the one order of the level that the venue's stream draws."""
    count, slot = 0, get32(a, level + at.NEXT)
    while slot != level:
        count, slot = count + 1, get32(a, slot + at.NEXT)
    draws = get32(b, at.DRAWS) + 1
    put32(b, at.DRAWS, draws)
    place = draw(scramble(wrapping_plus(get64(h, at.STREAM), m[at.M_BOOK])), draws, count)
    slot = get32(a, level + at.NEXT)
    for _ in range(place):
        slot = get32(a, slot + at.NEXT)
    lots = min(left, get32(a, slot + at.LOTS))
    trade(h, a, b, m, slot, lots)
    return left - lots


@part
def meet_as_whole(h, a, b, m, key, left):
    """One level under pro-rata or drawn priority; returns left * 2 + dropped."""
    side = 1 - m[at.M_SIDE]
    level = level_of(h, b, side, key)
    if meet_own(h, a, m, level):
        return left * 2 + 1
    while left > 0 and get32(b, at.BEST + side) == key:
        if get64(h, at.ALLOCATION) == PRO_RATA:
            left = meet_pro_rata(h, a, b, m, level, left)
        else:
            left = meet_by_draw(h, a, b, m, level, left)
    return left * 2


@inner
def meet_in_time(h, a, b, m, key, left):
    """One level in order of time; returns left * 2 + dropped. The queue is relinked once, when the taker moves on."""
    side = 1 - m[at.M_SIDE]
    level = level_of(h, b, side, key)
    tick, rule, dropped = tick_of(b, side, key), get64(h, at.SELF_MATCH), 0
    slot = get32(a, level + at.NEXT)
    while left > 0 and slot != level:
        after, shown = get32(a, slot + at.NEXT), get32(a, slot + at.LOTS)
        owner = get32(a, slot + at.OWNER)
        if rule != 0 and owner == m[at.M_OWNER]:
            if rule == NEWEST:
                dropped = 1
                break
            if get64(h, at.SETTLEMENT) != 0 and side != 0:
                change_sellable(h, m[at.M_BOOK], owner, shown + hidden_lots(a, slot))
            retire(h, a, slot, get32(a, slot + at.OID))
            slot = after
            if rule != OLDEST:
                dropped = 1
                break
            continue
        lots = min(left, shown)
        record(h, m, get32(a, slot + at.OID), owner, tick, lots)
        left -= lots
        if lots < shown:
            put32(a, slot + at.LOTS, shown - lots)
            break
        if get32(a, slot + at.EXTRA) != 0 and hidden_lots(a, slot) > 0:
            refill(h, a, slot)
            slot = requeue(a, level, slot, after)
            continue
        retire(h, a, slot, get32(a, slot + at.OID))
        slot = after
    if slot == level:
        put32(a, level + at.NEXT, level)
        empty_level(h, a, b, side, key)
    else:
        put32(a, level + at.NEXT, slot)
        put32(a, slot + at.PREV, level)
    return left * 2 + dropped


@inner
def take(h, a, b, m, limit):
    """Meet the opposite side down to key `limit`; returns left * 2 + dropped."""
    other = 1 - m[at.M_SIDE]
    left, levels, cap = m[at.M_LOTS], 0, get64(h, at.DEPTH_CAP)
    by_time = get64(h, at.ALLOCATION) == 0
    best = get32(b, at.BEST + other)
    while left > 0 and best <= limit:
        if cap > 0 and levels == cap:
            return left * 2 + 1
        levels += 1
        met = meet_in_time(h, a, b, m, best, left) if by_time else meet_as_whole(h, a, b, m, best, left)
        left = met >> 1
        if met & 1:
            return met
        best = get32(b, at.BEST + other)
    return left * 2


@part
def fillable(h, a, b, m, limit):
    """Lots a fill-or-kill order could really take, counted until they suffice."""
    other, rule, total, levels = 1 - m[at.M_SIDE], get64(h, at.SELF_MATCH), 0, 0
    cap, by_time = get64(h, at.DEPTH_CAP), get64(h, at.ALLOCATION) == 0
    key = get32(b, at.BEST + other)
    while key <= limit and total < m[at.M_LOTS] and (cap == 0 or levels < cap):
        level = level_of(h, b, other, key)
        shown, hidden, slot = 0, 0, get32(a, level + at.NEXT)
        while slot != level:
            if rule == 0 or get32(a, slot + at.OWNER) != m[at.M_OWNER]:
                shown, hidden = shown + get32(a, slot + at.LOTS), hidden + hidden_lots(a, slot)
            elif rule != OLDEST:
                return total + (shown if by_time else 0)
            slot = get32(a, slot + at.NEXT)
        total, levels = total + shown + hidden, levels + 1
        key = next_level(h, a, bitmap_of(h, b, other), key + 1)
    return total
