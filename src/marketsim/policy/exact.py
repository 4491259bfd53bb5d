"""Exact integer arithmetic on columns: decimal factors, quotients, and parts that add up to the unit."""

from fractions import Fraction
from functools import lru_cache

import numpy as np

from marketsim.domain.sharing import product_over, share_out

LIMIT = 2**63


@lru_cache(maxsize=1 << 12)  # a rule reads the same few parameters every day
def ratio(number: float | str) -> Fraction:
    """Read a number as the decimal it is written as: 0.98 is 49/50."""
    return Fraction(str(number))


def total(amounts: np.ndarray) -> int:
    """Sum of integers as a Python int, so that it cannot overflow."""
    return int(sum(amounts.tolist()))


def _int64(amounts) -> np.ndarray:
    return np.asarray(amounts, dtype=np.int64)  # raises OverflowError by itself when a value does not fit


def multiply_divide(amounts: np.ndarray, factors: np.ndarray, divisors: np.ndarray) -> np.ndarray:
    """Return floor(amounts × factors / divisors) exactly, element by element; zero where the divisor is zero.

    Shapes: all `(n,)` or broadcastable, int64. Raises: OverflowError when a result does not fit int64.
    """
    amounts, factors, divisors = np.broadcast_arrays(
        np.asarray(amounts, np.int64), np.asarray(factors, np.int64), np.asarray(divisors, np.int64)
    )
    return np.where(divisors == 0, 0, product_over(amounts, factors, np.where(divisors == 0, 1, divisors)))


def scale(amounts: np.ndarray, factor: float | str | Fraction) -> np.ndarray:
    """Return floor(amounts × factor) exactly, the factor read as a decimal. Shapes: `(n,)` int64."""
    exact = factor if isinstance(factor, Fraction) else ratio(factor)
    upper, lower = exact.numerator, exact.denominator
    amounts = np.asarray(amounts, np.int64)
    if max(lower, abs(upper)) < LIMIT:
        return product_over(amounts, np.array(upper), np.array(lower))
    return _int64([amount * upper // lower for amount in amounts.tolist()])


def largest_remainder(weights: np.ndarray, amount: int) -> np.ndarray:
    """Split `amount` in proportion to `weights` so that the parts add up to it exactly.

    Each part is the floor of its share; what is left goes one unit each to the largest fractions, ties to the
    larger weight, then the earlier row. A negative amount is split like its opposite. Shapes: `(n,)` int64 ≥
    0 in, `(n,)` int64 out. Raises: ValueError when a weight is negative, or all are zero and the amount is
    not.
    """
    weights = np.asarray(weights, np.int64)
    if total(weights) >= LIMIT:
        raise OverflowError("weights add up to more than 64 bits")
    parts = share_out(np.array([abs(amount)]), weights[:, np.newaxis])[:, 0]
    return parts if amount >= 0 else -parts


def whole_weights(weights, digits: int = 40) -> np.ndarray:
    """Turn real weights ≥ 0 into integers of `digits` bits for `largest_remainder`. Shapes: `(n,)` to `(n,)`
    int64."""
    values = np.asarray(weights, float)
    if len(values) and (not np.isfinite(values).all() or values.min() < 0):
        raise ValueError("weights must be finite and not negative")
    top = values.max() if len(values) else 0.0
    return np.rint(values / top * 2**digits).astype(np.int64) if top > 0 else np.zeros(len(values), np.int64)


def fit_to_cap(amounts: np.ndarray, cap: int) -> np.ndarray:
    """Shrink `amounts` in proportion so that they add up to `cap` exactly where they exceed it; else leave
    them.

    Shapes: `(n,)` int64 ≥ 0. No part grows: each is at most its own amount.
    """
    wanted = total(amounts)
    return amounts.copy() if wanted <= cap else largest_remainder(amounts, cap)
