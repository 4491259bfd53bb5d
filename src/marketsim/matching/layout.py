"""Where everything lies in memory: the header, the book table, the arena of orders and price levels.

One uint32 arena holds orders (8 words, one half cache line) and, per book that ever had an order, a ladder of price
levels (2 words a level and side) with a three-level bitmap of the occupied ones. Offsets are in 32-bit words; a level
is a circular list with its header as a node, so joining and leaving need no branch. Prices are keys: distance from
the best possible price of that side within the band (buy: high − tick, sell: tick − low), so both sides look alike.
Node 0 is null.

Source: own measurements, docs/decisions; the layout follows Knuth, The Art of Computer Programming 1, 2.2.5.
"""

import numpy as np

# Header: int64 words.
(ARENA, IDS, BOOKS, TRADES, SELLABLE, BOUGHT, TRADE_COUNT, TRADE_ROOM, LIVE, REFILLS, FREE, TOP, ARENA_LIMIT, IDS_ROOM,
 NEXT_OID, BOOK_COUNT, OWNERS, TICKS, SELF_MATCH, ALLOCATION, DEPTH_CAP, SETTLEMENT, STREAM, LEVEL1, LEVEL2, SIDE_WORDS,
 CALL_PRO_RATA) = range(27)
HEADER_WORDS = 32

# An order: uint32 words. An iceberg owns a second slot (EXTRA) with its hidden lots and its peak.
NEXT, PREV, LOTS, KEY, OID, OWNER, HOME, EXTRA = range(8)
ORDER_WORDS = 8
HIDDEN, PEAK = 2, 3

# A book: uint32 words. BEST of side s is word s; HOME of an order is book * 2 + side.
BEST, BEST_ASK, LOW, WIDTH, LADDER, BITMAP, PHASE, DRAWS, BLOCK_LOW, BLOCK_HIGH, BLOCK_LOTS = range(11)
BOOK_WORDS = 16
NO_KEY = 0x7FFFFFFF

# What the id map says of an order that is not resting: never seen, or gone.
UNSEEN, GONE = 0, 1

TRADE_WORDS = 8

# Fields of a message, in the order of the tuple that kernels pass around.
M_KIND, M_SIDE, M_TICK, M_LOTS, M_OID, M_OWNER, M_BOOK, M_PEAK = range(8)

# Columns of a batch: int64 words, addresses but for ROWS (messages) and REASONS (0 = not wanted).
(C_KIND, C_SIDE, C_TICK, C_LOTS, C_OID, C_OWNER, C_BOOK, C_PEAK, C_REASONS, C_ROWS) = range(10)


class Buffer:
    """A zeroed block of memory on a cache line, its length in bytes standing 8 bytes before its address.

    Untouched pages cost nothing. `array` is the block as numbers of `dtype`, shape (length,).
    """

    def __init__(self, length: int, dtype: type) -> None:
        size = length * np.dtype(dtype).itemsize
        raw = np.zeros(size + 192, np.uint8)
        start = -raw.ctypes.data % 64 + 64
        raw[start - 8:start].view(np.int64)[0] = size
        self.array = raw[start:start + size].view(dtype)
        self.address = raw.ctypes.data + start

    def grown(self, length: int) -> "Buffer":
        """A longer buffer that begins with this one's content."""
        longer = Buffer(length, self.array.dtype.type)
        longer.array[:len(self.array)] = self.array
        return longer


def ladder_words(ticks: int) -> tuple[int, int, int, int]:
    """Words of the bitmap's first two levels, of one side's bitmap, and of a whole ladder (both sides), all even."""
    level0 = ticks // 64 + 1
    level1 = -(-level0 // 64)
    side = 2 * (level0 + level1 + 1)
    words = 4 * ticks + 2 * side
    return 2 * level0, 2 * (level0 + level1), side, -(-words // 16) * 16
