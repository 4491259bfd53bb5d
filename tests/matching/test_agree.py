"""The compiled engine and the plain one agree on every answer, trade, book and balance of long random sessions.

`python tests/matching/test_agree.py 1000000` runs a million events over every feature; the suite runs a share of it.
"""

import random
import sys

import numpy as np
import pytest

from marketsim.matching import core, face, reference
from marketsim.matching.face import Messages, Rules

BOOKS, OWNERS = 3, 6
KINDS = (face.LIMIT,) * 9 + (face.MARKET, face.IOC, face.FOK, face.POST)


def draw_rules(luck: random.Random) -> Rules:
    """Any combination of features, or none of them, in a narrow band so that orders meet often."""
    if luck.random() < 0.25:  # plain price-time trading: the core has a short path for it
        return Rules(ticks=luck.choice((6, 40, 70, 5000)), books=BOOKS, orders=luck.choice((1, 64)), owners=OWNERS)
    return Rules(ticks=luck.choice((6, 40, 70, 5000)), books=BOOKS, orders=luck.choice((1, 64)), owners=OWNERS,
                 self_match=luck.choice(face.SELF_MATCH), allocation=luck.choice(face.ALLOCATION),
                 call_allocation=luck.choice(face.CALL_ALLOCATION), depth_cap=luck.choice((0, 0, 1, 2, 5)),
                 settlement=luck.choice(face.SETTLEMENT), seed=luck.randrange(1 << 40))


