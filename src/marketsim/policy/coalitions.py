"""Shapley values of a game whose worth is known for every coalition.

Formula: φ_i = Σ_{S without i} |S|! (n − |S| − 1)! / n! × (v(S + i) − v(S)). Source: Shapley 1953.
"""

import math

import numpy as np


def add_up(parts: np.ndarray) -> np.ndarray:
    """Return the sum of `parts` over every coalition. Shapes: `(n,)` to `(2**n,)`; bit i of the index says i
    is in."""
    sums = np.zeros(1, parts.dtype)
    for part in parts:
        sums = np.concatenate([sums, sums + part])
    return sums


def members(count: int) -> np.ndarray:
    """Return the size of every coalition, `(2**count,)` int64."""
    return add_up(np.ones(count, np.int64))


def shapley(worth: np.ndarray) -> np.ndarray:
    """Return the Shapley value of every player. Shapes: `(2**n,)` float to `(n,)` float."""
    count = len(worth).bit_length() - 1
    sizes = members(count)
    weight = np.array([1 / (count * math.comb(count - 1, size)) for size in range(count)])
    values = []
    for player in range(count):
        without = np.flatnonzero((np.arange(len(worth)) >> player) & 1 == 0)
        gains = worth[without + (1 << player)] - worth[without]
        values.append(math.fsum((weight[sizes[without]] * gains).tolist()))
    return np.array(values)
