"""Whole units shared in proportion, column by column, so that the parts always add up to the whole.

Largest remainder: part_i = floor(total · w_i / Σw); the units left over go one each to the largest fractions, ties to the
larger weight and then to the earlier row.
Source: Hamilton's method (largest remainder), as `contracts` asks for ties: pro rata by offer, never by arrival.
"""

import numpy as np


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
    # float64 is only the guard here: it never understates a product by more than its own rounding
    if float(weights.max()) * float(total.max()) * 1.001 >= 2.0**63:
        return _share_wide(total, weights)
    divisor = np.where(whole == 0, 1, whole)
    parts, fraction = np.divmod(weights * total, divisor)
    left = total - parts.sum(axis=0)
    for_columns = np.flatnonzero(left)
    if len(for_columns):
        order = np.lexsort((-weights[:, for_columns], -fraction[:, for_columns]), axis=0)
        bonus = np.zeros(order.shape, np.int64)
        np.put_along_axis(bonus, order, (np.arange(len(weights))[:, None] < left[for_columns]).astype(np.int64), axis=0)
        parts[:, for_columns] += bonus
    return parts


def _share_wide(total: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The same in Python's own integers, for products that outgrow int64."""
    parts = np.zeros(weights.shape, np.int64)
    for column, amount in enumerate(total.tolist()):
        row_weights = weights[:, column].tolist()
        divisor = sum(row_weights) or 1
        shares = [divmod(weight * amount, divisor) for weight in row_weights]
        left = amount - sum(part for part, _ in shares)
        order = sorted(range(len(shares)), key=lambda i: (-shares[i][1], -row_weights[i], i))
        extra = set(order[:left])
        parts[:, column] = [part + (i in extra) for i, (part, _) in enumerate(shares)]
    return parts
