"""What a firm may look at when it quotes one right on one day, and what it answers, as columns.

A strategy is a pure function `quote(View) -> Quotes`; what it has to remember is kept by the World.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

BUY, SELL = 0, 1
SLOTS = 2
"""Numbers a firm may remember of each right."""
TAPE = 64
"""Orders of the last days the venue shows to everybody."""
BESIDE = 0.02
"""Share of a day's order flow that somebody who lacks nothing has in one order."""
MOST_ORDERS = 5
"""Orders' worth that somebody who lacks nothing holds at most for trading."""


@dataclass(frozen=True, kw_only=True)
class Tape:
    """The last orders everybody saw, oldest first, at most `TAPE`: `side`, `price_cny`, and whether any of it was `taken`; shapes (rows,)."""

    side: np.ndarray
    price_cny: np.ndarray
    taken: np.ndarray


@dataclass(frozen=True, kw_only=True)
class View:
    """One right on one day, a row for each firm that looks at it; shapes (firms,) unless said otherwise.

    `gap_lots` is what the firm still lacks (positive) or has to spare (negative) if it carries out its plans; `covered` whether it
    needs the right at all; `most_cny` is the highest price at which a lot is worth buying, `least_cny` the lowest at which one is worth
    selling, `expected_cny` the price the firm expects, all in CNY per trading unit. `draw` is its luck (uniform). `memory` (SLOTS, firms)
    is what the strategy handed back last time, NaN at first. Of the venue: `last_cny` reference price, the band, `tape`, `flow_lots` a day
    sent of late by whom the right covers; of the calendar: `looks_left` times the firm expects to look again before the surrender,
    `sessions_left` in that time, `verified` whether the use of the year is known.
    """

    gap_lots: np.ndarray
    sellable_lots: np.ndarray
    cash_cny: np.ndarray
    covered: np.ndarray
    most_cny: np.ndarray
    least_cny: np.ndarray
    expected_cny: np.ndarray
    draw: np.ndarray
    memory: np.ndarray
    tape: Tape
    flow_lots: float
    looks_left: float
    sessions_left: int
    verified: bool
    units_per_lot: int
    last_cny: float
    low_cny: float
    high_cny: float

    def take(self, rows: np.ndarray) -> "View":
        """The same day for some of the firms."""
        return replace(self, **{name: getattr(self, name)[..., rows] for name in _COLUMNS})


_COLUMNS = tuple(field.name for field in fields(View) if field.type is np.ndarray)


@dataclass(frozen=True, kw_only=True)
class Quotes:
    """One limit order a firm, zero lots for none, and what it wants to remember; shapes (firms,), memory (SLOTS, firms)."""

    side: np.ndarray
    price_cny: np.ndarray
    lots: np.ndarray
    memory: np.ndarray | None = None


def wanted_lots(view: View, haste: float) -> np.ndarray:
    """Lots to quote today so that the gap is closed in good time: an inventory target along the compliance year.

    `haste` looks' worth of the gap are quoted at once; sells stop at what may be sold, buys at the cash there is.
    """
    share = min(1.0, haste / max(view.looks_left, 1.0))
    lots = np.ceil(np.abs(view.gap_lots) * share).astype(np.int64)
    return within_means(view, view.gap_lots > 0, lots)


def within_means(view: View, buys: np.ndarray, lots: np.ndarray) -> np.ndarray:
    """Lots no larger than what may be sold, or than what the cash buys at the highest price of the day."""
    affordable = (view.cash_cny / (np.maximum(view.high_cny, 0.01) * view.units_per_lot)).astype(np.int64)
    return np.where(buys, np.minimum(lots, affordable), np.minimum(lots, view.sellable_lots))


def beside_need(view: View) -> tuple[float, np.ndarray]:
    """Lots of one order of somebody who lacks nothing, and what each holds beyond its own need, (firms,) lots."""
    return float(np.ceil(max(BESIDE * view.flow_lots, 1.0))), np.minimum(view.sellable_lots, np.maximum(-view.gap_lots, 0.0))
