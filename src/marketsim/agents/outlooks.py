"""What a right kept for next year is believed to fetch there: plug-ins, one function each, on columns.

    last            p' = last price
    adaptive        p' = the price the firm itself expects today, which it learns from the market and its own orders
    extrapolative   p' = last · clip(last / price a year ago, ½, 2)        the trend goes on, the first year has none
    planner         p' = next year's price on the least-cost path

A right kept is worth p' / (1 + discount rate) today: a seller asks no less, and a measure that saves one earns no less.
Source: Rubin (1996), J. Environ. Econ. Manage. 31; Nerlove (1958) for adaptive, Metzler (1941) for extrapolative expectations.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

MOST_TREND = 2.0


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """One right as firms see it today, CNY per trading unit: `last_cny`, `year_ago_cny`, `expected_cny` (firms,), `foreseen_cny` by the planner."""

    last_cny: float
    year_ago_cny: float
    expected_cny: np.ndarray
    foreseen_cny: float


def last(prospect: Prospect) -> np.ndarray:
    """Next year's price is today's. Shape (firms,)."""
    return np.full(len(prospect.expected_cny), prospect.last_cny)


def adaptive(prospect: Prospect) -> np.ndarray:
    """Next year's price is what the firm has learnt to expect. Shape (firms,)."""
    return prospect.expected_cny


def extrapolative(prospect: Prospect) -> np.ndarray:
    """Next year's price moves as this year's did. Shape (firms,)."""
    trend = prospect.last_cny / prospect.year_ago_cny if prospect.year_ago_cny > 0 else 1.0
    return np.full(len(prospect.expected_cny), prospect.last_cny * min(max(trend, 1 / MOST_TREND), MOST_TREND))


def planner(prospect: Prospect) -> np.ndarray:
    """Next year's price is the planner's. Shape (firms,)."""
    return np.full(len(prospect.expected_cny), prospect.foreseen_cny)


OUTLOOKS: dict[str, Callable[[Prospect], np.ndarray]] = {"last": last, "adaptive": adaptive, "extrapolative": extrapolative, "planner": planner}
"""Every outlook by the name a scenario uses; `none` values nothing that is kept."""
