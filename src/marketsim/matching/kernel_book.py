"""The compiled order book itself: bitmap of occupied levels, queues, order slots, the best pair.

`h` is the address of the header, `a` of the arena, `b` of a book's record; all numbers are int64.

Source: Knuth, The Art of Computer Programming 1, 2.2.5 (circular lists with a header node); van Emde Boas (1975) for
the idea of a hierarchy of occupancy bits.
"""

from marketsim.matching import layout as at
from marketsim.matching.compiled import check, get32, get64, inner, lowest_bit, part, put32, put_pair, put64, rarely, shift_left


@inner
def book_record(h, book):
    """Address of a book's record."""
    check(book >= 0)
    return get64(h, at.BOOKS) + book * (4 * at.BOOK_WORDS)


@inner
def word_get(a, offset, word):
    """64-bit word of a bitmap that starts at 32-bit word `offset` (even) of the arena."""
    return get64(a, (offset >> 1) + word)


@inner
def word_put(a, offset, word, value):
    """Write a 64-bit word of a bitmap."""
    put64(a, (offset >> 1) + word, value)


@inner
def level_of(h, b, side, key):
    """Offset of the header node of a price level."""
    check(0 <= key < get64(h, at.TICKS))
    return get32(b, at.LADDER) + 2 * (side * get64(h, at.TICKS) + key)


@inner
def bitmap_of(h, b, side):
    """Offset of a side's bitmap."""
    return get32(b, at.BITMAP) + side * get64(h, at.SIDE_WORDS)


@inner
def occupy(h, a, bits, key):
    """Mark a level as occupied; the upper levels of the bitmap only learn of a word that was empty."""
    w0, w1 = key >> 6, key >> 12
    before = word_get(a, bits, w0)
    word_put(a, bits, w0, before | shift_left(1, key & 63))
    if rarely(before == 0):
        bits1, bits2 = bits + get64(h, at.LEVEL1), bits + get64(h, at.LEVEL2)
        word_put(a, bits1, w1, word_get(a, bits1, w1) | shift_left(1, w0 & 63))
        word_put(a, bits2, 0, word_get(a, bits2, 0) | shift_left(1, w1))


@inner
def vacate(h, a, bits, key):
    """Mark a level as empty."""
    w0, w1 = key >> 6, key >> 12
    left = word_get(a, bits, w0) & ~shift_left(1, key & 63)
    word_put(a, bits, w0, left)
    if rarely(left == 0):
        bits1, bits2 = bits + get64(h, at.LEVEL1), bits + get64(h, at.LEVEL2)
        left = word_get(a, bits1, w1) & ~shift_left(1, w0 & 63)
        word_put(a, bits1, w1, left)
        if left == 0:
            word_put(a, bits2, 0, word_get(a, bits2, 0) & ~shift_left(1, w1))


@part
def next_level(h, a, bits, key):
    """Key of the first occupied level at `key` or worse, at.NO_KEY without one."""
    w0 = key >> 6
    word = word_get(a, bits, w0) & shift_left(-1, key & 63)
    if word != 0:
        return (w0 << 6) + lowest_bit(word)
    bits1 = bits + get64(h, at.LEVEL1)
    w1 = w0 >> 6
    word = word_get(a, bits1, w1) & shift_left(shift_left(-1, w0 & 63), 1)
    if word == 0:
        word = word_get(a, bits + get64(h, at.LEVEL2), 0) & shift_left(shift_left(-1, w1), 1)
        if word == 0:
            return at.NO_KEY
        w1 = lowest_bit(word)
        word = word_get(a, bits1, w1)
    w0 = (w1 << 6) + lowest_bit(word)
    return (w0 << 6) + lowest_bit(word_get(a, bits, w0))


@inner
def new_slot(h, a):
    """Offset of a free order slot: the last one freed, or the next untouched one."""
    slot = get64(h, at.FREE)
    if slot != 0:
        put64(h, at.FREE, get32(a, slot + at.NEXT))
        return slot
    slot = get64(h, at.TOP)
    put64(h, at.TOP, slot + at.ORDER_WORDS)
    return slot


@inner
def free_slot(h, a, slot):
    """Give a slot back."""
    put32(a, slot + at.NEXT, get64(h, at.FREE))
    put64(h, at.FREE, slot)


@inner
def join(a, level, slot):
    """Append an order to the end of a queue."""
    last = get32(a, level + at.PREV)
    put_pair(a, slot + at.NEXT, level, last)
    put32(a, last + at.NEXT, slot)
    put32(a, level + at.PREV, slot)


