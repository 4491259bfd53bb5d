"""The compiled handling of one message: refuse with a reason, or match, rest, cancel, reduce, replace.

A message is a tuple in the order of `layout.M_*`. A kernel answers filled * 512 + rests * 256 + reason, or NEED_ROOM,
having changed nothing, when Python must make room first.

Source: reasons and their precedence as in `face`.
"""

from marketsim.matching import face
from marketsim.matching import layout as at
from marketsim.matching.compiled import (
    below,
    get32,
    get64,
    get_signed32,
    inner,
    kernel,
    part,
    put32,
    put_pair,
    put64,
)
from marketsim.matching.kernel_book import (
    arena,
    book_record,
    change_sellable,
    enqueue,
    hidden_lots,
    holding,
    new_slot,
    remove,
    slices,
    withdraw,
)
from marketsim.matching.kernel_match import fillable, record, take

NEED_ROOM = -1


@inner
def roomy(h):
    """Whether any one message has room: two slots and a ladder in the arena, a row for every trade it could make."""
    trades = get64(h, at.TRADE_COUNT) + 2 * get64(h, at.LIVE) + get64(h, at.REFILLS) + 2
    return get64(h, at.TOP) <= get64(h, at.ARENA_LIMIT) and trades <= get64(h, at.TRADE_ROOM)


@inner
def well_formed(h, m):
    """Whether a new order has no fault of shape, without a branch."""
    known = below(m[at.M_BOOK], get64(h, at.BOOK_COUNT)) & below(m[at.M_OID], get64(h, at.IDS_ROOM))
    fits = below(m[at.M_OWNER], get64(h, at.OWNERS)) & below(m[at.M_LOTS] - 1, face.MOST_LOTS)
    kind = below(m[at.M_KIND], face.REDUCE) & (m[at.M_KIND] != face.CANCEL) & below(m[at.M_SIDE], 2)
    whole = (m[at.M_PEAK] == 0) | ((m[at.M_KIND] == face.LIMIT) & below(m[at.M_PEAK] - 1, face.MOST_LOTS))
    return known & fits & kind & whole


@part
def fault(h, m):
    """The first fault of shape of an order that has one."""
    if not 0 <= m[at.M_BOOK] < get64(h, at.BOOK_COUNT):
        return face.UNKNOWN_BOOK
    if not 0 <= m[at.M_KIND] <= face.POST or m[at.M_KIND] == face.CANCEL or (m[at.M_PEAK] != 0 and m[at.M_KIND] != face.LIMIT):
        return face.BAD_KIND
    if not 0 <= m[at.M_SIDE] <= 1:
        return face.BAD_SIDE
    if not 0 <= m[at.M_OWNER] < get64(h, at.OWNERS):
        return face.BAD_OWNER
    if not 0 < m[at.M_LOTS] <= face.MOST_LOTS or not 0 <= m[at.M_PEAK] <= face.MOST_LOTS:
        return face.BAD_LOTS
    return face.BAD_ID


@part
def disallowed(h, a, b, m, key):
    """Why the rules of the day refuse a well-formed order; 0 if they do not."""
    phase, width = get32(b, at.PHASE), get32(b, at.WIDTH)
    if phase == face.CLOSED or (phase == face.CALL and m[at.M_KIND] != face.LIMIT):
        return face.WRONG_PHASE
    if key < 0 or key > width:
        return face.OUT_OF_BAND
    if get64(h, at.SETTLEMENT) != 0 and m[at.M_SIDE] != 0:
        if m[at.M_LOTS] > get64(get64(h, at.SELLABLE), holding(h, m[at.M_BOOK], m[at.M_OWNER])):
            return face.NOT_SELLABLE
    if m[at.M_KIND] == face.POST and get32(b, at.BEST + 1 - m[at.M_SIDE]) <= width - key:
        return face.POST_CROSSES
    if m[at.M_KIND] == face.FOK and fillable(h, a, b, m, width - key) < m[at.M_LOTS]:
        return face.FOK_UNFILLED
    return 0


@inner
def key_of(b, side, tick):
    """Distance of a tick from the best possible price of its side; outside 0 … width it is out of the band."""
    distance = tick - get_signed32(b, at.LOW)
    return distance if side != 0 else get32(b, at.WIDTH) - distance


