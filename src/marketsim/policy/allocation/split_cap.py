"""Splitting a cap by a weight column: what per-head and per-output rules share."""

import numpy as np

from marketsim.policy.allocation.claimants import Claimants
from marketsim.policy.exact import largest_remainder, scale


def split_cap(claimants: Claimants, weights: np.ndarray, share: float) -> np.ndarray:
    """Return `share` of the cap in proportion to the weights of the covered, adding up exactly; `(firms,)`
    int64."""
    amount = int(scale(np.array([claimants.need_cap()]), share)[0])
    held = np.where(claimants.covered, weights, 0).astype(np.int64)
    if not held.any():
        return np.zeros(len(held), np.int64)
    return largest_remainder(held, amount)
