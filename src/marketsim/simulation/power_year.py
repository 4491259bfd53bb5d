"""What is fixed of a year of power before it begins: fleet, hours, load, who contracts, and the accounts of the trade."""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.fleet import Fleet
from marketsim.domain.grid import Grid
from marketsim.domain.hours import Hours
from marketsim.markets.contracts import Terms

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class PowerYear:
    """What is fixed before the year begins.

    `buyer` (buyers,) rows of firms that contract; `planned_kwh` (buyers,) a year as foreseen; `unit_account` (units,) and
    `grid_account`, `pool_account`, `small_account` in the ledger; `asset` the ledger's row of kWh; `market_ppm` the share of a
    buyer's use that is contracted; `load_kwh` (hours,).
    """

    grid: Grid
    fleet: Fleet
    hours: Hours
    load_kwh: np.ndarray
    buyer: np.ndarray
    planned_kwh: np.ndarray
    unit_account: np.ndarray
    grid_account: int
    pool_account: int
    small_account: int
    asset: int
    market_ppm: int
    terms: Terms
    tariff_tick: int
    band_ppm: int
    penalty_ppm: int


def load_until(year: PowerYear, month: int) -> int:
    """Share of the year's load used by the end of a month (0–11), in parts per million; the last month ends at 10⁶."""
    total = int(year.load_kwh.sum())
    return int(year.load_kwh[year.hours.month <= month].sum()) * MILLION // total if total else MILLION
