"""Weekly statistics against days whose answer is known by hand."""

import math
from datetime import date, timedelta

import pytest

from marketsim.markets.weekly import weekly

MONDAY = date(2015, 1, 5)


def days(prices, volumes):
    return [(MONDAY + timedelta(weeks=n), price, volume) for n, (price, volume) in enumerate(zip(prices, volumes, strict=True))]


def test_by_hand():
    seen = weekly(days([10, 10, 20, 20], [1.0, 0.0, 3.0, 0.0]), [MONDAY + timedelta(weeks=3)])
    assert (seen.weeks, seen.quiet_share, seen.volume_mean, seen.volume_median) == (4, 0.5, 1.0, 0.5)
    step = math.log(2)
    assert seen.return_sd == pytest.approx(step * math.sqrt(2) / 3)
    assert seen.return_kurtosis == pytest.approx(1.5)
    assert seen.rush_share == 1.0


def test_days_of_a_week_are_one_week_with_its_last_price():
    several = [(MONDAY + timedelta(days=n), price, 1.0) for n, price in enumerate((10, 11, 12))]
    seen = weekly([*several, (MONDAY + timedelta(weeks=1), 24.0, 0.0)], [MONDAY])
    assert (seen.weeks, seen.volume_mean, seen.return_sd) == (2, 1.5, 0.0)


def test_the_rush_is_the_share_of_the_last_two_months_of_each_year():
    year = [(MONDAY + timedelta(weeks=n), 10.0, 1.0 if n < 43 else 5.0) for n in range(52)]
    end = year[-1][0]
    assert weekly(year, [end]).rush_share == pytest.approx(45 / (45 + 43))


def test_one_week_is_no_series():
    with pytest.raises(ValueError, match="two weeks"):
        weekly(days([10], [1.0]), [MONDAY])
