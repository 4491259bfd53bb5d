"""Hour-by-hour dispatch of units that cannot run at any level: minimum output while on, limits on change, the cost of starting, a reserve.

Units are on or off for whole days, so minimum times of up to 24 hours hold. On are those that must run, those the merit order needs at the
day's peak, and then the cheapest until capacity reaches peak · (1 + reserve); a day that would still leave load unserved, because units
cannot follow, gets the next cheapest that helps. A unit that would stop and start again stays on through the gap when minimum output at a
loss costs less than the start. In an hour a unit that is on makes between max(minimum, last − ramp) and min(available, last + ramp);
within these bounds the merit order decides, hour after hour without foresight. Where all this is more than the load, must-run output
gives way before a unit is taken below its own bound.
Source: unit commitment by priority list, e.g. Wood, Wollenberg and Sheblé, Power Generation, Operation and Control (2014), ch. 4.
"""

from dataclasses import dataclass, replace

import numpy as np

from marketsim.domain.sharing import share_out
from marketsim.markets.merit_order import Dispatch, Offers, dispatch_merit_order

HOURS_A_DAY, MILLION = 24, 1_000_000
KWH_TICKS_PER_FEN = 100


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What units can do, int64: least output while on and most change from one hour to the next, (units,) or (units, hours) kWh;
    `start_fen` (units,) for a start, `reserve_ppm` capacity wanted beyond each day's peak; `weight` (hours,) where an hour stands for several."""  # fmt: skip

    minimum_kwh: np.ndarray
    ramp_kwh: np.ndarray
    start_fen: np.ndarray | None = None
    reserve_ppm: int = 0
    weight: np.ndarray | None = None


def dispatch_with_ramps(load_kwh: np.ndarray, offers: Offers, limits: Limits, unserved_tick: int) -> tuple[Dispatch, np.ndarray]:
    """Dispatch whole days of `load_kwh` (hours,) int64; and what starting up cost, (units,) fen; on before the first day counts as on.

    Raises ValueError when the hours are not whole days.
    """
    if len(load_kwh) % HOURS_A_DAY:
        raise ValueError(f"expected whole days of 24 hours, found {len(load_kwh)} hours")
    free = dispatch_merit_order(load_kwh, offers, unserved_tick)
    least, ramp = (np.broadcast_to(limit.reshape(len(limit), -1), offers.available_kwh.shape) for limit in (limits.minimum_kwh, limits.ramp_kwh))
    start = np.zeros(len(least), np.int64) if limits.start_fen is None else limits.start_fen
    weight = np.ones(len(load_kwh), np.int64) if limits.weight is None else limits.weight
    days = _committed(load_kwh, free, offers, limits.reserve_ppm)
    _bridge(days, free.price_tick, offers, least, start)
    system = load_kwh, offers, (least, ramp, weight), unserved_tick
    made, last = [], free.generation_kwh[:, 0]
    for day in range(days.shape[1]):
        done = _day(system, day, days[:, day], last)
        for unit in np.lexsort((offers.cost_tick, offers.rank)).tolist():
            if not any(hour.unserved_kwh[0] for hour in done):
                break
            if not days[unit, day]:
                days[unit, day] = True
                more = _day(system, day, days[:, day], last)
                days[unit, day] = _unserved(more) < _unserved(done)
                done = more if days[unit, day] else done
        made += done
        last = done[-1].generation_kwh[:, 0]
    columns = ("generation_kwh", "curtailed_kwh", "unserved_kwh", "price_tick", "price_low_tick", "price_high_tick")
    joined = Dispatch(**{name: np.concatenate([getattr(done, name) for done in made], axis=-1) for name in columns})
    return joined, start * (days[:, 1:] & ~days[:, :-1]).sum(axis=1)


def _unserved(day: list[Dispatch]) -> int:
    return sum(int(hour.unserved_kwh[0]) for hour in day)


