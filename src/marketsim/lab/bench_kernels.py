"""Compiled agents for the matching benchmark: one that writes a workload, one whole zero-intelligence market.

Both call the matching core's own kernels from inside compiled code and draw from SplitMix64, so a seed is a workload.
A geometric distance from the mid is looked up in a table of quantiles (`quantiles`, 1,024 entries).

Source: the mix of messages follows docs/decisions on benchmarks; zero intelligence: Gode and Sunder (1993), Allocative
efficiency of markets with zero-intelligence traders, Journal of Political Economy 101(1).
"""

from marketsim.matching import face
from marketsim.matching import layout as at
from marketsim.matching.compiled import get32, get64, kernel, part, put64
from marketsim.matching.kernel_book import book_record
from marketsim.matching.kernel_match import draw, tick_of
from marketsim.matching.kernel_submit import cancel, new_order

LIMIT, CANCEL, MARKET = face.LIMIT, face.CANCEL, face.MARKET
# Per mille of messages: up to here adds (more below the target of live orders than above), cancels, market orders, then
# marketable limits. Small takers keep the mid where it is.
ADDS_BELOW, ADDS_ABOVE, CANCELS, MARKETS = 500, 440, 900, 950
MAKER_LOTS, TAKER_LOTS = 100, 60


@part
def forget(live, place, count, oid):
    """Take an id out of the list of live orders (the last one takes its place); returns the new count."""
    last = live[count - 1]
    live[place[oid]] = last
    place[last] = place[oid]
    return count - 1


@part
def fresh_message(h, quantiles, seed, n, aggressive):
    """A limit order a geometric distance behind the mid, or one that takes what the other side shows."""
    book = draw(seed, n + 1, get64(h, at.BOOK_COUNT))
    side = draw(seed, n + 2, 2)
    lots = 1 + draw(seed, n + 3, TAKER_LOTS if aggressive else MAKER_LOTS)
    b = book_record(h, book)
    mid, away = get32(b, at.WIDTH) // 2, 1 + quantiles[draw(seed, n + 4, 1024)]
    tick = mid - away if side == 0 else mid + away
    best = get32(b, at.BEST + 1 - side)
    if aggressive == 1:
        return MARKET, side, 0, lots, book
    if aggressive == 2 and best != at.NO_KEY:
        reach = tick_of(b, 1 - side, best) + (2 if side == 0 else -2)
        tick = min(max(reach, 1), get32(b, at.WIDTH))
    return LIMIT, side, max(1, min(tick, get32(b, at.WIDTH))), lots, book


@kernel
def write_workload(h, table, quantiles, scratch, fill, seed):
    """Fill `table` (messages, 7) int32 with kind, side, tick, lots, oid, owner, book, playing it on the engine as it goes.

    The first `fill` rows are limit orders; then about 50 % adds, 40 % cancels of a uniformly drawn live order, 5 % market
    and 5 % marketable limit orders, held near `fill` live orders. `scratch` (2, messages)
    int64 keeps the list of live orders and their places in it.
    """
    live, place = scratch[0], scratch[1]
    count, oid = 0, 0
    for i in range(len(table)):
        n = i * 8
        roll = draw(seed, n, 1000) if i >= fill else 0
        owner = draw(seed, n + 5, get64(h, at.OWNERS))
        if (ADDS_BELOW if count <= fill else ADDS_ABOVE) <= roll < CANCELS and count > 0:
            gone = live[draw(seed, n + 1, count)]
            table[i, 0], table[i, 4], table[i, 5] = CANCEL, gone, owner
            table[i, 6] = 0
            cancel(h, gone)
            count = forget(live, place, count, gone)
            continue
        aggressive = 0 if roll < CANCELS else (1 if roll < MARKETS else 2)
        kind, side, tick, lots, book = fresh_message(h, quantiles, seed, n, aggressive)
        table[i, 0], table[i, 1], table[i, 2], table[i, 3] = kind, side, tick, lots
        table[i, 4], table[i, 5], table[i, 6] = oid, owner, book
        code = new_order(h, (kind, side, tick, lots, oid, owner, book, 0))
        for row in range(get64(h, at.TRADE_COUNT)):
            maker = get32(get64(h, at.TRADES), row * at.TRADE_WORDS + 1)
            if get32(get64(h, at.IDS), maker) == at.GONE:
                count = forget(live, place, count, maker)
        clear_log(h)
        if code & 256:
            live[count], place[oid] = oid, count
            count += 1
        oid += 1
    return oid


@part
def clear_log(h):
    """Empty the trade log."""
    put64(h, at.TRADE_COUNT, 0)


@part
def book_positions(h, units, cash):
    """Both sides' units and cash (traders,) int64 of the trades in the log, which is emptied."""
    log = get64(h, at.TRADES)
    for row in range(get64(h, at.TRADE_COUNT)):
        word = row * at.TRADE_WORDS
        taker, maker = get32(log, word + 2), get32(log, word + 3)
        lots = get32(log, word + 6)
        paid = lots * get32(log, word + 5)
        if get32(log, word + 7) != 0:
            taker, maker = maker, taker
        units[taker] += lots
        units[maker] -= lots
        cash[taker] -= paid
        cash[maker] += paid
    clear_log(h)


@kernel
def zero_intelligence(h, quoted, limits, units, cash, events_seed):
    """Play a whole market: draw a trader, withdraw its old quote, quote within its limit, match, book both positions.

    `quoted` (traders,) int64 ids of standing quotes (−1 none); trader i buys if even, bidding U{1 … limits[i]}, and sells
    if odd, asking U{limits[i] … top tick}; `events_seed` = (events, seed). Returns the trades.
    """
    events, seed = events_seed
    traders, top, trades = len(quoted), get32(book_record(h, 0), at.WIDTH) + 1, 0
    for i in range(events):
        n, oid = i * 2, get64(h, at.NEXT_OID)
        trader = draw(seed, n, traders)
        side, limit = trader & 1, limits[trader]
        price = 1 + draw(seed, n + 1, limit) if side == 0 else limit + draw(seed, n + 1, top - limit)
        cancel(h, quoted[trader])
        code = new_order(h, (LIMIT, side, price, 1, oid, trader, 0, 0))
        quoted[trader] = oid if code & 256 else -1
        if code >> 9 > 0:
            trades += get64(h, at.TRADE_COUNT)
            book_positions(h, units, cash)
    return trades