@inner
def rest(h, a, b, m, key, left):
    """Put what is left of an order into the book."""
    slot, shown, extra = new_slot(h, a), left, 0
    if m[at.M_PEAK] != 0:
        extra, shown = new_slot(h, a), min(left, m[at.M_PEAK])
        put32(a, extra + at.HIDDEN, left - shown)
        put32(a, extra + at.PEAK, m[at.M_PEAK])
        put64(h, at.REFILLS, get64(h, at.REFILLS) + slices(left - shown, m[at.M_PEAK]))
    put_pair(a, slot + at.LOTS, shown, key)
    put_pair(a, slot + at.OID, m[at.M_OID], m[at.M_OWNER])
    put_pair(a, slot + at.HOME, m[at.M_BOOK] * 2 + m[at.M_SIDE], extra)
    enqueue(h, a, b, slot)
    put32(get64(h, at.IDS), m[at.M_OID], slot)
    put64(h, at.LIVE, get64(h, at.LIVE) + 1)


@inner
def accept(h, a, b, m, key):
    """Match an order that nothing speaks against, then rest or drop the remainder."""
    held = get64(h, at.SETTLEMENT) != 0 and m[at.M_SIDE] != 0
    if held:
        change_sellable(h, m[at.M_BOOK], m[at.M_OWNER], -m[at.M_LOTS])
    left, dropped, limit = m[at.M_LOTS], 0, get32(b, at.WIDTH) - key
    if get32(b, at.BEST + 1 - m[at.M_SIDE]) <= limit and get32(b, at.PHASE) == face.CONTINUOUS:
        met = take(h, a, b, m, limit)
        left, dropped = met >> 1, met & 1
    filled = m[at.M_LOTS] - left
    if left > 0 and dropped == 0 and (m[at.M_KIND] == face.LIMIT or m[at.M_KIND] == face.POST):
        rest(h, a, b, m, key, left)
        return filled * 512 + 256
    put32(get64(h, at.IDS), m[at.M_OID], at.GONE)
    if held and left > 0:
        change_sellable(h, m[at.M_BOOK], m[at.M_OWNER], left)
    return filled * 512


@part
def accept_apart(h, a, b, m, key):
    """`accept` once more for rarer messages, not inlined: it is large."""
    return accept(h, a, b, m, key)


@inner
def new_order(h, m):
    """Handle a new order."""
    if not well_formed(h, m):
        return fault(h, m)
    if get32(get64(h, at.IDS), m[at.M_OID]) != at.UNSEEN:
        return face.USED_ID
    a, b = arena(h), book_record(h, m[at.M_BOOK])
    key = 0 if m[at.M_KIND] == face.MARKET else key_of(b, m[at.M_SIDE], m[at.M_TICK])
    plain = (get32(b, at.PHASE) == face.CONTINUOUS) & (m[at.M_KIND] <= face.IOC) & (get64(h, at.SETTLEMENT) == 0)
    if not (plain & below(key, get32(b, at.WIDTH) + 1)):
        reason = disallowed(h, a, b, m, key)
        if reason != 0:
            return reason
    if not roomy(h):
        return NEED_ROOM
    if m[at.M_OID] >= get64(h, at.NEXT_OID):
        put64(h, at.NEXT_OID, m[at.M_OID] + 1)
    return accept(h, a, b, m, key)


@inner
def slot_of(h, oid):
    """Slot of a live order, 0 without one."""
    if oid < 0 or oid >= get64(h, at.IDS_ROOM):
        return 0
    slot = get32(get64(h, at.IDS), oid)
    return slot if slot > at.GONE else 0


@inner
def cancel(h, oid):
    """Handle a cancel."""
    slot = slot_of(h, oid)
    if slot == 0:
        return face.UNKNOWN_ID
    withdraw(h, arena(h), slot)
    return 0


