"""The compiled handling of a batch: rows of plain price-time trading on a short path, any other row by `kernel_submit`.

Where a venue holds nobody to holdings, prevents no self-match, shares by time and caps no depth, most messages are limit,
market and IOC orders and cancels in a continuous book. What all of them need is asked once per batch (rules, room) or in
one comparison (shape, band); a row that is anything else, or has a fault, is handed over untouched.

Source: own measurements of the path and of the prefetch distances (docs/decisions).
"""

from marketsim.matching import face
from marketsim.matching import layout as at
from marketsim.matching.compiled import (
    below,
    column8,
    column32,
    get32,
    get64,
    inner,
    kernel,
    part,
    prefetch,
    put32,
    put64,
    rarely,
    write_column8,
)
from marketsim.matching.kernel_book import (
    arena,
    book_record,
    empty_level,
    hidden_lots,
    leave,
    level_of,
    retire,
)
from marketsim.matching.kernel_match import record, refill, requeue, tick_of
from marketsim.matching.kernel_submit import NEED_ROOM, change, key_of, new_order, rest

FAR, NEAR, CLOSE = 24, 12, 6  # messages ahead at which the book or id, the order or level, and its neighbour are fetched
PREFETCH_FROM = 20_000  # live orders; below, everything is in the cache anyway


@inner
def slot_or_null(h, oid):
    """What the id map says, 0 for an id it does not reach: no branch, because kinds of messages cannot be foretold."""
    return get32(get64(h, at.IDS), oid if below(oid, get64(h, at.IDS_ROOM)) else 0)


@inner
def fetch_order(h, c, i):
    """Ask for the order that row i + NEAR names, and the neighbours of the one that row i + CLOSE names."""
    a, oids = arena(h), get64(c, at.C_OID)
    prefetch(a, slot_or_null(h, column32(oids, i + NEAR)))
    slot = slot_or_null(h, column32(oids, i + CLOSE))
    prefetch(a, get32(a, slot + at.NEXT))
    prefetch(a, get32(a, slot + at.PREV))


@inner
def fetch_level(h, c, i):
    """Ask for the id's entry and the book of row i + FAR, and the level of row i + NEAR."""
    books = get64(c, at.C_BOOK)
    prefetch(get64(h, at.IDS), column32(get64(c, at.C_OID), i + FAR))
    prefetch(get64(h, at.BOOKS), column32(books, i + FAR) * at.BOOK_WORDS)
    book, side = column32(books, i + NEAR), column8(get64(c, at.C_SIDE), i + NEAR) & 1
    b = book_record(h, book if below(book, get64(h, at.BOOK_COUNT)) else 0)
    key = key_of(b, side, column32(get64(c, at.C_TICK), i + NEAR))
    prefetch(arena(h), get32(b, at.LADDER) + 2 * (side * get64(h, at.TICKS) + key))


@inner
def plain_rules(h, c):
    """Whether neither the venue nor an iceberg asks more of a row than price and time."""
    rules = get64(h, at.SETTLEMENT) | get64(h, at.SELF_MATCH) | get64(h, at.ALLOCATION) | get64(h, at.DEPTH_CAP)
    return (rules | get64(c, at.C_PEAK)) == 0


