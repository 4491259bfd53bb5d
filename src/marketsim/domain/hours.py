"""The hours of delivery as columns: a whole year, or its typical days with the number of days each stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from marketsim.domain.sharing import share_out


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Hours of delivery, one row an hour of a day (or of `days` like days taken together).

    Shapes (hours,): `month` 0–11, `rest_day` 0 or 1, `hour` 0–23, `days` how many days the row stands for; all int64.
    Quantities in kWh of a row are totals over its days, so sums are exact in either form.
    """

    month: np.ndarray
    rest_day: np.ndarray
    hour: np.ndarray
    days: np.ndarray

    def __len__(self) -> int:
        return len(self.month)


def hours_of(days: Sequence[date], rest_day: Sequence[bool]) -> Hours:
    """Every hour of the given days; `rest_day` (days,) says which are weekends or holidays."""
    if len(days) != len(rest_day):
        raise ValueError("hours_of needs one rest_day flag for each day")
    month = np.repeat(np.array([day.month - 1 for day in days], np.int64), 24)
    rest = np.repeat(np.asarray(rest_day, np.int64), 24)
    hour = np.tile(np.arange(24, dtype=np.int64), len(days))
    return Hours(month=month, rest_day=rest, hour=hour, days=np.ones(len(month), np.int64))


def typical(hours: Hours) -> Hours:
    """The same days as at most 12 × 2 typical days: one row for each month, kind of day and hour that occurs."""
    cell = (hours.month * 2 + hours.rest_day) * 24 + hours.hour
    days = np.bincount(cell, weights=hours.days, minlength=576).astype(np.int64)
    kept = np.flatnonzero(days)
    return Hours(month=kept // 48, rest_day=kept // 24 % 2, hour=kept % 24, days=days[kept])


def hourly_load(use_kwh: int, shape: np.ndarray, hours: Hours) -> np.ndarray:
    """Share a year's `use_kwh` over the hours in proportion to `shape` (12, 2, 24) int64; (hours,) int64 kWh, sum exact."""
    weights = shape[hours.month, hours.rest_day, hours.hour] * hours.days
    return share_out(np.array([use_kwh]), weights[:, None])[:, 0]


def by_month(kwh: np.ndarray, hours: Hours) -> np.ndarray:
    """Sum (rows, hours) int64 over the hours of each month: (rows, 12)."""
    out = np.zeros((len(kwh), 12), np.int64)
    for month in range(12):
        out[:, month] = kwh[:, hours.month == month].sum(axis=1)
    return out
