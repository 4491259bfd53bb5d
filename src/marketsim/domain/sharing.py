"""Whole units shared in proportion, column by column, so that the parts always add up to the whole.

Largest remainder: part_i = floor(total · w_i / Σw); the units left over go one each to the largest fractions, ties to the
larger weight and then to the earlier row.
Source: Hamilton's method (largest remainder), as `contracts` asks for ties: pro rata by offer, never by arrival.
"""

import numpy as np

MANY = 1000
"""Rows of one column from which picking the largest fractions is quicker than sorting all."""


def share_out(total: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Share `total` (columns,) over `weights` (rows, columns), both int64 and not negative; returns (rows, columns) int64.

    A column whose weights are all zero must have a total of zero. Raises ValueError otherwise, or on a negative number.
    """
    total, weights = np.asarray(total, np.int64), np.asarray(weights, np.int64)
    whole = weights.sum(axis=0)
    if (total < 0).any() or (weights < 0).any() or ((whole == 0) & (total != 0)).any():
        raise ValueError("totals and weights to share may not be negative, and something needs a weight to go to")
    if weights.size == 0:
        return np.zeros(weights.shape, np.int64)
    divisor = np.where(whole == 0, 1, whole)
    parts = product_over(weights, total, divisor)
    fraction = weights * total - parts * divisor  # below the divisor: exact even where both products wrap around
    left = total - parts.sum(axis=0)
    for_columns = np.flatnonzero(left)
    if len(for_columns) == 1 and len(weights) >= MANY:
        column = int(for_columns[0])
        parts[_largest_fractions(fraction[:, column], weights[:, column], int(left[column])), column] += 1
    elif len(for_columns):
        order = np.lexsort((-weights[:, for_columns], -fraction[:, for_columns]), axis=0)
        bonus = np.zeros(order.shape, np.int64)
        np.put_along_axis(bonus, order, (np.arange(len(weights))[:, None] < left[for_columns]).astype(np.int64), axis=0)
        parts[:, for_columns] += bonus
    return parts


def _largest_fractions(fraction: np.ndarray, weights: np.ndarray, many: int) -> np.ndarray:
    """The rows of the `many` largest fractions, ties to the larger weight and then to the earlier row, without sorting all rows."""
    least = np.partition(fraction, len(fraction) - many)[len(fraction) - many]
    above, level = np.flatnonzero(fraction > least), np.flatnonzero(fraction == least)
    level = level[np.argsort(-weights[level], kind="stable")]
    return np.concatenate([above, level[:many - len(above)]])


def product_over(amounts: np.ndarray, factors: np.ndarray, divisors: np.ndarray) -> np.ndarray:
    """floor(amounts × factors / divisors) exactly, for int64 that broadcast and divisors above zero. Raises OverflowError beyond int64.

    A product beyond 64 bits is divided in float64 first; what that misses is less than 64 bits wide, so the integers that wrap
    around still tell it exactly.
    """
    if _largest(amounts) * _largest(factors) < 2**63:
        return amounts * factors // divisors
    near = np.floor(amounts.astype(float) * factors / divisors)
    if ((np.abs(near) * 2.0**-50 + 2.0) * divisors >= 2.0**62).any() or (np.abs(near) >= 2.0**62).any():
        exact = amounts.astype(object) * factors // divisors
        return np.asarray(exact, dtype=np.int64)  # raises OverflowError by itself where a value does not fit
    near = near.astype(np.int64)
    return near + (amounts * factors - near * divisors) // divisors


def _largest(amounts: np.ndarray) -> int:
    return max(int(amounts.max(initial=0)), -int(amounts.min(initial=0)))