@part
def reduce(h, oid, lots):
    """Handle a reduction to `lots`; hidden lots go first."""
    slot, a = slot_of(h, oid), arena(h)
    if slot == 0:
        return face.UNKNOWN_ID
    if lots < 0 or lots > face.MOST_LOTS:
        return face.BAD_LOTS
    shown, hidden, home = get32(a, slot + at.LOTS), hidden_lots(a, slot), get32(a, slot + at.HOME)
    if lots >= shown + hidden:
        return face.NOT_A_REDUCTION
    if get64(h, at.SETTLEMENT) != 0 and home & 1:
        change_sellable(h, home >> 1, get32(a, slot + at.OWNER), shown + hidden - lots)
    if lots == 0:
        remove(h, a, slot)
        return 0
    put32(a, slot + at.LOTS, min(shown, lots))
    extra = get32(a, slot + at.EXTRA)
    if extra != 0:
        peak, still = get32(a, extra + at.PEAK), lots - min(shown, lots)
        put32(a, extra + at.HIDDEN, still)
        put64(h, at.REFILLS, get64(h, at.REFILLS) - slices(hidden, peak) + slices(still, peak))
    return 0


@part
def replace(h, oid, tick, lots):
    """Handle a replacement: same id and owner, new tick and lots, last in its queue."""
    slot, a = slot_of(h, oid), arena(h)
    if slot == 0:
        return face.UNKNOWN_ID
    if lots <= 0 or lots > face.MOST_LOTS:
        return face.BAD_LOTS
    home, owner, extra = get32(a, slot + at.HOME), get32(a, slot + at.OWNER), get32(a, slot + at.EXTRA)
    book, side = home >> 1, home & 1
    b = book_record(h, book)
    key = key_of(b, side, tick)
    if key < 0 or key > get32(b, at.WIDTH):
        return face.OUT_OF_BAND
    if get64(h, at.SETTLEMENT) != 0 and side != 0:
        free = get64(get64(h, at.SELLABLE), holding(h, book, owner)) + get32(a, slot + at.LOTS) + hidden_lots(a, slot)
        if lots > free:
            return face.NOT_SELLABLE
    if not roomy(h):
        return NEED_ROOM
    peak = get32(a, extra + at.PEAK) if extra != 0 else 0
    withdraw(h, a, slot)
    return accept_apart(h, a, b, (face.LIMIT, side, tick, lots, oid, owner, book, peak), key)


@inner
def answer(h, m):
    """Handle a new order (kind, side, tick, lots, owner, book, peak) under the next id; answers what a receipt holds.

    The reason is NEED_ROOM, and nothing has changed, when Python must make room first.
    """
    kind, side, tick, lots, owner, book, peak = m
    oid = get64(h, at.NEXT_OID)
    code = new_order(h, (kind, side, tick, lots, oid, owner, book, peak))
    if code == 256:  # all of it rests: the common case first
        return oid, 0, 0, lots
    if code == NEED_ROOM or (code == face.BAD_ID and oid < face.MOST_IDS):
        return -1, NEED_ROOM, 0, 0
    if code & 255:
        return -1, code & 255, 0, 0
    filled = code >> 9
    return oid, 0, filled, lots - filled if code & 256 else 0


@kernel
def block(h, m):
    """Handle a block trade, the tuple (book, buyer, seller, tick, lots); answers a reason."""
    book, buyer, seller, tick, lots = m
    if not 0 <= book < get64(h, at.BOOK_COUNT):
        return face.UNKNOWN_BOOK
    b = book_record(h, book)
    if not (0 <= buyer < get64(h, at.OWNERS) and 0 <= seller < get64(h, at.OWNERS)):
        return face.BAD_OWNER
    if not max(get32(b, at.BLOCK_LOTS), 1) <= lots <= face.MOST_LOTS:
        return face.BAD_LOTS
    if get32(b, at.PHASE) == face.CLOSED:
        return face.WRONG_PHASE
    if not get_signed32(b, at.BLOCK_LOW) <= tick <= get_signed32(b, at.BLOCK_HIGH):
        return face.OUT_OF_BAND
    if get64(h, at.SETTLEMENT) != 0:
        if lots > get64(get64(h, at.SELLABLE), holding(h, book, seller)):
            return face.NOT_SELLABLE
        change_sellable(h, book, seller, -lots)
    record(h, (face.MARKET, 0, tick, lots, -1, buyer, book, 0), -1, seller, tick, lots)
    return 0


@part
def change(h, kind, oid, tick, lots):
    """Handle a message about an order that rests."""
    if kind == face.CANCEL:
        return cancel(h, oid)
    if kind == face.REDUCE:
        return reduce(h, oid, lots)
    return replace(h, oid, tick, lots)


@kernel
def change_one(h, kind, oid, tick, lots):
    """Handle one reduce or replace."""
    return change(h, kind, oid, tick, lots)
