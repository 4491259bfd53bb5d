"""Payments beside the market: contracts for difference, the auction of mechanism volume, capacity payments.

Difference: (strike − reference) · kWh, both ways. Auction: bids up to the cap, cheapest first, all at the highest accepted bid; if less
than `adequacy` times the volume is bid, the volume shrinks to bids / adequacy. Capacity: kW · price · share · availability.
Source: 发改价格〔2025〕136号 and Tianjin's auction of 2025-10 (4.0 TWh, cap 0.32 CNY/kWh, no floor, 125 %); capacity price
发改价格〔2023〕1501号 (330 CNY/kW a year, 30 % in 2024–25).
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.sharing import share_out
from marketsim.markets.contracts import awards
from marketsim.markets.deviation import fen_of

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class MechanismAward:
    """Volume on offer after the adequacy rule, price paid to all, and kWh awarded to each bid (bids,)."""

    volume_kwh: int
    price_tick: int | None
    award_kwh: np.ndarray


def mechanism_auction(bid_tick: np.ndarray, bid_kwh: np.ndarray, volume_kwh: int, cap_tick: int,
                      adequacy_ppm: int = 1_250_000) -> MechanismAward:  # fmt: skip
    """Award `volume_kwh` to the cheapest of bids (bids,) int64; bids above the cap do not count. Usable for any right."""
    counted = np.where(bid_tick <= cap_tick, bid_kwh, 0)
    volume = min(volume_kwh, int(counted.sum()) * MILLION // adequacy_ppm)
    award = awards(bid_tick, counted, volume)
    winners = np.flatnonzero(award)
    return MechanismAward(volume_kwh=volume, price_tick=int(bid_tick[winners].max()) if len(winners) else None, award_kwh=award)


def difference_fen(kwh: np.ndarray, strike_tick: np.ndarray, reference_tick: np.ndarray) -> np.ndarray:
    """What a contract for difference owes its holder (n,) int64 fen; negative where the holder pays back."""
    return fen_of(kwh, strike_tick - reference_tick)


def covered_kwh(generation_kwh: np.ndarray, before_kwh: np.ndarray, capacity_kw: np.ndarray, full_load_hours: int) -> np.ndarray:
    """Generation that still gets its old price: what is left of the plant's full-load hours of support, (n,) int64."""
    return np.clip(capacity_kw * full_load_hours - before_kwh, 0, generation_kwh)


def capacity_fen(capacity_kw: np.ndarray, price_fen_per_kw: int, share_ppm: int, available_ppm: np.ndarray) -> np.ndarray:
    """Capacity payment of a year (n,) int64 fen, rounded down; 33,000 fen per kW and 300,000 ppm in 2024."""
    return capacity_kw * price_fen_per_kw * share_ppm // MILLION * available_ppm // MILLION


def capacity_levy_fen(paid_fen: np.ndarray, use_kwh: np.ndarray) -> np.ndarray:
    """What each user pays of all capacity payments, in proportion to use, to the fen: (users,) int64."""
    return share_out(np.array([int(paid_fen.sum())]), use_kwh[:, None])[:, 0]
