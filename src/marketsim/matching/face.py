"""The words both matching engines share: order kinds, phases, reasons, rules and receipts.

Two engines have this one face: `marketsim.matching.reference.Engine` (plain Python, slow, obvious) and
`marketsim.matching.core.Engine` (compiled). Nothing may depend on which of them runs.

Prices are integer ticks, quantities integer lots, sides 0 = buy and 1 = sell. A venue's day runs
`open_day` → (`CALL` → `cross` →) `CONTINUOUS` → `close_day`.

Source: Gould et al. (2013), Limit order books, Quantitative Finance 13(11), for the vocabulary;
Shanghai Environment and Energy Exchange, national carbon market trading rules (2021), for the day.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

BUY, SELL = 0, 1

LIMIT, CANCEL, MARKET, IOC, FOK, POST, REDUCE, REPLACE = range(8)
KIND_NAMES = ("limit", "cancel", "market", "ioc", "fok", "post", "reduce", "replace")

CLOSED, CALL, CONTINUOUS = range(3)

SELF_MATCH = ("none", "newest", "oldest", "both")
ALLOCATION = ("fifo", "prorata", "random")
CALL_ALLOCATION = ("time", "prorata")
SETTLEMENT = ("off", "t0", "t1")

# Reasons in order of precedence: an order with several faults is refused for the first of them.
(OK, UNKNOWN_BOOK, BAD_KIND, UNKNOWN_ID, BAD_SIDE, BAD_OWNER, BAD_LOTS, BAD_ID, USED_ID, WRONG_PHASE, OUT_OF_BAND,
 NOT_A_REDUCTION, NOT_SELLABLE, POST_CROSSES, FOK_UNFILLED) = range(15)
REASON_TEXT = (
    "accepted", "unknown book", "unknown order kind", "unknown order", "side is neither 0 (buy) nor 1 (sell)",
    "owner outside the table of owners", "lots are not a positive integer", "order id outside the range of ids",
    "order id used before", "not allowed in this phase of the day", "price outside the band of the day",
    "not a reduction", "more than the owner may sell today", "would cross", "FOK unfilled",
)

MOST_TICKS = (1 << 18) - 64
MOST_LOTS = (1 << 31) - 1
MOST_IDS = 1 << 31


class Receipt(NamedTuple):
    """What became of one message: the order's id, a reason (0 = accepted), lots traded at once, lots now resting.

    A named tuple, not a dataclass: one is made per order, and it is made three times faster.
    """

    oid: int
    reason: int
    filled: int
    resting: int


@dataclass(frozen=True, kw_only=True)
class Uncross:
    """The outcome of a call auction: one `tick` (None without a trade) and `lots` traded; `surplus` = demand − supply there."""

    tick: int | None
    lots: int
    surplus: int


@dataclass(frozen=True, kw_only=True)
class Order:
    """A resting order as others may see it: `lots` displayed, `hidden` behind them (icebergs)."""

    oid: int
    owner: int
    book: int
    side: int
    tick: int
    lots: int
    hidden: int


@dataclass(frozen=True, kw_only=True)
class Messages:
    """Columns of a batch, one message a row, each of shape (messages,); `kind` as in `KIND_NAMES`.

    `oid` is the order's own id (a cancel, reduce or replace names the order it means); `peak` > 0 makes a limit
    order an iceberg that shows `peak` lots at a time.
    """

    kind: np.ndarray
    side: np.ndarray
    tick: np.ndarray
    lots: np.ndarray
    oid: np.ndarray
    owner: np.ndarray
    book: np.ndarray
    peak: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class Trades:
    """Columns of the trade log, each of shape (trades,) int32, in order of execution; tick is absolute.

    In a call auction the buyer is the taker. A block trade has ids −1, and its buyer is the taker.
    """

    taker_oid: np.ndarray
    maker_oid: np.ndarray
    taker_owner: np.ndarray
    maker_owner: np.ndarray
    book: np.ndarray
    tick: np.ndarray
    lots: np.ndarray
    taker_side: np.ndarray

    def __len__(self) -> int:
        return len(self.lots)


def trades_of(rows: np.ndarray | list) -> Trades:
    """Name the columns of trade rows (trades, 8); int32 arrays are viewed, not copied."""
    rows = np.asarray(rows, np.int32).reshape(-1, 8)
    return Trades(taker_oid=rows[:, 0], maker_oid=rows[:, 1], taker_owner=rows[:, 2], maker_owner=rows[:, 3],
                  book=rows[:, 4], tick=rows[:, 5], lots=rows[:, 6], taker_side=rows[:, 7])


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a venue allows, fixed for the life of an engine.

    `ticks`: widest band of a day; `books`: number of books; `orders`: live orders to make room for at once (more is
    made when needed); `owners`: owners are 0 … owners−1; `self_match`: whose order goes when a trader meets itself;
    `allocation`: who trades first at one price; `call_allocation`: the same at the margin of a call auction;
    `depth_cap`: a taker meets only so many price levels (0 = all); `settlement`: "off" = no check of holdings,
    "t0" = units bought may be sold at once, "t1" = from the next day; `seed` of the venue's stream (random allocation).

    Raises ValueError naming the field that is out of bounds.
    """

    ticks: int = 4096
    books: int = 1
    orders: int = 4096
    owners: int = 1 << 20
    self_match: str = "none"
    allocation: str = "fifo"
    call_allocation: str = "time"
    depth_cap: int = 0
    settlement: str = "off"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, most in (("ticks", MOST_TICKS), ("books", 1 << 24), ("orders", 1 << 27), ("owners", MOST_IDS)):
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"Rules.{name} is {getattr(self, name)}; expected 1 to {most}")
        if not 0 <= self.depth_cap <= MOST_TICKS:
            raise ValueError(f"Rules.depth_cap is {self.depth_cap}; expected 0 (no cap) to {MOST_TICKS}")
        for name, allowed in (("self_match", SELF_MATCH), ("allocation", ALLOCATION),
                              ("call_allocation", CALL_ALLOCATION), ("settlement", SETTLEMENT)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"Rules.{name} is {getattr(self, name)!r}; expected one of {', '.join(allowed)}")


def mix(number: int) -> int:
    """Scramble a 64-bit integer (the finaliser of SplitMix64): the venue's stream is mix(key + k·golden ratio).

    Source: Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators, OOPSLA.
    """
    number &= 0xFFFFFFFFFFFFFFFF
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return number ^ (number >> 31)


GOLDEN = 0x9E3779B97F4A7C15


def pro_rata(lots: list[int], take: int) -> list[int]:
    """Share `take` lots over claims of `lots` (in time order): floor of each share, then one lot each by largest fraction, then time."""
    total = sum(lots)
    if take >= total:
        return list(lots)
    shares = [claim * take // total for claim in lots]
    by_fraction = sorted(range(len(lots)), key=lambda i: (-(lots[i] * take % total), i))
    for i in by_fraction[: take - sum(shares)]:
        shares[i] += 1
    return shares