@inner
def leave(a, slot):
    """Unlink an order from its queue; true if the queue is empty now."""
    after, before = get32(a, slot + at.NEXT), get32(a, slot + at.PREV)
    check(get32(a, after + at.PREV) == slot and get32(a, before + at.NEXT) == slot)
    put32(a, before + at.NEXT, after)
    put32(a, after + at.PREV, before)
    return after == before


@part
def open_ladder(h, b):
    """Give a book its ladder out of the arena; the words are zero and stay so between days."""
    ticks = get64(h, at.TICKS)
    ladder = get64(h, at.TOP)
    words = (4 * ticks + 2 * get64(h, at.SIDE_WORDS) + 15) & ~15
    put64(h, at.TOP, ladder + words)
    put32(b, at.LADDER, ladder)
    put32(b, at.BITMAP, ladder + 4 * ticks)


@inner
def enqueue(h, a, b, slot):
    """Put a filled slot into its level; a new level begins empty, and may be the best."""
    key, side = get32(a, slot + at.KEY), get32(a, slot + at.HOME) & 1
    if rarely(get32(b, at.LADDER) == 0):
        open_ladder(h, b)
    level = level_of(h, b, side, key)
    first = get32(a, level + at.NEXT)
    if rarely(first == 0 or first == level):  # never used, or empty; the bitmap says the same but is another cache line
        put_pair(a, level + at.NEXT, level, level)
        occupy(h, a, bitmap_of(h, b, side), key)
        put32(b, at.BEST + side, min(get32(b, at.BEST + side), key))
    join(a, level, slot)


@inner
def empty_level(h, a, b, side, key):
    """A level lost its last order: clear its bit and, if it was the best, find the next."""
    bits = bitmap_of(h, b, side)
    vacate(h, a, bits, key)
    if get32(b, at.BEST + side) == key:
        put32(b, at.BEST + side, next_level(h, a, bits, key))


@part
def slices(hidden, peak):
    """Refills an iceberg still has."""
    return (hidden + peak - 1) // peak


@part
def hidden_lots(a, slot):
    """Lots of an order that are not shown."""
    extra = get32(a, slot + at.EXTRA)
    return get32(a, extra + at.HIDDEN) if extra != 0 else 0


@part
def drop_hidden(h, a, slot):
    """Take the hidden part of an iceberg off, with its slot."""
    extra = get32(a, slot + at.EXTRA)
    put64(h, at.REFILLS, get64(h, at.REFILLS) - slices(get32(a, extra + at.HIDDEN), get32(a, extra + at.PEAK)))
    free_slot(h, a, extra)
    put32(a, slot + at.EXTRA, 0)


@inner
def retire(h, a, slot, oid):
    """Forget an order that is in no queue any more."""
    put32(get64(h, at.IDS), oid, at.GONE)
    if rarely(get32(a, slot + at.EXTRA) != 0):
        drop_hidden(h, a, slot)
    free_slot(h, a, slot)
    put64(h, at.LIVE, get64(h, at.LIVE) - 1)
    check(get64(h, at.LIVE) >= 0)


@inner
def remove(h, a, slot):
    """Take an order out of the book, whatever is left of it."""
    home, key = get32(a, slot + at.HOME), get32(a, slot + at.KEY)
    if leave(a, slot):
        empty_level(h, a, book_record(h, home >> 1), home & 1, key)
    retire(h, a, slot, get32(a, slot + at.OID))


@part
def holding(h, book, owner):
    """Word of an owner's entry in the tables of holdings."""
    return book * get64(h, at.OWNERS) + owner


@part
def change_sellable(h, book, owner, lots):
    """Add lots to what an owner may sell today (freeze with a negative number)."""
    table, place = get64(h, at.SELLABLE), holding(h, book, owner)
    put64(table, place, get64(table, place) + lots)


@inner
def withdraw(h, a, slot):
    """Take an order out of the book and release what it froze."""
    home = get32(a, slot + at.HOME)
    if get64(h, at.SETTLEMENT) != 0 and home & 1:
        lots = get32(a, slot + at.LOTS) + hidden_lots(a, slot)
        change_sellable(h, home >> 1, get32(a, slot + at.OWNER), lots)
    remove(h, a, slot)


@inner
def arena(h):
    """Address of the arena."""
    return get64(h, at.ARENA)
