"""What a firm may look at when it quotes one right on one day, and what it answers, as columns.

A strategy is a pure function `quote(View) -> Quotes`; what it has to remember is kept by the World.
"""

from dataclasses import dataclass

import numpy as np

BUY, SELL = 0, 1


@dataclass(frozen=True, kw_only=True)
class View:
    """One right on one day, a row for each firm that looks at it; shapes (firms,).

    `gap_lots` is what the firm still lacks (positive) or has to spare (negative) if it carries out its plans;
    `most_cny` is the highest price at which a lot is worth buying, `least_cny` the lowest at which one is worth
    selling, `expected_cny` the price the firm expects, all in CNY per trading unit. `looks_left` is the number of
    times the firm expects to look again before the surrender. `draw` and `size_draw` are its luck (uniform).
    """

    gap_lots: np.ndarray
    sellable_lots: np.ndarray
    cash_cny: np.ndarray
    most_cny: np.ndarray
    least_cny: np.ndarray
    expected_cny: np.ndarray
    draw: np.ndarray
    looks_left: float
    units_per_lot: int
    low_cny: float
    high_cny: float


@dataclass(frozen=True, kw_only=True)
class Quotes:
    """One limit order a firm, zero lots for none; shapes (firms,)."""

    side: np.ndarray
    price_cny: np.ndarray
    lots: np.ndarray


def wanted_lots(view: View, haste: float) -> np.ndarray:
    """Lots to quote today so that the gap is closed in good time: an inventory target along the compliance year.

    `haste` looks' worth of the gap are quoted at once; sells stop at what may be sold, buys at the cash there is.
    """
    share = min(1.0, haste / max(view.looks_left, 1.0))
    lots = np.ceil(np.abs(view.gap_lots) * share).astype(np.int64)
    affordable = (view.cash_cny / (np.maximum(view.high_cny, 0.01) * view.units_per_lot)).astype(np.int64)
    return np.where(view.gap_lots > 0, np.minimum(lots, affordable), np.minimum(lots, view.sellable_lots))
