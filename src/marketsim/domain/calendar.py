"""The clock and the calendar: integer ticks of hour × 32 + phase, and the dated days on which institutions act.

Within an hour the phases run in the order of `PHASES`. Days come from data; nothing here knows a holiday by heart.
"""

from dataclasses import dataclass
from datetime import date, timedelta

PHASES = ("meters", "prices", "quotes", "matching", "settlement", "compliance", "assessment", "records")
TICKS_PER_HOUR = 32
TICKS_PER_DAY = 24 * TICKS_PER_HOUR


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The days of one run; tick 0 is the first hour of `start`."""

    start: date
    end: date
    trading_days: tuple[date, ...]
    holidays: frozenset[date]

    def tick(self, day: date, hour: int, phase: str) -> int:
        """Tick of a phase of an hour of a day. Raises ValueError outside the run."""
        if not self.start <= day <= self.end:
            raise ValueError(f"{day} is outside the run ({self.start} to {self.end})")
        return (day - self.start).days * TICKS_PER_DAY + hour * TICKS_PER_HOUR + PHASES.index(phase)

    def day(self, tick: int) -> date:
        """The day a tick falls on."""
        return self.start + timedelta(days=tick // TICKS_PER_DAY)

    def is_workday(self, day: date) -> bool:
        """Neither a weekend nor a public holiday."""
        return day.weekday() < 5 and day not in self.holidays


def workdays(first: date, last: date, holidays: frozenset[date]) -> tuple[date, ...]:
    """Every weekday from `first` to `last`, public holidays left out."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(day for day in days if day.weekday() < 5 and day not in holidays)


def month_ends(first: date, last: date) -> tuple[date, ...]:
    """The last day of every month that ends between `first` and `last`, both included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(day for day in days if (day + timedelta(days=1)).day == 1)
