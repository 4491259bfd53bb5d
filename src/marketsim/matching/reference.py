"""The slow, obvious matching engine in plain Python: what the compiled engine must agree with, order by order.

Rule: best price first, then time (or pro rata, or the venue's draw); a trade is at the resting order's price.

Source: Gould et al. (2013), Limit order books, Quantitative Finance 13(11); `face` lists rules and reasons.
"""

import numpy as np

from marketsim.matching import face, reference_cross
from marketsim.matching.face import BUY, SELL, Messages, Order, Receipt, Rules, Trades
from marketsim.matching.reference_book import Book, LiveOrder


class Engine:
    """Many order books under one set of rules; see `face` for the words, `core.Engine` for the fast twin.

    Methods that take messages never raise for a bad one: they return its reason. Methods that steer the venue raise
    ValueError when called out of turn.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._books = [Book() for _ in range(rules.books)]
        self._live: dict[int, LiveOrder] = {}
        self._used: set[int] = set()
        self._next_oid = 0
        self._log: list[tuple[int, ...]] = []
        held = rules.settlement != "off"
        self._sellable = np.zeros((rules.books, rules.owners), np.int64) if held else None
        self._bought = np.zeros((rules.books, rules.owners), np.int64) if held else None

    def open_day(self, book: int, low_tick: int, high_tick: int) -> None:
        """Open a book for continuous trading between two ticks, both allowed; ValueError if open or wider than Rules.ticks."""
        state = self._books[book]
        if state.phase != face.CLOSED:
            raise ValueError(f"book {book} is open; close_day({book}) first")
        if not 0 < high_tick - low_tick + 1 <= self.rules.ticks:
            raise ValueError(f"band {low_tick} to {high_tick} of book {book}: expected 1 to {self.rules.ticks} ticks (Rules.ticks)")
        state.low, state.high, state.phase = low_tick, high_tick, face.CONTINUOUS
        state.block_low, state.block_high = 0, -1

    def close_day(self, book: int) -> None:
        """Drop what still rests in a book, release what it froze, make today's purchases sellable."""
        state = self._books[book]
        for order in [o for queues in state.queues for queue in queues.values() for o in queue.values()]:
            self._withdraw(order)
        state.phase = face.CLOSED
        if self._sellable is not None:
            self._sellable[book] += self._bought[book]
            self._bought[book] = 0

    def phase(self, book: int, phase: int) -> None:
        """Set the phase of an open book (CALL or CONTINUOUS); ValueError when closed, or crossed and going continuous."""
        state = self._books[book]
        if state.phase == face.CLOSED or phase not in (face.CALL, face.CONTINUOUS):
            raise ValueError(f"book {book}: phase CALL or CONTINUOUS of an open book expected; open_day opens, close_day closes")
        bid, ask = state.best(BUY), state.best(SELL)
        if phase == face.CONTINUOUS and bid is not None and ask is not None and bid >= ask:
            raise ValueError(f"book {book} is crossed ({bid} bid, {ask} asked); cross({book}) first")
        state.phase = phase

    def set_sellable(self, book: int, owner: int, lots: int) -> None:
        """Set what an owner may sell in a book, in lots, frozen lots not counted; ValueError when settlement is off."""
        if self._sellable is None:
            raise ValueError('Rules.settlement is "off"; choose "t0" or "t1" to hold sellers to their holdings')
        self._sellable[book, owner] = lots

    def set_blocks(self, book: int, low_tick: int, high_tick: int, least_lots: int) -> None:
        """Allow block trades today between two ticks from `least_lots` on; ValueError when the book is closed."""
        state = self._books[book]
        if state.phase == face.CLOSED:
            raise ValueError(f"book {book} is closed; open_day({book}, …) first")
        state.block_low, state.block_high, state.block_lots = low_tick, high_tick, least_lots

    def cross(self, book: int, reference_tick: int | None = None) -> face.Uncross:
        """Run the call auction of a book in phase CALL (`auction` has the rule); its trades join the trade log."""
        state = self._books[book]
        if state.phase != face.CALL:
            raise ValueError(f"book {book} is not in phase CALL; phase({book}, CALL) first")
        outcome, fills = reference_cross.uncross(state, reference_tick, self.rules.call_allocation)
        for buy, sell, lots in reference_cross.pairs(*fills):
            self._record(buy, sell, outcome.tick, lots)
        for order, lots in fills[BUY] + fills[SELL]:
            self._shrink(order, order.lots + order.hidden - lots, shown_first=True)
        return outcome

    def submit(self, book: int, owner: int, side: int, tick: int, lots: int, kind: int = face.LIMIT) -> Receipt:
        """Send an order (LIMIT, MARKET, IOC, FOK or POST); a refused one changes nothing and gets id −1."""
        return self._new(LiveOrder(book, owner, side, tick, lots), kind, None)

    def iceberg(self, book: int, owner: int, side: int, tick: int, lots: int, peak: int) -> Receipt:
        """Send a limit order that shows `peak` lots at a time; each refill goes to the end of the queue."""
        order = LiveOrder(book, owner, side, tick, lots)
        order.peak = peak
        return self._new(order, face.LIMIT, None)

    def cancel(self, oid: int) -> Receipt:
        """Withdraw a resting order."""
        order = self._live.get(oid)
        if order is None:
            return Receipt(oid, face.UNKNOWN_ID, 0, 0)
        self._withdraw(order)
        return Receipt(oid, face.OK, 0, 0)

    def reduce(self, oid: int, lots: int) -> Receipt:
        """Cut a resting order to `lots` in all, keeping its place (0 cancels); hidden lots go first."""
        order = self._live.get(oid)
        if order is None:
            return Receipt(oid, face.UNKNOWN_ID, 0, 0)
        if not 0 <= lots <= face.MOST_LOTS:
            return Receipt(oid, face.BAD_LOTS, 0, 0)
        if lots >= order.lots + order.hidden:
            return Receipt(oid, face.NOT_A_REDUCTION, 0, 0)
        self._release(order, order.lots + order.hidden - lots)
        self._shrink(order, lots, shown_first=False)
        return Receipt(oid, face.OK, 0, lots)

    def replace(self, oid: int, tick: int, lots: int) -> Receipt:
        """Give a resting order a new tick and lots under its old id: it loses its place and may trade at once."""
        order = self._live.get(oid)
        if order is None:
            return Receipt(oid, face.UNKNOWN_ID, 0, 0)
        reason = self._replace_refusal(order, tick, lots)
        if reason:
            return Receipt(oid, reason, 0, 0)
        self._withdraw(order)
        order.tick, order.lots, order.hidden = tick, lots, 0
        return self._accept(order, face.LIMIT)

    def block(self, book: int, buyer: int, seller: int, tick: int, lots: int) -> Receipt:
        """Book a trade agreed outside the book; the wider band of `set_blocks` holds."""
        reason = self._block_refusal(book, buyer, seller, tick, lots)
        if reason:
            return Receipt(-1, reason, 0, 0)
        buy, sell = LiveOrder(book, buyer, BUY, tick, lots), LiveOrder(book, seller, SELL, tick, lots)
        self._freeze(sell)
        self._record(buy, sell, tick, lots)
        return Receipt(-1, face.OK, lots, 0)

    def submit_batch(self, messages: Messages, reasons: np.ndarray | None = None) -> Trades:
        """Handle messages (messages,) in order; returns their trades and writes a reason each to `reasons` (messages,) uint8."""
        first = len(self._log)
        peak = messages.peak if messages.peak is not None else np.zeros(len(messages.kind), np.int64)
        columns = (messages.kind, messages.oid, messages.book, messages.owner, messages.side, messages.tick, messages.lots, peak)
        for row, (kind, oid, book, owner, side, tick, lots, shown) in enumerate(zip(*(c.tolist() for c in columns))):
            if kind == face.CANCEL:
                receipt = self.cancel(oid)
            elif kind == face.REDUCE:
                receipt = self.reduce(oid, lots)
            elif kind == face.REPLACE:
                receipt = self.replace(oid, tick, lots)
            else:
                order = LiveOrder(book, owner, side, tick, lots)
                order.peak = shown
                receipt = self._new(order, kind, oid)
            if reasons is not None:
                reasons[row] = receipt.reason
        return face.trades_of(self._log[first:])

    @property
    def trades(self) -> Trades:
        """Every trade since the last `clear_trades`, in order of execution."""
        return face.trades_of(self._log)

    def clear_trades(self) -> None:
        """Empty the trade log."""
        self._log.clear()

    def best(self, book: int) -> tuple[int | None, int | None]:
        """Best bid and ask tick, None where a side is empty."""
        return self._books[book].best(BUY), self._books[book].best(SELL)

    def depth(self, book: int, side: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and displayed lots of the best levels, each (≤ levels,) int64, best first."""
        state = self._books[book]
        ticks = state.best_first(side)[:levels]
        lots = [sum(order.lots for order in state.queues[side][tick].values()) for tick in ticks]
        return np.array(ticks, np.int64), np.array(lots, np.int64)

    def resting(self, book: int) -> list[Order]:
        """Live orders: buys, then sells, best price first, oldest first."""
        state = self._books[book]
        return [self.order(oid) for side in (BUY, SELL) for tick in state.best_first(side) for oid in state.queues[side][tick]]

    def order(self, oid: int) -> Order | None:
        """The live order of that id, or None."""
        o = self._live.get(oid)
        return o and Order(oid=oid, owner=o.owner, book=o.book, side=o.side, tick=o.tick, lots=o.lots, hidden=o.hidden)

    def sellable(self, book: int) -> np.ndarray:
        """Lots each owner may still sell today, (owners,) int64."""
        return self._sellable[book]

    def bought(self, book: int) -> np.ndarray:
        """Lots each owner bought today and may not sell before tomorrow, (owners,) int64."""
        return self._bought[book]

    def _new(self, order: LiveOrder, kind: int, oid: int | None) -> Receipt:
        order.oid = self._next_oid if oid is None else oid
        reason = self._malformed(order, kind) or self._disallowed(order, kind)
        if reason:
            return Receipt(-1, reason, 0, 0)
        self._used.add(order.oid)
        self._next_oid = max(self._next_oid, order.oid + 1)
        return self._accept(order, kind)

    def _malformed(self, order: LiveOrder, kind: int) -> int:
        if not 0 <= order.book < self.rules.books:
            return face.UNKNOWN_BOOK
        if kind not in (face.LIMIT, face.MARKET, face.IOC, face.FOK, face.POST) or (order.peak and kind != face.LIMIT):
            return face.BAD_KIND
        if order.side not in (BUY, SELL):
            return face.BAD_SIDE
        if not 0 <= order.owner < self.rules.owners:
            return face.BAD_OWNER
        if not 0 < order.lots <= face.MOST_LOTS or not 0 <= order.peak <= face.MOST_LOTS:
            return face.BAD_LOTS
        if not 0 <= order.oid < face.MOST_IDS:
            return face.BAD_ID
        return face.USED_ID if order.oid in self._used else face.OK

    def _disallowed(self, order: LiveOrder, kind: int) -> int:
        state = self._books[order.book]
        if state.phase == face.CLOSED or (state.phase == face.CALL and kind != face.LIMIT):
            return face.WRONG_PHASE
        if kind == face.MARKET:
            order.tick = state.high if order.side == BUY else state.low
        if not state.low <= order.tick <= state.high:
            return face.OUT_OF_BAND
        if self._sellable is not None and order.side == SELL and order.lots > self._sellable[order.book, order.owner]:
            return face.NOT_SELLABLE
        if kind == face.POST and self._crosses(order):
            return face.POST_CROSSES
        return face.FOK_UNFILLED if kind == face.FOK and self._fillable(order) < order.lots else face.OK

    def _replace_refusal(self, order: LiveOrder, tick: int, lots: int) -> int:
        state = self._books[order.book]
        if not 0 < lots <= face.MOST_LOTS:
            return face.BAD_LOTS
        if not state.low <= tick <= state.high:
            return face.OUT_OF_BAND
        if self._sellable is None or order.side == BUY:
            return face.OK
        free = self._sellable[order.book, order.owner] + order.lots + order.hidden
        return face.NOT_SELLABLE if lots > free else face.OK

    def _block_refusal(self, book: int, buyer: int, seller: int, tick: int, lots: int) -> int:
        if not 0 <= book < self.rules.books:
            return face.UNKNOWN_BOOK
        state = self._books[book]
        if not (0 <= buyer < self.rules.owners and 0 <= seller < self.rules.owners):
            return face.BAD_OWNER
        if not max(state.block_lots, 1) <= lots <= face.MOST_LOTS:
            return face.BAD_LOTS
        if state.phase == face.CLOSED:
            return face.WRONG_PHASE
        if not state.block_low <= tick <= state.block_high:
            return face.OUT_OF_BAND
        if self._sellable is not None and lots > self._sellable[book, seller]:
            return face.NOT_SELLABLE
        return face.OK

    def _accept(self, order: LiveOrder, kind: int) -> Receipt:
        """Trade what crosses, then rest the remainder or drop it."""
        state = self._books[order.book]
        self._freeze(order)
        wanted = order.lots
        stopped = state.phase == face.CONTINUOUS and self._match(order, state)
        filled, left = wanted - order.lots, order.lots
        if left and kind in (face.LIMIT, face.POST) and not stopped:
            if order.peak:
                order.lots = min(order.peak, left)
                order.hidden = left - order.lots
            self._live[order.oid] = order
            state.append(order)
            return Receipt(order.oid, face.OK, filled, left)
        self._release(order, left)
        return Receipt(order.oid, face.OK, filled, 0)

    def _crosses(self, order: LiveOrder) -> bool:
        best = self._books[order.book].best(1 - order.side)
        return best is not None and (best <= order.tick if order.side == BUY else best >= order.tick)

    def _match(self, taker: LiveOrder, state: Book) -> bool:
        """Meet the opposite side, best level first; True if what is left of the taker must be dropped."""
        levels = 0
        while taker.lots and self._crosses(taker):
            if levels == self.rules.depth_cap > 0:
                return True
            levels += 1
            queue = state.queues[1 - taker.side][state.best(1 - taker.side)]
            if self.rules.allocation == "fifo":
                stop = self._meet_in_time(taker, queue)
            else:
                stop = self._clear_own(taker, queue)
                meet = self._meet_by_draw if self.rules.allocation == "random" else self._meet_pro_rata
                while taker.lots and queue and not stop:
                    meet(taker, queue)
            if stop:
                return True
        return False

    def _meet_in_time(self, taker: LiveOrder, queue: dict[int, LiveOrder]) -> bool:
        smp = self.rules.self_match
        while taker.lots and queue:
            maker = next(iter(queue.values()))
            if smp == "none" or maker.owner != taker.owner:
                self._trade(taker, maker, min(taker.lots, maker.lots))
                continue
            if smp != "newest":
                self._withdraw(maker)
            if smp != "oldest":
                return True
        return False

    def _clear_own(self, taker: LiveOrder, queue: dict[int, LiveOrder]) -> bool:
        """Self-match prevention where a level is met as a whole: own orders are found before anything trades there."""
        smp = self.rules.self_match
        own = [maker for maker in queue.values() if maker.owner == taker.owner] if smp != "none" else []
        for maker in own if smp == "oldest" else own[:1] if smp == "both" else ():
            self._withdraw(maker)
        return bool(own) and smp != "oldest"

    def _meet_pro_rata(self, taker: LiveOrder, queue: dict[int, LiveOrder]) -> None:
        """One round over what the level shows."""
        makers = list(queue.values())
        claims = [maker.lots for maker in makers]
        for maker, lots in zip(makers, face.pro_rata(claims, min(taker.lots, sum(claims)))):
            if lots:
                self._trade(taker, maker, lots)

    def _meet_by_draw(self, taker: LiveOrder, queue: dict[int, LiveOrder]) -> None:
        """Meet the order of the level that the venue's stream draws."""
        state = self._books[taker.book]
        state.draws += 1
        key = face.mix(face.mix(self.rules.seed) + taker.book)
        place = (face.mix(key + state.draws * face.GOLDEN) >> 32) * len(queue) >> 32
        maker = list(queue.values())[place]
        self._trade(taker, maker, min(taker.lots, maker.lots))

    def _fillable(self, taker: LiveOrder) -> int:
        """Lots a fill-or-kill order could really take now: never its own trader's, nor what lies behind them where it would stop."""
        state, smp, total = self._books[taker.book], self.rules.self_match, 0
        ticks = state.best_first(1 - taker.side)
        crossing = [t for t in ticks if (t <= taker.tick if taker.side == BUY else t >= taker.tick)]
        for tick in crossing[: self.rules.depth_cap or None]:
            makers = list(state.queues[1 - taker.side][tick].values())
            own = [place for place, maker in enumerate(makers) if smp != "none" and maker.owner == taker.owner]
            if own and smp != "oldest":
                ahead = makers[: own[0]] if self.rules.allocation == "fifo" else []
                return total + sum(maker.lots for maker in ahead)
            total += sum(maker.lots + maker.hidden for place, maker in enumerate(makers) if place not in own)
        return total

    def _trade(self, taker: LiveOrder, maker: LiveOrder, lots: int) -> None:
        self._record(taker, maker, maker.tick, lots)
        taker.lots -= lots
        maker.lots -= lots
        if maker.hidden and not maker.lots:
            maker.lots = min(maker.peak, maker.hidden)
            maker.hidden -= maker.lots
            self._books[maker.book].to_back(maker)
        elif not maker.lots:
            self._books[maker.book].remove(maker)
            del self._live[maker.oid]

    def _record(self, taker: LiveOrder, maker: LiveOrder, tick: int, lots: int) -> None:
        self._log.append((taker.oid, maker.oid, taker.owner, maker.owner, maker.book, tick, lots, taker.side))
        if self._sellable is not None:
            buyer = taker.owner if taker.side == BUY else maker.owner
            table = self._sellable if self.rules.settlement == "t0" else self._bought
            table[maker.book, buyer] += lots

    def _shrink(self, order: LiveOrder, lots: int, shown_first: bool) -> None:
        """Leave `lots` of a resting order in its place; shown lots go first (then refilled) or hidden ones do."""
        gone = order.lots + order.hidden - lots
        if lots == 0:
            self._books[order.book].remove(order)
            del self._live[order.oid]
        elif shown_first and gone < order.lots:
            order.lots -= gone
        elif shown_first:
            order.lots = min(order.peak, lots)
        else:
            order.lots = min(order.lots, lots)
        order.hidden = lots - order.lots if lots else 0

    def _withdraw(self, order: LiveOrder) -> None:
        self._release(order, order.lots + order.hidden)
        self._shrink(order, 0, shown_first=False)

    def _freeze(self, order: LiveOrder) -> None:
        if self._sellable is not None and order.side == SELL:
            self._sellable[order.book, order.owner] -= order.lots

    def _release(self, order: LiveOrder, lots: int) -> None:
        if self._sellable is not None and order.side == SELL:
            self._sellable[order.book, order.owner] += lots