def _day(system, day: int, on: np.ndarray, last: np.ndarray) -> list[Dispatch]:
    """The hours of a day with units `on` (units,), after an hour in which they made `last` (units,) kWh."""
    load, offers, (least, ramp, weight), unserved_tick = system
    made = []
    for hour in range(HOURS_A_DAY * day, HOURS_A_DAY * (day + 1)):
        last = last * weight[hour] // weight[max(hour - 1, 0)]
        available, must, minimum, change = offers.available_kwh[:, hour], offers.must_kwh[:, hour], least[:, hour], ramp[:, hour]
        runs = on | (must > 0)
        rigid = runs & (minimum > 0)
        ceiling = np.maximum(np.where(rigid, np.minimum(available, np.maximum(last + change, minimum)), np.where(runs, available, must)), must)
        bound = np.where(rigid, np.minimum(np.maximum(np.minimum(minimum, available), last - change), ceiling), 0)
        made.append(_hour(load[hour], (ceiling, np.maximum(bound, must), bound), offers, unserved_tick))
        last = made[-1].generation_kwh[:, 0]
        made[-1] = replace(made[-1], curtailed_kwh=np.maximum(must - last, 0)[:, None])
    return made


def _hour(load_kwh: int, limits: tuple[np.ndarray, np.ndarray, np.ndarray], offers: Offers, unserved_tick: int) -> Dispatch:
    """The merit order between `limits` = ceiling, floor and the part of the floor that is a unit's own, (units,) each."""
    ceiling, floor, bound = limits
    inside = Offers(available_kwh=ceiling[:, None], must_kwh=floor[:, None], rank=offers.rank, cost_tick=offers.cost_tick)
    done = dispatch_merit_order(np.array([load_kwh]), inside, unserved_tick)
    if floor.sum() <= load_kwh:
        return done
    first = bound if bound.sum() <= load_kwh else share_out(np.array([load_kwh]), bound[:, None])[:, 0]
    rest = floor - bound
    given = share_out(np.array([load_kwh - first.sum()]), rest[:, None])[:, 0] if rest.any() else 0
    return replace(done, generation_kwh=(first + given)[:, None])


def _committed(load_kwh: np.ndarray, free: Dispatch, offers: Offers, reserve_ppm: int) -> np.ndarray:
    """Which units are on each day, (units, days) bool: those that run at its peak or must run, and the cheapest until the reserve is met."""
    days = len(load_kwh) // HOURS_A_DAY
    peak = np.argmax(load_kwh.reshape(days, HOURS_A_DAY), axis=1) + HOURS_A_DAY * np.arange(days)
    on = (free.generation_kwh[:, peak] > 0) | offers.must_kwh.reshape(-1, days, HOURS_A_DAY).any(axis=2)
    wanted = load_kwh[peak] * (MILLION + reserve_ppm) // MILLION
    running = np.where(on, offers.available_kwh[:, peak], 0).sum(axis=0)
    for unit in np.lexsort((offers.cost_tick, offers.rank)).tolist() if reserve_ppm else ():
        more = ~on[unit] & (running < wanted) & (offers.available_kwh[unit, peak] > 0)
        running += np.where(more, offers.available_kwh[unit, peak], 0)
        on[unit] |= more
    return on


def _bridge(on: np.ndarray, price_tick: np.ndarray, offers: Offers, least: np.ndarray, start_fen: np.ndarray) -> None:
    """Keep units on through gaps between days on where minimum output at a loss costs less than the start; `on` in place."""
    days = on.shape[1]
    for unit in np.flatnonzero(start_fen > 0).tolist():
        loss = np.maximum(offers.cost_tick[unit] - price_tick, 0) * np.minimum(least[unit], offers.available_kwh[unit])
        daily = loss.reshape(days, HOURS_A_DAY).sum(axis=1) // KWH_TICKS_PER_FEN
        running = np.flatnonzero(on[unit])
        for first, last in zip(running[:-1].tolist(), running[1:].tolist(), strict=True):
            if last - first > 1 and int(daily[first + 1 : last].sum()) < int(start_fen[unit]):
                on[unit, first + 1 : last] = True
