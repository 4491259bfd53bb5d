"""Hour-by-hour dispatch of units that cannot run at any level: minimum output while on, and a limit on change from hour to hour.

Each day those units are on that the merit order needs at the day's peak (and those that must run). In an hour a unit that is on makes between
max(minimum, last − ramp) and min(available, last + ramp); within these bounds the merit order decides. Hours are taken one after
the other without foresight, so the result costs at least what `merit_order` does.
Source: unit commitment by priority list, e.g. Wood, Wollenberg and Sheblé, Power Generation, Operation and Control (2014), ch. 4.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.markets.merit_order import Dispatch, Offers, dispatch_merit_order

HOURS_A_DAY = 24


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a unit can do, (units,) int64 kWh an hour: least output while on, most change from one hour to the next."""

    minimum_kwh: np.ndarray
    ramp_kwh: np.ndarray


def dispatch_with_ramps(load_kwh: np.ndarray, offers: Offers, limits: Limits, unserved_tick: int) -> Dispatch:
    """Dispatch whole days of `load_kwh` (hours,) int64. Raises ValueError when the hours are not whole days."""
    if len(load_kwh) % HOURS_A_DAY:
        raise ValueError(f"expected whole days of 24 hours, found {len(load_kwh)} hours")
    free = dispatch_merit_order(load_kwh, offers, unserved_tick)
    on = _committed(load_kwh, free, offers)
    made, last = [], free.generation_kwh[:, 0]
    for hour in range(len(load_kwh)):
        available, must = offers.available_kwh[:, hour], offers.must_kwh[:, hour]
        rigid = on[:, hour] & (limits.minimum_kwh > 0)
        ceiling = np.where(rigid, np.minimum(available, np.maximum(last + limits.ramp_kwh, limits.minimum_kwh)), np.where(on[:, hour], available, must))
        floor = np.where(rigid, np.maximum(np.minimum(limits.minimum_kwh, available), last - limits.ramp_kwh), must)
        floor = np.minimum(np.maximum(floor, must), np.maximum(ceiling, must))
        bounds = Offers(available_kwh=np.maximum(ceiling, floor)[:, None], must_kwh=floor[:, None], rank=offers.rank, cost_tick=offers.cost_tick)
        done = dispatch_merit_order(load_kwh[hour : hour + 1], bounds, unserved_tick)
        made.append(done)
        last = done.generation_kwh[:, 0]
    columns = ("generation_kwh", "curtailed_kwh", "unserved_kwh", "price_tick", "price_low_tick", "price_high_tick")
    return Dispatch(**{name: np.concatenate([getattr(done, name) for done in made], axis=-1) for name in columns})


def _committed(load_kwh: np.ndarray, free: Dispatch, offers: Offers) -> np.ndarray:
    """Which units are on in each hour, (units, hours) bool: those that run at the peak of the day, or must run."""
    days = len(load_kwh) // HOURS_A_DAY
    peak = np.argmax(load_kwh.reshape(days, HOURS_A_DAY), axis=1) + HOURS_A_DAY * np.arange(days)
    needed = np.repeat(free.generation_kwh[:, peak] > 0, HOURS_A_DAY, axis=1)
    return needed | (offers.must_kwh > 0)
