"""Free rights in two steps: a first tranche before output is known, then a true-up that may take back."""

import numpy as np

from marketsim.policy.exact import scale


def first_tranche(amounts: np.ndarray, share: float) -> np.ndarray:
    """Return floor(share × amounts) of last year's verified use or allocation. Shapes: `(firms,)` int64."""
    return scale(amounts, share)


def true_up(final: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Return what is still to be handed out, or below zero taken back. Shapes: `(firms,)` int64.

    Source: Tianjin 2021 notice: A minus the first tranche, which may be negative.
    """
    return final - given