@inner
def sure_rows(h):
    """Rows for which there is room whatever they do, as long as they open no ladder.

    A trade ends its taker, a row, or what its maker shows: an order of now, a row or a refill.
    """
    trades = get64(h, at.TRADE_ROOM) - get64(h, at.TRADE_COUNT) - get64(h, at.LIVE) - get64(h, at.REFILLS)
    return min(trades >> 1, (get64(h, at.ARENA_LIMIT) - get64(h, at.TOP)) // at.ORDER_WORDS)


@inner
def plain_cancel(h, oid):
    """Handle a cancel."""
    slot, a = slot_or_null(h, oid), arena(h)
    if rarely(slot <= at.GONE):
        return face.UNKNOWN_ID
    home, key, empty = get32(a, slot + at.HOME), get32(a, slot + at.KEY), leave(a, slot)
    retire(h, a, slot, oid)
    if rarely(empty):
        empty_level(h, a, book_record(h, home >> 1), home & 1, key)
    return 0


@inner
def plain_meet(h, a, b, m, key, left):
    """One level in order of time; returns what is left. The queue is relinked once, when the taker moves on."""
    side = 1 - m[at.M_SIDE]
    level, tick = level_of(h, b, side, key), tick_of(b, side, key)
    slot = get32(a, level + at.NEXT)
    while left > 0 and slot != level:
        after, shown = get32(a, slot + at.NEXT), get32(a, slot + at.LOTS)
        lots = min(left, shown)
        record(h, m, get32(a, slot + at.OID), get32(a, slot + at.OWNER), tick, lots)
        left -= lots
        if lots < shown:
            put32(a, slot + at.LOTS, shown - lots)
            break
        if rarely(get32(a, slot + at.EXTRA) != 0) and hidden_lots(a, slot) > 0:
            refill(h, a, slot)
            slot = requeue(a, level, slot, after)
            continue
        retire(h, a, slot, get32(a, slot + at.OID))
        slot = after
    put32(a, level + at.NEXT, slot)
    put32(a, slot + at.PREV, level)
    if rarely(slot == level):
        empty_level(h, a, b, side, key)
    return left


@inner
def plain_take(h, a, b, m, limit):
    """Meet the opposite side down to key `limit`; returns what is left."""
    other, left = 1 - m[at.M_SIDE], m[at.M_LOTS]
    best = get32(b, at.BEST + other)
    while left > 0 and best <= limit:
        left = plain_meet(h, a, b, m, best, left)
        best = get32(b, at.BEST + other)
    return left


@inner
def plain_order(h, m):
    """Handle a limit, market or IOC order that has no fault; any other is left alone, and the answer is false."""
    # Kinds 0 to 3 and sides 0 to 1 in one comparison; branches that never part cost less than joining the answers.
    if not (below(m[at.M_KIND] | (m[at.M_SIDE] << 1), 4) and below(m[at.M_OWNER], get64(h, at.OWNERS)) and m[at.M_LOTS] > 0
            and below(m[at.M_BOOK], get64(h, at.BOOK_COUNT)) and below(m[at.M_OID], get64(h, at.IDS_ROOM))):
        return False
    a, b, left = arena(h), book_record(h, m[at.M_BOOK]), m[at.M_LOTS]
    width = get32(b, at.WIDTH)
    key = 0 if m[at.M_KIND] == face.MARKET else key_of(b, m[at.M_SIDE], m[at.M_TICK])
    if not (get32(get64(h, at.IDS), m[at.M_OID]) == at.UNSEEN and get32(b, at.PHASE) == face.CONTINUOUS
            and get32(b, at.LADDER) != 0 and below(key, width + 1)):
        return False
    if rarely(get32(b, at.BEST + 1 - m[at.M_SIDE]) <= width - key):
        left = plain_take(h, a, b, m, width - key)
    if (m[at.M_KIND] == face.LIMIT) & (left > 0):
        rest(h, a, b, m, key, left)
    else:
        put32(get64(h, at.IDS), m[at.M_OID], at.GONE)
    return True


@inner
def plain_rows(h, c, first):
    """Handle rows from `first` on while they are plain and there is room; returns the first that is not handled."""
    kinds, sides, ticks, lots = get64(c, at.C_KIND), get64(c, at.C_SIDE), get64(c, at.C_TICK), get64(c, at.C_LOTS)
    oids, owners, books, reasons = get64(c, at.C_OID), get64(c, at.C_OWNER), get64(c, at.C_BOOK), get64(c, at.C_REASONS)
    rows, newest, i = get64(c, at.C_ROWS), get64(h, at.NEXT_OID) - 1, first
    fetched = rows - FAR if get64(h, at.LIVE) >= PREFETCH_FROM else 0
    last = min(rows, first + sure_rows(h))
    ahead = column8(kinds, first)  # a wrong guess at the kind is seen sooner when the kind is there already
    while i < last:
        kind, ahead = ahead, column8(kinds, min(i + 1, rows - 1))
        oid, reason = column32(oids, i), 0
        if i < fetched:
            fetch_order(h, c, i)
            fetch_level(h, c, i)
        if kind == face.CANCEL:
            reason = plain_cancel(h, oid)
        else:
            m = (kind, column8(sides, i), column32(ticks, i), column32(lots, i), oid, column32(owners, i), column32(books, i), 0)
            if not plain_order(h, m):
                break
            newest = max(newest, oid)
        if reasons != 0:
            write_column8(reasons, i, reason)
        i += 1
    put64(h, at.NEXT_OID, newest + 1)
    return i


@part
def any_row(h, c, i):
    """Handle row i, whatever it is; answers as a kernel does."""
    kind, oid = column8(get64(c, at.C_KIND), i), column32(get64(c, at.C_OID), i)
    tick, lots = column32(get64(c, at.C_TICK), i), column32(get64(c, at.C_LOTS), i)
    if kind == face.CANCEL or kind == face.REDUCE or kind == face.REPLACE:
        return change(h, kind, oid, tick, lots)
    peaks = get64(c, at.C_PEAK)
    return new_order(h, (kind, column8(get64(c, at.C_SIDE), i), tick, lots, oid, column32(get64(c, at.C_OWNER), i),
                         column32(get64(c, at.C_BOOK), i), column32(peaks, i) if peaks != 0 else 0))


@kernel
def submit_columns(h, c, first):
    """Handle rows from `first` on; returns the rows done, fewer than all when room is needed."""
    rows, reasons, plain, i = get64(c, at.C_ROWS), get64(c, at.C_REASONS), plain_rules(h, c), first
    while i < rows:
        if plain:
            i = plain_rows(h, c, i)
            if i == rows:
                return rows
        code = any_row(h, c, i)
        if code == NEED_ROOM:
            return i
        if reasons != 0:
            write_column8(reasons, i, code & 255)
        i += 1
    return rows
