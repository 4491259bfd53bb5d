"""What a generator may look at when it bids for an hour, what it answers, and the table of bidding strategies.

A strategy is a pure function `bid(View, memory) -> (Bids, memory)` on columns; memory is an array (units, …) kept by the World.
Source: the strategies' own files.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class View:
    """One hour for units, (units,) int64: variable `cost_tick` (with what rights cost), `available_kwh`, `contracted_kwh` already sold;
    `last_bid_tick`, `last_award_kwh` of the hour the strategy learns from, and `draw` (units,) float, the units' luck.

    `load_kwh` expected, `last_price_tick`, and the market's `floor_tick` and `cap_tick` are the same for everybody.
    """

    cost_tick: np.ndarray
    available_kwh: np.ndarray
    contracted_kwh: np.ndarray
    last_bid_tick: np.ndarray
    last_award_kwh: np.ndarray
    draw: np.ndarray
    load_kwh: int
    last_price_tick: int
    floor_tick: int
    cap_tick: int


@dataclass(frozen=True, kw_only=True)
class Bids:
    """Offers, one row each, (bids,) int64: the `unit` that offers, its price `tick`, `kwh`."""

    unit: np.ndarray
    tick: np.ndarray
    kwh: np.ndarray


def one_bid(view: View, tick: np.ndarray) -> Bids:
    """One offer of everything available a unit, its price kept within floor and cap."""
    return Bids(unit=np.arange(len(tick)), tick=np.clip(tick, view.floor_tick, view.cap_tick), kwh=view.available_kwh)


def cost_with_rights(cost_tick: np.ndarray, price_fen: np.ndarray, per_gwh: np.ndarray, lot_base: np.ndarray, share_ppm: int) -> np.ndarray:
    """Variable cost with a share of what the rights used cost: (units,) int64 ticks of 0.1 CNY per MWh, rounded down.

    `price_fen` (rights,) per trading unit of `lot_base` (rights,) base units, `per_gwh` (rights, units) base units per GWh. A share
    of 1,000,000 ppm passes the whole price on, 0 none of it.
    """
    added = np.zeros(len(cost_tick), np.int64)
    for fen, factor, lot in zip(price_fen.tolist(), per_gwh, lot_base.tolist(), strict=True):
        # fen/lot · base/GWh is fen per GWh; a tick is 10 fen per MWh, hence 10,000 fen per GWh
        added += factor * fen // lot * share_ppm // (1_000_000 * 10_000)
    return cost_tick + added
