"""Sealed-bid call auction: one price for everybody (or each its own bid), found from the steps of demand and supply.

D(p) = lots of buy orders at p or more, S(p) = lots of sell orders at p or less; market orders count at every price.
Among the integer ticks from the lowest to the highest limit price the auction takes, in this order:
most volume min(D, S); least |D − S|; market pressure (D > S at all that are left: the highest, D < S at all: the
lowest); nearest the reference; the lower. D and S are constant between neighbouring limits, so only such segments
are compared, however wide the range of prices.

Source: Cboe Europe (2024), auction matching rules (volume, imbalance, pressure, reference); Niu and Parsons (2013),
Maximising matching in double-sided auctions, AAMAS, for the uniform price.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.matching.face import BUY, CALL_ALLOCATION, SELL, pro_rata


@dataclass(frozen=True, kw_only=True)
class Bids:
    """Orders of a sealed auction: columns of shape (orders,), rows in order of time.

    `side` 0 buy 1 sell; `tick` limit price (ignored where `market`); `lots` > 0; `market` bool: takes any price.
    """

    side: np.ndarray
    tick: np.ndarray
    lots: np.ndarray
    market: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """What an auction gives: `tick` (None without a cross), `lots` traded, `surplus` D − S there, `fills` (orders,) int64."""

    tick: int | None
    lots: int
    surplus: int
    fills: np.ndarray


def call_auction(bids: Bids, reference_tick: int | None = None, allocation: str = "time") -> Cleared:
    """Clear `bids` at one price; better-priced orders first, at the margin by time or pro rata.

    Pro rata gives the floor of each share, then one lot each by largest fraction, then by time.
    Raises ValueError for an unknown allocation, a side that is neither 0 nor 1, or lots that are not positive.
    """
    check(bids, allocation)
    limit_ticks = bids.tick[~bids.market]
    none = Cleared(tick=None, lots=0, surplus=0, fills=np.zeros(len(bids.side), np.int64))
    if len(limit_ticks) == 0:
        return none
    starts, demand, supply = _segments(bids)
    tick, best = choose(starts, int(limit_ticks.max()), demand, supply, reference_tick)
    volume = min(int(demand[best]), int(supply[best]))
    if volume == 0:
        return none
    fills = np.zeros(len(bids.side), np.int64)
    for side in (BUY, SELL):
        _fill(bids, side, tick, volume, allocation, fills)
    return Cleared(tick=tick, lots=volume, surplus=int(demand[best] - supply[best]), fills=fills)


def payments(bids: Bids, cleared: Cleared, pay_as_bid: bool = False) -> np.ndarray:
    """Price of each fill in tick × lots, shape (orders,) int64: positive = a buyer pays, negative = a seller receives.

    Uniform: everybody at the clearing tick, so the sum is zero. Pay-as-bid: each at its own limit (market orders at
    the clearing tick); what is left over, never negative, is the venue's.
    """
    if cleared.tick is None:
        return np.zeros(len(bids.side), np.int64)
    own = pay_as_bid & ~bids.market
    price = np.where(own, bids.tick, cleared.tick).astype(np.int64)
    return price * cleared.fills * np.where(bids.side == BUY, 1, -1)


def listing_fills(offer_lots: int, request_lots: list[int], allocation: str = "time") -> list[int]:
    """Share a listing 挂牌 of `offer_lots` at its posted price over requests in order of time: by time or pro rata."""
    if allocation not in CALL_ALLOCATION:
        raise ValueError(f"allocation is {allocation!r}; expected one of {', '.join(CALL_ALLOCATION)}")
    if offer_lots < 0 or min(request_lots, default=1) <= 0:
        raise ValueError("a listing needs an offer of 0 lots or more and requests of 1 lot or more")
    if allocation == "prorata":
        return pro_rata(request_lots, min(offer_lots, sum(request_lots)))
    fills = []
    for lots in request_lots:
        fills.append(min(lots, offer_lots))
        offer_lots -= fills[-1]
    return fills


def choose(starts: np.ndarray, last_tick: int, demand: np.ndarray, supply: np.ndarray,
           reference_tick: int | None) -> tuple[int, int]:
    """Pick the clearing tick by the four tie-breaks; segment i runs from starts[i] to starts[i+1] − 1 (the last to last_tick).

    `starts`, `demand`, `supply`: (segments,) int64. Returns the tick and its segment.
    """
    volume = np.minimum(demand, supply)
    surplus = demand - supply
    left = np.flatnonzero(volume == volume.max())
    left = left[np.abs(surplus[left]) == np.abs(surplus[left]).min()]
    ends = np.append(starts[1:] - 1, last_tick)
    if (surplus[left] > 0).all():
        return int(ends[left[-1]]), int(left[-1])
    if (surplus[left] < 0).all() or reference_tick is None:
        return int(starts[left[0]]), int(left[0])
    nearest = np.clip(reference_tick, starts[left], ends[left])
    best = int(np.argmin(np.abs(nearest - reference_tick)))  # the first minimum is the lower price
    return int(nearest[best]), int(left[best])


def check(bids: Bids, allocation: str) -> None:
    if allocation not in CALL_ALLOCATION:
        raise ValueError(f"allocation is {allocation!r}; expected one of {', '.join(CALL_ALLOCATION)}")
    if not np.isin(bids.side, (BUY, SELL)).all():
        raise ValueError("side: expected 0 (buy) or 1 (sell) in every row")
    if (bids.lots <= 0).any():
        raise ValueError(f"lots: expected positive integers, row {int(np.argmax(bids.lots <= 0))} is not")


def _segments(bids: Bids) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ticks at which D or S step, inside the range of limits, with D and S from there on; each (segments,) int64."""
    buys, sells = (bids.side == BUY) & ~bids.market, (bids.side == SELL) & ~bids.market
    low, high = bids.tick[~bids.market].min(), bids.tick[~bids.market].max()
    starts = np.unique(np.concatenate(([low], bids.tick[buys] + 1, bids.tick[sells]))).astype(np.int64)
    starts = starts[starts <= high]
    demand = _lots_at_or_above(bids.tick[buys], bids.lots[buys], starts)
    supply = _lots_at_or_above(-bids.tick[sells], bids.lots[sells], -starts)
    always = [bids.lots[bids.market & (bids.side == side)].sum() for side in (BUY, SELL)]
    return starts, demand + always[0], supply + always[1]


