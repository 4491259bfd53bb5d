"""How unequally a burden or a gift is spread: Gini, Theil, Atkinson, variation."""

import math
from dataclasses import dataclass

import numpy as np


def gini(values) -> float:
    """Return Σ_i Σ_j |x_i − x_j| / (2 n² mean); 0 is equal. `values (n,)` ≥ 0."""
    rising = sorted(float(value) for value in values)
    whole = math.fsum(rising)
    count = len(rising)
    if not whole:
        return 0.0
    return math.fsum((2 * place - count - 1) * value for place, value in enumerate(rising, 1)) / (
        count * whole
    )


def theil(values) -> float:
    """Return (1/n) Σ (x / mean) ln(x / mean), zeros counting as 0. `values (n,)` ≥ 0."""
    mean = math.fsum(values) / len(values)
    return (
        math.fsum(v / mean * math.log(v / mean) for v in map(float, values) if v > 0) / len(values)
        if mean
        else 0.0
    )


def atkinson(values) -> float:
    """Return 1 − geometric mean / mean (aversion 1); 1 where some value is zero. `values (n,)` ≥ 0."""
    mean = math.fsum(values) / len(values)
    if not mean or min(values) <= 0:
        return 1.0 if mean else 0.0
    return 1 - math.exp(math.fsum(math.log(v) for v in map(float, values)) / len(values)) / mean


def variation(values) -> float:
    """Return the population standard deviation over the mean."""
    mean = math.fsum(values) / len(values)
    return (
        math.sqrt(math.fsum((v - mean) ** 2 for v in map(float, values)) / len(values)) / mean
        if mean
        else 0.0
    )


@dataclass(frozen=True, kw_only=True)
class TheilSplit:
    """Theil index between groups and within them; they add up to the whole."""

    between: float
    within: float


def theil_by_group(values, group) -> TheilSplit:
    """Split the Theil index over `group (n,)` (rings, say): between + within = theil(values)."""
    values, group = np.asarray(values, float), np.asarray(group)
    mean = math.fsum(values.tolist()) / len(values)
    between = within = 0.0
    for one in np.unique(group).tolist():
        inside = values[group == one].tolist()
        own = math.fsum(inside) / len(inside)
        if own > 0:
            share = len(inside) * own / (len(values) * mean)
            between += share * math.log(own / mean)
            within += share * theil(inside)
    return TheilSplit(between=between, within=within)
