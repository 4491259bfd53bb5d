"""Storage as a price-taker: charge when it is cheap, discharge when it is dear, within power, volume and losses.

Maximise Σ price · (out − in) subject to level_t = level_{t−1} + efficiency · in_t − out_t, 0 ≤ level ≤ volume, ending as it began.
Optionally no hour takes more than `spare`, so that buying never leaves load unserved, or is given more than `wanted`.
Source: standard linear model of storage, e.g. Sioshansi et al. (2009), Energy Economics 31(2).
"""

from dataclasses import dataclass

import numpy as np

from marketsim.markets.linear import Bounds, Solver

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Store:
    """One store: most in or out an hour `power_kwh`, most kept `volume_kwh`, share of what goes in that comes out, start level."""

    power_kwh: int
    volume_kwh: int
    efficiency_ppm: int
    start_kwh: int = 0


def schedule(price_tick: np.ndarray, store: Store, spare_kwh: np.ndarray | None = None,
             wanted_kwh: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Kilowatt-hours taken in and given out by hour, two (hours,) int64 arrays, for the prices of a day or a week.

    At most `spare_kwh` goes in and `wanted_kwh` comes out in an hour, (hours,) each.

    Rounded to whole kWh so that no limit is broken and the store ends no lower than it began.
    """
    hours, kept = len(price_tick), store.efficiency_ppm / MILLION
    each = np.eye(hours)
    rows = np.hstack([kept * each, -each, np.eye(hours, k=-1) - each])  # in, out and level of each hour; what an hour begins with comes from the last
    # the least wear keeps the store from turning over for nothing; roots, of which no two pairs add up to the same, make the plan unique
    wear = 1e-3 + 1e-5 * np.sqrt(np.arange(hours))
    solver = Solver(rows, np.concatenate([price_tick + wear, wear - price_tick, np.zeros(hours)]), np.zeros(3 * hours))
    unit = float(max(store.power_kwh, 1))  # in hours of full power the program is well scaled whatever the size of the store
    first, low, high = np.zeros(hours), np.zeros(3 * hours), np.repeat([store.power_kwh / unit, store.power_kwh / unit, store.volume_kwh / unit], hours)
    first[0] = -store.start_kwh / unit
    for place, most in enumerate((spare_kwh, wanted_kwh)):
        if most is not None:
            high[place * hours : (place + 1) * hours] = np.minimum(most, store.power_kwh) / unit
    low[-1] = high[-1] = store.start_kwh / unit
    x, _ = solver.solve(Bounds(row_low=first, row_high=first, low=low, high=high))
    x = np.rint(x * unit).astype(np.int64)
    return _whole(x[:hours], x[hours : 2 * hours], store)


def levels(taken_kwh: np.ndarray, given_kwh: np.ndarray, store: Store) -> np.ndarray:
    """Level after each hour, (hours,) int64, losses rounded against the store."""
    return store.start_kwh + np.cumsum(taken_kwh * store.efficiency_ppm // MILLION - given_kwh)


def _whole(taken: np.ndarray, given: np.ndarray, store: Store) -> tuple[np.ndarray, np.ndarray]:
    """Cut rounded amounts where they would overfill or empty the store."""
    level = store.start_kwh
    for hour in range(len(taken)):
        floor = store.start_kwh if hour == len(taken) - 1 else 0
        gained = taken[hour] * store.efficiency_ppm // MILLION
        given[hour] = min(given[hour], max(0, level + gained - floor))
        if level + gained - given[hour] > store.volume_kwh:
            taken[hour] = (store.volume_kwh - level + given[hour]) * MILLION // store.efficiency_ppm
            gained = taken[hour] * store.efficiency_ppm // MILLION
        level += gained - given[hour]
    return taken, given
