"""The compiled matching engine: the face of `reference.Engine` over one arena of integers.

Importing this file imports numba; the first call of a kernel compiles it, later processes read it from the cache
(`warmup` does so on purpose). For compiled agents: `Engine.address` is the header's address, and
`marketsim.matching.kernel_submit.new_order`, `cancel`, `reduce`, `replace` are called with it from any numba function;
call `Engine.make_room` first for as many messages as the kernel may send.

Source: the rules and reasons of `face`; the layout of `layout`.
"""

import numpy as np
from numba import types

from marketsim.matching import auction, audit, face, kernel_batch, kernel_cross, kernel_submit, layout
from marketsim.matching.calls import cancel_now, submit_now
from marketsim.matching.compiled import CHECKED, entry
from marketsim.matching.face import BUY, SELL, Messages, Order, Receipt, Rules, Trades

COLUMN_TYPES = {"kind": np.uint8, "side": np.uint8, "tick": np.int32, "lots": np.int32, "oid": np.int32,
                 "owner": np.int32, "book": np.int32, "peak": np.int32}

_I64 = types.int64
_change_one = entry(kernel_submit.change_one, _I64, _I64, _I64, _I64, _I64)
_submit_columns = entry(kernel_batch.submit_columns, _I64, _I64, _I64)

_UINT32 = 0xFFFFFFFF


