"""How a market looked week by week: the statistics by which thin markets are described.

    share of weeks without a trade, mean and median weekly volume, standard deviation and kurtosis (normal = 3) of weekly log returns,
    share of a year's volume that falls in the last two months before its surrender

A week's price is its last reference price, so a week without a trade is one of return zero. Days come in order of time.
Source: China Policy Journal 1(1), 2018, Table 4: statistics of the seven Chinese pilots by week.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median

RUSH_DAYS = 61


@dataclass(frozen=True, kw_only=True)
class Weekly:
    """Statistics of one right over a run; shares between 0 and 1, volumes in the unit of the days."""

    weeks: int
    quiet_share: float
    volume_mean: float
    volume_median: float
    rush_share: float
    return_sd: float
    return_kurtosis: float


def weekly(days: list[tuple[date, float, float]], surrenders: list[date]) -> Weekly:
    """Statistics of `days` of (date, reference price, volume); the rush is counted over years with any volume. Raises ValueError below two weeks."""
    weeks: dict[date, tuple[float, float]] = {}
    for day, price, volume in days:
        monday = day - timedelta(days=day.weekday())
        weeks[monday] = (price, weeks.get(monday, (price, 0.0))[1] + volume)
    if len(weeks) < 2:
        raise ValueError(f"weekly statistics need two weeks or more; there are {len(weeks)}")
    prices, volumes = [price for price, _ in weeks.values()], [volume for _, volume in weeks.values()]
    returns = [math.log(after / before) for before, after in zip(prices, prices[1:], strict=False)]
    middle = fmean(returns)
    second, fourth = (fmean((r - middle) ** power for r in returns) for power in (2, 4))
    return Weekly(
        weeks=len(weeks), quiet_share=sum(volume == 0 for volume in volumes) / len(volumes), volume_mean=fmean(volumes),
        volume_median=median(volumes), rush_share=_rush(days, surrenders), return_sd=math.sqrt(second),
        return_kurtosis=fourth / second**2 if second else 0.0,
    )


def _rush(days: list[tuple[date, float, float]], surrenders: list[date]) -> float:
    """Mean over years of the share of volume that falls in the two months before the surrender."""
    shares, begins = [], date.min
    for end in sorted(surrenders):
        year = [(day, volume) for day, _, volume in days if begins < day <= end]
        total = sum(volume for _, volume in year)
        if total:
            shares.append(sum(volume for day, volume in year if day > end - timedelta(days=RUSH_DAYS)) / total)
        begins = end
    return fmean(shares) if shares else 0.0
