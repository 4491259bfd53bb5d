"""Paired comparison: differences under common luck, with intervals adjusted for how many comparisons are made.

Of k options every pair is compared on every criterion, so each interval is taken at level 1 - alpha / (k (k-1) / 2 × criteria)
(Bonferroni). The interval of a mean of n independent paired differences d is mean(d) ± t(n-1) s(d) / √n. One option is best only
where its intervals against all others exclude zero; otherwise those it cannot be told from share a tie. Fewer than five
observations claim nothing: with counts as figures, two or three equal differences are no rare event.
Source: Student (1908); Law (2015), Simulation Modeling and Analysis, 10.4 (all pairwise comparisons).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

ALPHA = 0.05
FEWEST = 5
MOST = 10**6


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean with its confidence interval over `count` independent observations; `sd` is theirs."""

    mean: float
    low: float
    high: float
    sd: float
    count: int

    @property
    def apart(self) -> bool:
        """True where zero lies outside, and there are enough observations to say so."""
        return self.count >= FEWEST and (self.low > 0 or self.high < 0)

    @property
    def half(self) -> float:
        """Half of the width."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Options on one criterion: each one's mean with its plain interval, every pair's difference (first minus second) with its
    adjusted one, a mark for each, and how many observations would end the tie if the differences stayed (None: no tie, or never).
    """

    means: Mapping[str, Interval]
    differences: Mapping[tuple[str, str], Interval]
    marks: Mapping[str, str]
    needed: int | None


def student(probability: float, freedom: int) -> float:
    """Quantile of Student's t by bisection on the exact finite series for whole degrees of freedom; `probability` > 0.5.

    Source: Abramowitz and Stegun (1964), 26.7.3 and 26.7.4.
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _central(middle, freedom) < 2 * probability - 1 else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


@lru_cache(maxsize=4096)
def _t(alpha: float, count: int) -> float:
    """Factor of the two-sided interval of `count` observations; beyond a thousand it no longer changes by a thousandth."""
    return student(1 - alpha / 2, min(count - 1, 1000))


def _central(theta: float, freedom: int) -> float:
    """Probability that |t| ≤ √freedom tan(theta)."""
    cosine, odd = math.cos(theta), freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for step in range(3 if odd else 2, freedom - 1, 2):
        term *= cosine * cosine * (step - 1) / step
        total += term
    return 2 / math.pi * (theta + math.sin(theta) * total) if odd else math.sin(theta) * total


def interval(observations: np.ndarray, alpha: float = ALPHA) -> Interval:
    """Mean and interval of independent observations (count,); those that are no number (a failed run) are left out."""
    kept = observations[~np.isnan(observations)]
    count = len(kept)
    if count < 2:
        mean = float(kept[0]) if count else math.nan
        return Interval(mean=mean, low=-math.inf, high=math.inf, sd=math.nan, count=count)
    mean = math.fsum(kept) / count
    sd = math.sqrt(math.fsum((kept - mean) ** 2) / (count - 1))
    half = _t(alpha, count) * sd / math.sqrt(count)
    return Interval(mean=mean, low=mean - half, high=mean + half, sd=sd, count=count)


def observations(values: np.ndarray) -> np.ndarray:
    """Independent observations in a table (futures, seeds): the means of the futures, or the seeds where there is one future."""
    if len(values) == 1:
        return values[0]
    counted = (~np.isnan(values)).sum(axis=1)
    totals = np.array([math.fsum(row[~np.isnan(row)]) for row in values])
    return np.where(counted > 0, totals / np.maximum(counted, 1), np.nan)


def judge(values: Mapping[str, np.ndarray], lower_is_better: bool, criteria: int = 1, alpha: float = ALPHA) -> Judgement:
    """Compare options on one criterion of `criteria`; `values` holds a table (futures, seeds) for each option.

    Row and column mean the same luck in every table.
    """
    pairs = list(combinations(values, 2))
    level = alpha / max(1, len(pairs) * criteria)
    means = {option: interval(observations(table), alpha) for option, table in values.items()}
    differences = {(a, b): interval(observations(values[a] - values[b]), level) for a, b in pairs}
    best = min(values, key=lambda option: _rank(means[option].mean, lower_is_better))
    level_with = [option for option in values if option != best and not _between(differences, best, option).apart]
    tied = {best, *level_with} if level_with else set()
    marks = {option: "tie" if option in tied else "best" if option == best else "" for option in values}
    if len(values) == 1:
        marks = {best: ""}
    needed = [_needed(_between(differences, best, option), level) for option in level_with]
    return Judgement(means=means, differences=differences, marks=marks, needed=max(needed) if needed and None not in needed else None)


def fewer_runs(paired: np.ndarray, apart: np.ndarray) -> float:
    """How many times as many runs independent luck needs for the interval that common luck gives: the ratio of variances.

    Both are differences (count,) of the same two options.
    """
    return float(np.var(apart, ddof=1) / np.var(paired, ddof=1))


def _rank(mean: float, lower_is_better: bool) -> float:
    return math.inf if math.isnan(mean) else mean if lower_is_better else -mean


def _between(differences: Mapping[tuple[str, str], Interval], one: str, other: str) -> Interval:
    """The difference of a pair, whichever way round it was taken."""
    return differences[(one, other)] if (one, other) in differences else differences[(other, one)]


def _needed(found: Interval, level: float) -> int | None:
    """Observations at which this difference, were it to stay, would exclude zero; None where none would do."""
    if found.count < 2 or found.mean == 0 or math.isnan(found.sd):
        return None
    count = 1000
    for _ in range(30):
        wanted = (_t(level, count) * found.sd / abs(found.mean)) ** 2
        if wanted > MOST:
            return None
        count, before = max(FEWEST, math.ceil(wanted)), count
        if abs(count - before) <= 1:
            break
    return max(count, before)


def more(wanted: Sequence[Interval], share: float) -> bool:
    """True while some difference is known less exactly than `share` of its option's mean, or too few observations exist."""
    return any(found.count < FEWEST or not found.half <= share for found in wanted)