class Engine:
    """Many order books in one arena; methods, reasons and trades are those of `reference.Engine`.

    Lots up to 2³¹−1, ticks within ±2³¹, ids below `face.MOST_IDS` (memory grows by 4 bytes per id up to the largest).
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        level1, level2, side_words, self._ladder_words = layout.ladder_words(rules.ticks)
        self._header = layout.Buffer(layout.HEADER_WORDS, np.int64)
        self._columns = layout.Buffer(layout.C_ROWS + 1, np.int64)
        self._books = layout.Buffer(rules.books * layout.BOOK_WORDS, np.uint32)
        self._arena = layout.Buffer(2 * layout.ORDER_WORDS * (rules.orders + 4) + self._ladder_words, np.uint32)
        self._ids = layout.Buffer(rules.orders + 64, np.uint32)
        self._log = layout.Buffer((2 * rules.orders + 64) * layout.TRADE_WORDS, np.int32)
        holdings = rules.books * rules.owners if rules.settlement != "off" else 0
        self._sellable, self._bought = layout.Buffer(holdings, np.int64), layout.Buffer(holdings, np.int64)
        self.address = self._header.address
        self._fields = self._header.array
        records = self._books.array.reshape(rules.books, layout.BOOK_WORDS)
        records[:, :2] = layout.NO_KEY
        records[:, -2] = 4 * layout.BOOK_WORDS - 8  # length in front of the next record, for the checked build
        self._records = records
        for field, value in (
            (layout.BOOKS, self._books.address), (layout.SELLABLE, self._sellable.address),
            (layout.BOUGHT, self._bought.address), (layout.TOP, layout.ORDER_WORDS), (layout.BOOK_COUNT, rules.books),
            (layout.OWNERS, rules.owners), (layout.TICKS, rules.ticks),
            (layout.SELF_MATCH, face.SELF_MATCH.index(rules.self_match)),
            (layout.ALLOCATION, face.ALLOCATION.index(rules.allocation)), (layout.DEPTH_CAP, rules.depth_cap),
            (layout.SETTLEMENT, face.SETTLEMENT.index(rules.settlement)),
            (layout.CALL_PRO_RATA, face.CALL_ALLOCATION.index(rules.call_allocation)),
            (layout.STREAM, np.uint64(face.mix(rules.seed)).astype(np.int64)),
            (layout.LEVEL1, level1), (layout.LEVEL2, level2), (layout.SIDE_WORDS, side_words),
        ):
            self._fields[field] = value
        self._point()

    # ---- room ----------------------------------------------------------------------------------------------------

    def _point(self) -> None:
        """Tell the header where the growing buffers are and how far they reach."""
        fields, slack = self._fields, self._ladder_words + 2 * layout.ORDER_WORDS
        fields[layout.ARENA], fields[layout.ARENA_LIMIT] = self._arena.address, len(self._arena.array) - slack
        fields[layout.IDS], fields[layout.IDS_ROOM] = self._ids.address, len(self._ids.array)
        fields[layout.TRADES] = self._log.address
        fields[layout.TRADE_ROOM] = len(self._log.array) // layout.TRADE_WORDS

    def make_room(self, messages: int, refills: int = 0) -> None:
        """Make sure of memory for so many further messages, and refills of icebergs among them, whatever they do.

        What they likely use of it (their ids, a trade in four messages) is touched now: a page's first use costs as much as fifty messages.
        """
        fields = self._fields
        fresh_ladders = self.rules.books - np.count_nonzero(self._records[:, layout.LADDER]) if messages > 1 else 1
        words = int(fields[layout.TOP]) + 2 * layout.ORDER_WORDS * (messages + 1) \
            + self._ladder_words * (min(messages, int(fresh_ladders)) + 1)
        rows = int(fields[layout.TRADE_COUNT] + 2 * fields[layout.LIVE] + fields[layout.REFILLS]) + 3 * messages + refills + 2
        ids = int(fields[layout.NEXT_OID]) + messages
        self._grow(words, rows, ids)
        first, page = int(fields[layout.TRADE_COUNT]) * layout.TRADE_WORDS, 1024
        self._log.array[first:first + messages // 4 * layout.TRADE_WORDS:page] = 0
        self._ids.array[ids - messages:ids:page] |= 0

    def _grow(self, arena_words: int, trade_rows: int, ids: int) -> None:
        if arena_words > _UINT32:
            raise MemoryError(f"the matching core holds at most {_UINT32 // 8:,} orders and levels; use several engines")
        for name, need in (("_arena", arena_words), ("_log", trade_rows * layout.TRADE_WORDS), ("_ids", ids)):
            buffer = getattr(self, name)
            if need > len(buffer.array):
                setattr(self, name, buffer.grown(max(need, 2 * len(buffer.array))))
        self._point()

    # ---- the day -------------------------------------------------------------------------------------------------

    def _record_of(self, book: int) -> np.ndarray:
        if not 0 <= book < self.rules.books:
            raise IndexError(f"book {book}: expected 0 to {self.rules.books - 1}")
        return self._records[book]

    def open_day(self, book: int, low_tick: int, high_tick: int) -> None:
        """As `reference.Engine.open_day`."""
        record = self._record_of(book)
        if record[layout.PHASE] != face.CLOSED:
            raise ValueError(f"book {book} is open; close_day({book}) first")
        if not 0 < high_tick - low_tick + 1 <= self.rules.ticks:
            raise ValueError(f"band {low_tick} to {high_tick} of book {book}: expected 1 to {self.rules.ticks} ticks (Rules.ticks)")
        record[layout.LOW], record[layout.WIDTH] = low_tick & _UINT32, high_tick - low_tick
        record[layout.PHASE] = face.CONTINUOUS
        record[layout.BLOCK_LOW], record[layout.BLOCK_HIGH] = 0, -1 & _UINT32

    def close_day(self, book: int) -> None:
        """As `reference.Engine.close_day`."""
        record = self._record_of(book)
        kernel_cross.drop_all(self.address, book)
        record[layout.PHASE] = face.CLOSED
        if self.rules.settlement != "off":
            self.sellable(book)[:] += self.bought(book)
            self.bought(book)[:] = 0
        self._audit()

    def phase(self, book: int, phase: int) -> None:
        """As `reference.Engine.phase`."""
        record = self._record_of(book)
        if record[layout.PHASE] == face.CLOSED or phase not in (face.CALL, face.CONTINUOUS):
            raise ValueError(f"book {book}: phase CALL or CONTINUOUS of an open book expected; open_day opens, close_day closes")
        bid, ask = self.best(book)
        if phase == face.CONTINUOUS and bid is not None and ask is not None and bid >= ask:
            raise ValueError(f"book {book} is crossed ({bid} bid, {ask} asked); cross({book}) first")
        record[layout.PHASE] = phase

    def set_sellable(self, book: int, owner: int, lots: int) -> None:
        """As `reference.Engine.set_sellable`."""
        if self.rules.settlement == "off":
            raise ValueError('Rules.settlement is "off"; choose "t0" or "t1" to hold sellers to their holdings')
        self.sellable(book)[owner] = lots

    def set_blocks(self, book: int, low_tick: int, high_tick: int, least_lots: int) -> None:
        """As `reference.Engine.set_blocks`."""
        record = self._record_of(book)
        if record[layout.PHASE] == face.CLOSED:
            raise ValueError(f"book {book} is closed; open_day({book}, …) first")
        record[layout.BLOCK_LOW], record[layout.BLOCK_HIGH] = low_tick & _UINT32, high_tick & _UINT32
        record[layout.BLOCK_LOTS] = least_lots

    def cross(self, book: int, reference_tick: int | None = None) -> face.Uncross:
        """As `reference.Engine.cross`."""
        record = self._record_of(book)
        if record[layout.PHASE] != face.CALL:
            raise ValueError(f"book {book} is not in phase CALL; phase({book}, CALL) first")
        bought, sold = np.zeros((2, int(record[layout.WIDTH]) + 1), np.int64)
        orders = sum(kernel_cross.volumes(self.address, book, side, lots) for side, lots in ((BUY, bought), (SELL, sold)))
        limits = np.flatnonzero(bought + sold)
        if len(limits) == 0:
            return face.Uncross(tick=None, lots=0, surplus=0)
        first, last = int(limits[0]), int(limits[-1])
        demand = np.cumsum(bought[::-1])[::-1][first:last + 1]
        supply = np.cumsum(sold)[first:last + 1]
        low = int(record.view(np.int32)[layout.LOW])
        starts = np.arange(first, last + 1) + low
        tick, best = auction.choose(starts, last + low, demand, supply, reference_tick)
        volume = int(min(demand[best], supply[best]))
        if volume == 0:
            return face.Uncross(tick=None, lots=0, surplus=0)
        if volume > _UINT32 and self.rules.call_allocation == "prorata":
            raise OverflowError(f"{volume} lots in one pro-rata call; the most is {_UINT32}. Use a larger lot.")
        self.make_room(1)
        kernel_cross.uncross(self.address, book, tick, volume, orders)
        self._audit()
        return face.Uncross(tick=tick, lots=volume, surplus=int(demand[best] - supply[best]))

    # ---- messages ------------------------------------------------------------------------------------------------

    def submit(self, book: int, owner: int, side: int, tick: int, lots: int, kind: int = face.LIMIT) -> Receipt:
        """As `reference.Engine.submit`."""
        return submit_now(self.address, kind, side, tick, lots, owner, book, 0) or self._roomier(kind, side, tick, lots, owner, book, 0)

    def iceberg(self, book: int, owner: int, side: int, tick: int, lots: int, peak: int) -> Receipt:
        """As `reference.Engine.iceberg`."""
        message = (face.LIMIT, side, tick, lots, owner, book, peak)
        return submit_now(self.address, *message) or self._roomier(*message)

    def _roomier(self, *message: int) -> Receipt:
        """Make room for a message, then send it."""
        self.make_room(1)
        return submit_now(self.address, *message)

    def cancel(self, oid: int) -> Receipt:
        """As `reference.Engine.cancel`."""
        return cancel_now(self.address, oid)

    def reduce(self, oid: int, lots: int) -> Receipt:
        """As `reference.Engine.reduce`."""
        reason = _change_one(self.address, face.REDUCE, oid, 0, lots)
        return Receipt(oid, reason, 0, 0 if reason else lots)

    def replace(self, oid: int, tick: int, lots: int) -> Receipt:
        """As `reference.Engine.replace`."""
        code = _change_one(self.address, face.REPLACE, oid, tick, lots)
        if code < 0:
            self.make_room(1)
            code = _change_one(self.address, face.REPLACE, oid, tick, lots)
        return Receipt(oid, code & 255, code >> 9, lots - (code >> 9) if code & 256 else 0)

    def block(self, book: int, buyer: int, seller: int, tick: int, lots: int) -> Receipt:
        """As `reference.Engine.block`."""
        self.make_room(1)
        reason = kernel_submit.block(self.address, (book, buyer, seller, tick, lots))
        return Receipt(-1, reason, 0 if reason else lots, 0)

    def submit_batch(self, messages: Messages, reasons: np.ndarray | None = None) -> Trades:
        """As `reference.Engine.submit_batch`; columns of the types of `COLUMN_TYPES` are read where they lie.

        The trades are a view of the log: copy them to keep them beyond `clear_trades`.
        Raises ValueError when columns differ in length or hold numbers their type cannot.
        """
        columns = {name: _column(name, getattr(messages, name)) for name in COLUMN_TYPES}
        rows = {len(column) for column in (*columns.values(), reasons) if column is not None}
        if len(rows) != 1:
            raise ValueError(f"columns of {sorted(rows)} rows; expected as many in each")
        if reasons is not None and (reasons.dtype != np.uint8 or not reasons.flags.c_contiguous):
            raise ValueError("reasons: expected a contiguous uint8 array")
        count = rows.pop()
        table = self._columns.array
        for word, column in enumerate((*columns.values(), reasons)):
            table[word] = column.ctypes.data if column is not None else 0
        table[layout.C_ROWS] = count
        self._cover_ids(columns["kind"], columns["oid"])
        first, done = int(self._fields[layout.TRADE_COUNT]), 0
        while (done := _submit_columns(self.address, self._columns.address, done)) < count:
            self.make_room(1)
        self._audit()
        return self._rows(first)

    def _cover_ids(self, kinds: np.ndarray, oids: np.ndarray) -> None:
        if len(oids) and oids.max() >= len(self._ids.array):
            new = (kinds != face.CANCEL) & (kinds != face.REDUCE) & (kinds != face.REPLACE)
            self._grow(0, 0, int(oids.max(where=new, initial=-1)) + 1)

    # ---- what others may see ---------------------------------------------------------------------------------------

    def _rows(self, first: int) -> Trades:
        return face.trades_of(self._log.array[first * layout.TRADE_WORDS:int(self._fields[layout.TRADE_COUNT]) * layout.TRADE_WORDS])

    @property
    def trades(self) -> Trades:
        """Every trade since the last `clear_trades`, in order of execution: a view, not a copy."""
        return self._rows(0)

    def clear_trades(self) -> None:
        """Empty the trade log; views handed out before are overwritten."""
        self._fields[layout.TRADE_COUNT] = 0

    def _tick(self, record: np.ndarray, side: int, key: int) -> int:
        low = int(record.view(np.int32)[layout.LOW])
        return low + key if side == SELL else low + int(record[layout.WIDTH]) - key

    def best(self, book: int) -> tuple[int | None, int | None]:
        """As `reference.Engine.best`."""
        record = self._record_of(book)
        keys = record[:2].tolist()
        return tuple(None if key == layout.NO_KEY else self._tick(record, side, key) for side, key in enumerate(keys))

    def depth(self, book: int, side: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
        """As `reference.Engine.depth`."""
        record = self._record_of(book)
        out = np.empty((min(levels, self.rules.ticks), 2), np.int64)
        out = out[:kernel_cross.depth(self.address, book, side, out)]
        low = int(record.view(np.int32)[layout.LOW])
        ticks = low + out[:, 0] if side == SELL else low + int(record[layout.WIDTH]) - out[:, 0]
        return ticks, out[:, 1]

    def resting(self, book: int) -> list[Order]:
        """As `reference.Engine.resting`."""
        self._record_of(book)
        slots = np.empty(int(self._fields[layout.LIVE]), np.int64)
        return [self._order(slot) for slot in slots[:kernel_cross.slots_of_book(self.address, book, slots)].tolist()]

    def order(self, oid: int) -> Order | None:
        """As `reference.Engine.order`."""
        slot = int(self._ids.array[oid]) if 0 <= oid < len(self._ids.array) else layout.UNSEEN
        return self._order(slot) if slot > layout.GONE else None

    def _order(self, slot: int) -> Order:
        words = self._arena.array[slot:slot + layout.ORDER_WORDS].tolist()
        book, side = words[layout.HOME] >> 1, words[layout.HOME] & 1
        extra = words[layout.EXTRA]
        return Order(oid=words[layout.OID], owner=words[layout.OWNER], book=book, side=side,
                     tick=self._tick(self._records[book], side, words[layout.KEY]), lots=words[layout.LOTS],
                     hidden=int(self._arena.array[extra + layout.HIDDEN]) if extra else 0)

    def sellable(self, book: int) -> np.ndarray:
        """As `reference.Engine.sellable`: a view, (owners,) int64."""
        return self._sellable.array.reshape(self.rules.books, self.rules.owners)[book]

    def bought(self, book: int) -> np.ndarray:
        """As `reference.Engine.bought`: a view, (owners,) int64."""
        return self._bought.array.reshape(self.rules.books, self.rules.owners)[book]

    def _audit(self) -> None:
        if CHECKED:
            audit.check(self._fields, self._records, self._arena.array, self._ids.array)


def _column(name: str, values: np.ndarray | None) -> np.ndarray | None:
    """A column as the kernels read it: no copy when type and layout fit, ValueError when a number does not."""
    if values is None:
        return None
    column = np.ascontiguousarray(values, COLUMN_TYPES[name])
    if column.dtype != values.dtype and not np.array_equal(column, values):
        raise ValueError(f"column {name}: some numbers do not fit {np.dtype(COLUMN_TYPES[name])}")
    return column


def warmup() -> None:
    """Compile, or read from the cache, every kernel of the engine by trading one lot."""
    engine = Engine(Rules(settlement="t1", owners=2))
    engine.open_day(0, 1, 10)
    engine.set_sellable(0, 1, 3)
    engine.phase(0, face.CALL)
    engine.submit(0, 0, BUY, 5, 1)
    engine.replace(engine.submit(0, 1, SELL, 6, 1).oid, 5, 1)
    engine.cross(0, 5)
    engine.depth(0, BUY, 1)
    engine.resting(0)
    engine.set_blocks(0, 1, 10, 1)
    engine.block(0, 0, 1, 5, 1)
    engine.close_day(0)
