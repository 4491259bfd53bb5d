"""What is fixed of a year of power before it begins: fleet, hours, load, who contracts, and the accounts of the trade."""

from dataclasses import dataclass, field

import numpy as np

from marketsim.domain.fleet import Fleet
from marketsim.domain.grid import Grid
from marketsim.domain.hours import Hours
from marketsim.markets.contracts import Terms
from marketsim.markets.merit_order import Offers

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Around:
    """All zones of the grid, when they are cleared together: their `fleet`, `load_kwh` (hours, zones), the city's zone and its units."""

    fleet: Fleet
    zone: np.ndarray
    load_kwh: np.ndarray
    own: int
    rows: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What only some scenarios have: `able_ppm` (units, hours) share of capacity not on outage, `retail` (buyers,) bool, `capacity_fen`
    (units,) capacity payment of the year, `strike_tick` and `covered_ppm` (units,) price and share of output under a mechanism price,
    `expected_kwh` (units,) output of the year as foreseen, `account` by name; None or empty where there is none."""  # fmt: skip

    able_ppm: np.ndarray | None = None
    retail: np.ndarray | None = None
    capacity_fen: np.ndarray | None = None
    strike_tick: np.ndarray | None = None
    covered_ppm: np.ndarray | None = None
    expected_kwh: np.ndarray | None = None
    around: Around | None = None
    account: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PowerYear:
    """What is fixed before the year begins.

    `buyer` (buyers,) rows of firms that contract; `planned_kwh` (buyers,) a year as foreseen; `unit_account` (units,) and
    `grid_account`, `pool_account`, `small_account` in the ledger; `asset` the ledger's row of kWh; `market_ppm` the share of a
    buyer's use that is contracted; `load_kwh` (hours,); `extras` what only some scenarios have.
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
    extras: Extras = Extras()


@dataclass(frozen=True, kw_only=True)
class Made:
    """A month as it was dispatched, over the month's rows of hours; int64.

    `generation_kwh`, `curtailed_kwh` (units, hours); `unserved_kwh`, `price_tick` (hours,), what storage `taken_kwh` and `given_kwh` (hours,);
    `arrived_kwh` and `sent_kwh` (hours,) over the lines of other zones; `ahead_kwh` (units, hours) and `ahead_tick` (hours,) where there is a
    day-ahead market; `zone_tick` (zones, hours) prices of all zones; `offers` what units offered; `start_fen` (units,) for starting up; `rent_fen` what the city's lines earned, `fee_fen` their fees.
    """

    generation_kwh: np.ndarray
    curtailed_kwh: np.ndarray
    unserved_kwh: np.ndarray
    price_tick: np.ndarray
    taken_kwh: np.ndarray | None = None
    given_kwh: np.ndarray | None = None
    arrived_kwh: np.ndarray | None = None
    sent_kwh: np.ndarray | None = None
    ahead_kwh: np.ndarray | None = None
    ahead_tick: np.ndarray | None = None
    start_fen: np.ndarray | None = None
    zone_tick: np.ndarray | None = None
    offers: Offers | None = None
    rent_fen: int = 0
    fee_fen: int = 0


def load_until(year: PowerYear, month: int) -> int:
    """Share of the year's load used by the end of a month (0–11), in parts per million; the last month ends at 10⁶."""
    total = int(year.load_kwh.sum())
    return int(year.load_kwh[year.hours.month <= month].sum()) * MILLION // total if total else MILLION


def month_shares(year: PowerYear) -> np.ndarray:
    """Share of the load in each month, (12,) int64 ppm; at most 10⁶ together."""
    ends = np.array([load_until(year, month) for month in range(12)])
    return np.diff(ends, prepend=0)


def tick_of(price) -> int:
    """A price of the scenario (fen per kWh) in ticks of 10 fen per MWh, rounded down."""
    return int(price.value * 100)
