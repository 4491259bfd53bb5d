"""Several base years made one: their mean, the largest, the smallest or the last."""

import numpy as np

CHOICES = ("mean", "largest", "smallest", "last")


def combine(use: np.ndarray, how: str) -> np.ndarray:
    """Return one amount a firm. Shapes: `(years, firms)` int64 to `(firms,)` int64 (the mean is floored)."""
    if how == "mean":
        return use.sum(axis=0) // len(use)
    if how == "largest":
        return use.max(axis=0)
    if how == "smallest":
        return use.min(axis=0)
    return use[-1].copy()
