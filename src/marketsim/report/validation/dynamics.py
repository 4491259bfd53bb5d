"""How prices move: tails, memory and clustering of returns; the statistics are tried on series whose answers are known.

    tail index = 1 / mean(log |r| / threshold) over the largest 5 %        (Hill)
    excess kurtosis,  autocorrelation,  band ±1.96 / √n,  ARCH-LM = n R² of r² on its first 5 lags ~ χ²(5)
    impact exponent = slope of log |move| on log size over 20 bins

Source: Cont (2001), Quantitative Finance 1, for the facts; Hill (1975), Ann. Stat. 3; Engle (1982), Econometrica 50; Roll (1984), J. Finance 39.
"""

import math

import numpy as np

from marketsim.agents.double_auction import ZI_C, market_of, session
from marketsim.matching.face import CONTINUOUS, SELL, Rules
from marketsim.matching.reference import Engine
from marketsim.report.validation.check import Check, between, holds, near, reported, series
from marketsim.report.validation.traders import SETUPS
from marketsim.rng import Luck
from marketsim.scenario import load
from marketsim.simulation import run

TOP, ORDERS, WARM, EVERY = 2000, 3000, 500, 10
STANDING, LARGEST = 400, 21
"""A book of random orders: highest tick, orders, those before it is looked at, how often it is; orders that may stand, lots of the largest buy."""
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
    """Price changes of constrained random traders from trade to trade show bid–ask bounce, what a large order moves is concave; the rest is shown."""
    market = market_of(*SETUPS["CS"], 400)
    changes = []
    for seed in range(40):
        trades = session(market, ZI_C, 10, 2000, float(Luck(seed=7001 + seed).uniform("double auction", 0, 1)[0]))
        changes += [np.diff(trades.price[trades.period == period].astype(float)) for period in range(10)]
    pairs = np.array([(before, after) for change in changes for before, after in zip(change, change[1:], strict=False)])
    every = np.concatenate(changes)
    slopes = np.array([impact_exponent(*walked(seed)) for seed in range(10)])
    error = float(slopes.std(ddof=1)) / math.sqrt(len(slopes))
    return [
        between("Smith's market, ZI-C: first autocorrelation of price changes", float(np.corrcoef(pairs.T)[0, 1]), -0.5, 0.0),
        reported("Smith's market, ZI-C: tail index of price changes", "less heavy tails than 2 to 5", tail_index(every)),
        reported("Smith's market, ZI-C: excess kurtosis of price changes", "less heavy tails than above 1", kurtosis(every)),
        reported("Smith's market, ZI-C: lags of absolute changes above the band", "may fail (≥ 20)", float((memory(np.abs(every)) > band(every)).sum())),
        reported("Smith's market, ZI-C: ARCH-LM of price changes", "may fail (> 20.515)", arch(every)),
        holds("book of random orders: what an order moves is concave in its size, exponent + 2 se", "< 1", series([slopes.mean(), slopes.mean() + 2 * error]),
              slopes.mean() + 2 * error < 1),
    ]  # fmt: skip


def walked(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sizes of 5,000 large buys and how far each would walk up a book of random orders from its best ask; (orders,) lots and ticks.

    Orders of one lot arrive at even prices on either side, and a random standing one is withdrawn where more than `STANDING` stand.
    """
    luck, book = Luck(seed=seed), Engine(Rules(ticks=TOP + 1, orders=ORDERS, owners=ORDERS))
    book.open_day(0, 0, TOP)
    book.phase(0, CONTINUOUS)
    draws = luck.uniform("random book", 0, 3 * ORDERS).reshape(3, ORDERS)
    side, tick = (draws[0] < 0.5).astype(int).tolist(), (draws[1] * (TOP + 1)).astype(int).tolist()
    size, moved, standing = [], [], []
    for row in range(ORDERS):
        standing.append(book.submit(0, row, side[row], tick[row], 1).oid)
        if len(standing) > STANDING:
            book.cancel(standing.pop(int(draws[2, row] * len(standing))))
        if row > WARM and row % EVERY == 0:
            ticks, lots = book.depth(0, SELL, TOP)
            reach = np.repeat(ticks, lots)[:LARGEST]
            size.append(np.arange(2, len(reach) + 1))
            moved.append(reach[1:] - reach[0])
    sizes, moves = np.concatenate(size), np.concatenate(moved)
    return sizes.astype(float), moves.astype(float)


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