def _lots_at_or_above(ticks: np.ndarray, lots: np.ndarray, at: np.ndarray) -> np.ndarray:
    order = np.argsort(ticks, kind="stable")
    below = np.concatenate(([0], np.cumsum(lots[order], dtype=np.int64)))
    return below[-1] - below[np.searchsorted(ticks[order], at, side="left")]


def _fill(bids: Bids, side: int, tick: int, volume: int, allocation: str, fills: np.ndarray) -> None:
    """Write the fills of one side into `fills` (orders,), which the caller owns."""
    sign = -1 if side == BUY else 1
    eligible = (bids.side == side) & (bids.market | (sign * bids.tick <= sign * tick))
    rows = np.flatnonzero(eligible)
    worth = np.where(bids.market[rows], np.iinfo(np.int64).min, sign * bids.tick[rows].astype(np.int64))
    rows = rows[np.argsort(worth, kind="stable")]
    worth = np.sort(worth)
    lots = bids.lots[rows].astype(np.int64)
    before = np.cumsum(lots) - lots
    fills[rows] = np.clip(volume - before, 0, lots)
    margin = worth == worth[np.searchsorted(before, volume, side="left") - 1]
    if allocation == "prorata":
        marginal = rows[margin]
        claims = bids.lots[marginal].tolist()
        fills[marginal] = pro_rata(claims, min(volume - int(before[margin][0]), sum(claims)))
