"""How prices move: tails, memory and clustering of returns; the statistics are tried on series whose answers are known.

    tail index = 1 / mean(log |r| / threshold) over the largest 5 %        (Hill)
    excess kurtosis,  autocorrelation,  band ±1.96 / √n,  ARCH-LM = n R² of r² on its first 5 lags ~ χ²(5)
    impact exponent = slope of log |move| on log size over 20 bins

Source: Cont (2001), Quantitative Finance 1, for the facts; Hill (1975), Ann. Stat. 3; Engle (1982), Econometrica 50; Roll (1984), J. Finance 39.
"""

import math

import numpy as np

from marketsim.agents.double_auction import ZI_C, market_of, session
from marketsim.report.validation.check import Check, between, holds, near, reported
from marketsim.report.validation.traders import SETUPS
from marketsim.rng import Luck
from marketsim.scenario import load
from marketsim.simulation import run

TAIL, LAGS, ARCH_LAGS, BINS = 0.05, 50, 5, 20
LENGTH = 20_000
CHI_SQUARE_999 = 20.515
"""99.9 % quantile of χ² with five degrees of freedom: an ARCH-LM above it has p < 0.001."""


def tail_index(returns: np.ndarray) -> float:
    """Hill's estimate of the tail index from the largest 5 % of |returns|."""
    size = np.sort(np.abs(returns))[::-1]
    count = max(int(TAIL * len(size)), 2)
    return 1.0 / float(np.log(size[:count] / size[count]).mean())


def kurtosis(returns: np.ndarray) -> float:
    """Excess kurtosis, 0 for a normal distribution."""
    centred = returns - returns.mean()
    return float((centred**4).mean() / (centred**2).mean() ** 2 - 3.0)


def memory(values: np.ndarray, lags: int = LAGS) -> np.ndarray:
    """Autocorrelations at lags 1 to `lags`. Shape (lags,)."""
    centred = values - values.mean()
    return np.array([(centred[lag:] * centred[:-lag]).sum() for lag in range(1, lags + 1)]) / (centred**2).sum()


def band(values: np.ndarray) -> float:
    """Half the width of the 95 % band around no memory."""
    return 1.96 / math.sqrt(len(values))


def arch(returns: np.ndarray) -> float:
    """Engle's Lagrange multiplier: n R² of squared returns on their first five lags."""
    square = (returns - returns.mean()) ** 2
    past = np.column_stack([np.ones(len(square) - ARCH_LAGS), *(square[ARCH_LAGS - lag:-lag] for lag in range(1, ARCH_LAGS + 1))])
    now = square[ARCH_LAGS:]
    left = now - past @ np.linalg.lstsq(past, now, rcond=None)[0]
    return float(len(now) * (1.0 - (left**2).sum() / ((now - now.mean()) ** 2).sum()))


def impact_exponent(size: np.ndarray, move: np.ndarray) -> float:
    """Slope of log mean |move| on log mean size over twenty bins of as many observations each."""
    order = np.array_split(np.argsort(size, kind="stable"), BINS)
    x, y = (np.log([np.abs(values[rows]).mean() for rows in order]) for values in (size, move))
    return float(np.polyfit(x, y, 1)[0])


def self_test() -> list[Check]:
    """Twelve answers known beforehand: Gaussian, Student-3, GARCH, bid-ask bounce and square-root impact."""
    luck = Luck(seed=5)
    normal, other = luck.normal("validation", 0, LENGTH), luck.normal("validation", 1, 4 * LENGTH).reshape(4, LENGTH)
    student = normal / np.sqrt((other[:3] ** 2).sum(axis=0) / 3)
    clustered, variance = np.zeros(LENGTH), 1.0
    for at in range(1, LENGTH):
        variance = 0.05 + 0.10 * clustered[at - 1] ** 2 + 0.85 * variance
        clustered[at] = math.sqrt(variance) * normal[at]
    bounce = np.diff(np.sign(normal))
    size = np.exp(other[3])
    aggregated = student[: LENGTH // 20 * 20].reshape(-1, 20).sum(axis=1)
    return [
        between("Gaussian: tail index above that of fat tails", tail_index(normal), 5, None), near("Gaussian: excess kurtosis", kurtosis(normal), 0, 0.15),
        between("Gaussian: lags 2–10 inside the band", float((np.abs(memory(normal)[1:10]) < band(normal)).sum()), 8, None),
        between("Gaussian: ARCH-LM", arch(normal), 0, CHI_SQUARE_999), near("Student-3: tail index", tail_index(student), 3, 0.6),
        between("Student-3: excess kurtosis", kurtosis(student), 1, None),
        holds("Student-3: kurtosis falls with aggregation", "1 > 20", f"{kurtosis(student):.1f} > {kurtosis(aggregated):.1f}", kurtosis(student) > kurtosis(aggregated)),
        between("GARCH: ARCH-LM", arch(clustered), CHI_SQUARE_999, None),
        between("GARCH: lags of absolute returns above the band", float((memory(np.abs(clustered)) > band(clustered)).sum()), 20, None),
        between("GARCH: lags 2–10 of r inside the band", float((np.abs(memory(clustered)[1:10]) < band(clustered)).sum()), 7, None),
        near("bounce: first autocorrelation", float(memory(bounce, 1)[0]), -0.5, 0.03),
        near("square root: impact exponent", impact_exponent(size, np.sqrt(size) * np.exp(0.1 * normal)), 0.5, 0.02),
    ]  # fmt: skip


def zero_intelligence() -> list[Check]:
    """Price changes from trade to trade of constrained random traders show bid–ask bounce and nothing else is asked of them."""
    market = market_of(*SETUPS["CS"], 400)
    changes = []
    for seed in range(40):
        trades = session(market, ZI_C, 10, 2000, float(Luck(seed=7001 + seed).uniform("double auction", 0, 1)[0]))
        changes += [np.diff(trades.price[trades.period == period].astype(float)) for period in range(10)]
    pairs = np.array([(before, after) for change in changes for before, after in zip(change, change[1:], strict=False)])
    return [between("Smith's market, ZI-C: first autocorrelation of price changes", float(np.corrcoef(pairs.T)[0, 1]), -0.5, 0.0)]


def pilot() -> list[Check]:
    """Daily returns of six years of the Hubei preset: heterogeneous firms, market makers, trend followers. Nothing here is asserted."""
    series = run(load("hubei-2014-2017", ("years=6",)), 1).series
    price = series[series.metric == "carbon.price"].value.to_numpy()
    returns = np.diff(np.log(price))
    weekly = returns[: len(returns) // 20 * 20].reshape(-1, 20).sum(axis=1)
    return [
        reported("Hubei preset, daily: tail index", "2 to 5", tail_index(returns)), reported("Hubei preset, daily: excess kurtosis", "> 1", kurtosis(returns)),
        reported("Hubei preset, 20 days: excess kurtosis", "below the daily one", kurtosis(weekly)),
        reported("Hubei preset: lags 2–10 of r inside the band", "≥ 8", float((np.abs(memory(returns)[1:10]) < band(returns)).sum())),
        reported("Hubei preset: lags of absolute returns above the band", "≥ 20", float((memory(np.abs(returns)) > band(returns)).sum())),
        reported("Hubei preset: ARCH-LM", f"> {CHI_SQUARE_999} (p < .001)", arch(returns)),
    ]  # fmt: skip
