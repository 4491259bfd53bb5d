"""Hours of a spot market with bidding strategies: view, bid, clear, learn, hour after hour.

Generators bid by a strategy with memory, loads bid what their use is worth; every hour is a uniform-price auction on integer ticks.
The same strategy, fleet and luck give the same hours; each hour's luck is addressed by the hour.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from marketsim.agents.bidding import Bids, View
from marketsim.rng import Luck

Strategy = Callable[[View, np.ndarray], tuple[Bids, np.ndarray]]


@dataclass(frozen=True, kw_only=True)
class Spot:
    """What bids: generators' `available_kwh`, `contracted_kwh` (units, hours) and `cost_tick` (units,); loads' `use_kwh` (loads, hours) and
    `value_tick` (loads,), all int64; `floor_tick` and `cap_tick` of the market; `first_hour` the number of the first hour."""  # fmt: skip

    available_kwh: np.ndarray
    contracted_kwh: np.ndarray
    cost_tick: np.ndarray
    use_kwh: np.ndarray
    value_tick: np.ndarray
    floor_tick: int
    cap_tick: int
    first_hour: int = 0


@dataclass(frozen=True, kw_only=True)
class SpotHours:
    """Price (hours,), highest bid and award of each unit (units, hours), what each load got (loads, hours), int64; and the last `memory`."""

    price_tick: np.ndarray
    bid_tick: np.ndarray
    award_kwh: np.ndarray
    served_kwh: np.ndarray
    memory: np.ndarray


def run_spot(strategy: Strategy, first_memory: np.ndarray, spot: Spot, luck: Luck) -> SpotHours:
    """Clear every hour. An hour in which nothing meets has the market's cap as its price."""
    from marketsim.markets.tick_auction import NO_PRICE, clear_auctions

    units, hours = spot.available_kwh.shape
    loads, memory = len(spot.value_tick), first_memory
    prices, bid_tick = np.zeros(hours, np.int64), np.zeros((hours, units), np.int64).T
    award, served = np.zeros((hours, units), np.int64).T, np.zeros((hours, loads), np.int64).T
    expected = np.minimum(spot.use_kwh.sum(axis=0), spot.available_kwh.sum(axis=0)).tolist()
    last_price, last_bid, last_award = spot.cap_tick, spot.cost_tick, np.zeros(units, np.int64)
    value = np.clip(spot.value_tick, spot.floor_tick, spot.cap_tick)
    for hour in range(hours):
        view = View(cost_tick=spot.cost_tick, available_kwh=spot.available_kwh[:, hour], contracted_kwh=spot.contracted_kwh[:, hour],
                    last_bid_tick=last_bid, last_award_kwh=last_award, draw=luck.uniform("bids", spot.first_hour + hour, units), load_kwh=expected[hour],
                    last_price_tick=last_price, floor_tick=spot.floor_tick, cap_tick=spot.cap_tick)  # fmt: skip
        bids, memory = strategy(view, memory)
        rows = len(bids.unit)
        side = np.zeros(rows + loads, np.uint8)
        side[:rows] = 1
        done = clear_auctions(np.array([0, rows + loads]), side, np.concatenate([bids.tick, value]),
                              np.concatenate([bids.kwh, spot.use_kwh[:, hour]]))  # fmt: skip
        last_price = spot.cap_tick if done.price[0] == NO_PRICE else int(done.price[0])
        last_bid, last_award = _by_unit(bids, done.fills[:rows], units)
        prices[hour], bid_tick[:, hour], award[:, hour], served[:, hour] = last_price, last_bid, last_award, done.fills[rows:]
    return SpotHours(price_tick=prices, bid_tick=bid_tick, award_kwh=award, served_kwh=served, memory=memory)


def _by_unit(bids: Bids, fills: np.ndarray, units: int) -> tuple[np.ndarray, np.ndarray]:
    """Highest bid and whole award of each unit: two (units,) int64 arrays."""
    if len(bids.unit) == units:  # one bid a unit, in order: the common case
        return bids.tick, fills
    award, tick = np.zeros(units, np.int64), np.zeros(units, np.int64)
    np.add.at(award, bids.unit, fills)
    np.maximum.at(tick, bids.unit, bids.tick)
    return tick, award
