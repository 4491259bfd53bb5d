"""A day-ahead market on what is foreseen and a real-time market on what happens, settled one against the other.

The bids of the day-ahead market stand in real time; only load and what units can produce differ. Each side is paid or pays its
day-ahead quantity at the day-ahead price and the difference at the real-time price; what is left is the venue's.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.markets.deviation import Payments, all_payments
from marketsim.markets.tick_auction import NO_PRICE, clear_auctions
from marketsim.markets.two_settlement import settle_spot


@dataclass(frozen=True, kw_only=True)
class Market:
    """One market's hours: offers' `tick` and `kwh` (units, hours), loads' `value_tick` and `use_kwh` (loads, hours); int64."""

    tick: np.ndarray
    kwh: np.ndarray
    value_tick: np.ndarray
    use_kwh: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """Cleared hours: `price_tick` (hours,), `made_kwh` (units, hours), `served_kwh` (loads, hours); int64."""

    price_tick: np.ndarray
    made_kwh: np.ndarray
    served_kwh: np.ndarray


def clear_hours(market: Market, cap_tick: int) -> Cleared:
    """Clear every hour at a uniform price; hours in which nothing meets stand at the cap."""
    (units, hours), loads = market.kwh.shape, len(market.use_kwh)
    start = np.arange(hours + 1) * (units + loads)
    side = np.tile(np.repeat(np.array([1, 0], np.uint8), [units, loads]), hours)
    done = clear_auctions(start, side, np.vstack([market.tick, market.value_tick]).T.ravel(), np.vstack([market.kwh, market.use_kwh]).T.ravel())
    fills = done.fills.reshape(hours, units + loads).T
    return Cleared(price_tick=np.where(done.price == NO_PRICE, cap_tick, done.price), made_kwh=fills[:units], served_kwh=fills[units:])


def settle_days(ahead: Cleared, live: Cleared, accounts: tuple[np.ndarray, np.ndarray], venue: int) -> Payments:
    """Payments of all hours; `accounts` = accounts of units (units,) and of loads (loads,)."""
    batches = []
    for ahead_kwh, live_kwh, account in ((ahead.made_kwh, live.made_kwh, accounts[0]), (-ahead.served_kwh, -live.served_kwh, accounts[1])):
        rows = np.repeat(account, ahead_kwh.shape[1])
        prices = tuple(np.tile(hours.price_tick, len(account)) for hours in (ahead, live))
        batches.append(settle_spot(rows, ahead_kwh.ravel(), live_kwh.ravel(), prices, venue))
    return all_payments(*batches)