class Session:
    """One engine, or several in step, driven by the same draws; `play` returns what the engines answered."""

    def __init__(self, seed: int, *kinds: type) -> None:
        self.luck = random.Random(seed)
        self.rules = draw_rules(self.luck)
        self.engines = [kind(self.rules) for kind in kinds]
        self.next_oid = 0
        self.low = [0] * BOOKS
        self.spread = self.luck.choice((3, 6, self.rules.ticks))
        self.events = 0
        self.phases = [face.CLOSED] * BOOKS

    def all(self, name: str, *arguments):
        """Call a method of every engine and insist on one answer; a ValueError is an answer too."""
        answers = []
        for engine in self.engines:
            try:
                answers.append(getattr(engine, name)(*arguments))
            except ValueError as error:
                answers.append(str(error))
        assert all(answer == answers[0] for answer in answers), f"{name}{arguments}: {answers}"
        return answers[0]

    def tick(self, book: int) -> int:
        middle = self.low[book] + self.rules.ticks // 2
        return middle + self.luck.randint(-self.spread // 2 - 1, self.spread // 2 + 1)

    def lots(self) -> int:
        return self.luck.choice((0, -3, face.MOST_LOTS + 1)) if self.luck.random() < 0.01 else self.luck.randint(1, 12)

    def oid(self) -> int:
        """Mostly an order that rests, else a recent one, else nonsense."""
        roll = self.luck.random()
        resting = self.engines[0].resting(self.luck.randrange(BOOKS)) if roll < 0.7 else ()
        if resting:
            return self.luck.choice(resting).oid
        if roll > 0.98:
            return self.luck.choice((-1, self.next_oid + 7, 1 << 40))
        return max(0, self.next_oid - 1 - int(self.luck.expovariate(0.06)))

    def one(self) -> None:
        """One message, sent alone."""
        self.events += 1
        roll, luck, book = self.luck.random(), self.luck, self.luck.randrange(BOOKS)
        side, owner = luck.randrange(2), luck.randrange(OWNERS)
        if roll < 0.01:
            book, side, owner = luck.choice((-1, BOOKS, book)), luck.choice((2, -1, side)), luck.choice((OWNERS, -1, owner))
        if roll < 0.55:
            kind = luck.choice(KINDS) if luck.random() > 0.01 else luck.choice((face.CANCEL, 99, -1))
            receipt = self.all("submit", book, owner, side, self.tick(book % BOOKS), self.lots(), kind)
            self.next_oid += receipt.reason == face.OK
        elif roll < 0.63:
            receipt = self.all("iceberg", book, owner, side, self.tick(book % BOOKS), luck.randint(1, 30), luck.choice((1, 1, 2, 2, 3, 4, 5, 7, 40, -1)))
            self.next_oid += receipt.reason == face.OK
        elif roll < 0.80:
            self.all("cancel", self.oid())
        elif roll < 0.90:
            self.all("reduce", self.oid(), luck.choice((-1, 0, 1, 2, 3, 5, 8, 13)))
        elif roll < 0.97:
            self.all("replace", self.oid(), self.tick(book % BOOKS), self.lots())
        else:
            self.all("block", book, owner, luck.randrange(OWNERS), self.tick(book % BOOKS), luck.randint(1, 30))

    def batch(self, rows: int) -> None:
        """The same messages as columns, with the caller's ids, some of them used or bad."""
        self.events += rows
        luck, table = self.luck, []
        icebergs = luck.random() < 0.5
        for _ in range(rows):
            book, roll = luck.randrange(BOOKS), luck.random()
            if roll < 0.6:
                kind = luck.choice(KINDS) if luck.random() > 0.01 else 77
                oid = self.next_oid if luck.random() > 0.02 else luck.choice((-1, max(0, self.next_oid - 3)))
                self.next_oid += oid == self.next_oid
            else:
                kind, oid = luck.choice((face.CANCEL, face.CANCEL, face.REDUCE, face.REPLACE)), min(self.oid(), 1 << 30)
            peak = luck.choice((1, 3)) if icebergs and luck.random() < 0.1 else 0
            lots = luck.randint(0 if luck.random() < 0.02 else 1, 12)
            table.append((kind, luck.randrange(2) if luck.random() > 0.005 else 9, self.tick(book), lots, oid,
                          luck.randrange(OWNERS), book, peak))
        columns = dict(zip(core.COLUMN_TYPES, np.array(table, np.int64).reshape(-1, 8).T, strict=True))
        given = {name: kind for name, kind in core.COLUMN_TYPES.items() if icebergs or name != "peak"}
        messages = Messages(**{name: columns[name].astype(kind) for name, kind in given.items()})
        results = []
        for engine in self.engines:
            reasons = np.empty(rows, np.uint8)
            trades = engine.submit_batch(messages, reasons)
            results.append((reasons.tolist(), trade_rows(trades)))
        assert all(result == results[0] for result in results), f"batch of {rows} rows"

    def steer(self) -> None:
        """What the venue does: days, phases, calls, holdings, blocks; now and then out of turn."""
        luck, book = self.luck, self.luck.randrange(BOOKS)
        acts = {face.CLOSED: ("open_day",) * 9 + ("cross", "phase", "set_blocks"),
                face.CALL: ("cross",) * 6 + ("phase", "close_day", "open_day"),
                face.CONTINUOUS: ("call",) * 3 + ("set_sellable", "set_blocks", "set_blocks", "close_day", "cross", "phase")}
        act = luck.choice(acts[self.phases[book]])
        self.events += 1
        if act == "open_day":
            low = luck.randint(-50, 50)
            if self.all(act, book, low, low + luck.randint(self.rules.ticks // 2, self.rules.ticks)) is None:
                self.phases[book], self.low[book] = face.CONTINUOUS, low
        elif act == "close_day":
            self.all(act, book)
            self.phases[book] = face.CLOSED
        elif act in ("phase", "call"):
            phase = luck.choice((face.CALL, face.CONTINUOUS, face.CLOSED)) if act == "phase" else face.CALL
            if self.all("phase", book, phase) is None:
                self.phases[book] = phase
        elif act == "cross":
            self.all(act, book, luck.choice((None, self.tick(book), self.tick(book))))
            if self.all("phase", book, face.CONTINUOUS) is None:
                self.phases[book] = face.CONTINUOUS
        elif act == "set_sellable":
            self.all(act, book, luck.randrange(OWNERS), luck.randint(0, 90))
        else:
            self.all(act, book, self.low[book] - 9, self.low[book] + self.rules.ticks + 9, luck.choice((0, 10)))

    def compare(self) -> None:
        """Everything an outsider can see is the same in every engine."""
        for book in range(BOOKS):
            self.all("resting", book)
            self.all("best", book)
            views = [[(t.tolist(), n.tolist()) for t, n in (e.depth(book, s, 3) for s in (0, 1))] for e in self.engines]
            assert all(view == views[0] for view in views)
            if self.rules.settlement != "off":
                tables = [(e.sellable(book).tolist(), e.bought(book).tolist()) for e in self.engines]
                assert all(table == tables[0] for table in tables)
        logs = [trade_rows(engine.trades) for engine in self.engines]
        assert all(log == logs[0] for log in logs), "trade logs differ"
        if len(logs[0]) > 2000:
            for engine in self.engines:
                engine.clear_trades()

    def play(self, events: int) -> None:
        """Drive the engines through so many events."""
        for book in range(BOOKS):
            self.all("open_day", book, 0, self.rules.ticks - 1)
            self.phases[book] = face.CONTINUOUS
            for owner in range(OWNERS if self.rules.settlement != "off" else 0):
                self.all("set_sellable", book, owner, 60)
        while self.events < events:
            roll, paused = self.luck.random(), sum(phase != face.CONTINUOUS for phase in self.phases)
            if roll < 0.02:
                self.batch(self.luck.randint(0, 40))
            elif roll < 0.06 + 0.06 * paused:
                self.steer()
            else:
                self.one()
            if self.luck.random() < 0.02:
                self.compare()
        self.compare()


def trade_rows(trades) -> list:
    """Trades as a list of tuples."""
    return list(zip(*(getattr(trades, name).tolist() for name in trades.__dataclass_fields__), strict=True))


def run(events: int, first_seed: int, per_session: int = 1000) -> None:
    """Sessions of `per_session` events each until `events` are done."""
    for seed in range(first_seed, first_seed + max(1, events // per_session)):
        try:
            Session(seed, reference.Engine, core.Engine).play(per_session)
        except AssertionError as error:
            raise AssertionError(f"session {seed}: {error}") from error


@pytest.mark.parametrize("first_seed", range(0, 80, 20))
def test_engines_agree(first_seed):
    run(20_000, first_seed)


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    run(wanted, 1000)
    sys.stdout.write(f"{wanted} events agreed\n")
