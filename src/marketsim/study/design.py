"""Designs: which points of the unit cube a sweep visits, and what the figures at these points say about each uncertain key.

grid: every combination of n levels. lhs: n points, one in each n-th of every key. sobol: n (k + 2) points for first-order and total
indices. morris: n paths of k + 1 points for elementary effects. oat: one key at a time at its lower and upper tenth, the rest in
the middle. A point whose runs failed is left out with whatever hangs on it; the rest still counts.
Source: Saltelli et al. (2010), Variance based sensitivity analysis of model output, table 2 (estimators b and f); Morris (1991),
Factorial sampling plans; points by SALib (Iwanaga et al. 2022).
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from marketsim.errors import InputError, lacking
from marketsim.messages import say

LEVELS = 4
EDGE = 0.05
"""Morris and one-at-a-time walk between these quantiles: a normal distribution has no ends."""
RESAMPLES = 200


def check(design: str, keys: Sequence[str], count: int, lang: str = "en") -> None:
    """Raises InputError where nothing is uncertain or `count` will not do."""
    if not keys:
        raise InputError(say("study.nothing_uncertain", {}, lang))
    if design == "sobol" and (count < 2 or count & (count - 1)):
        raise InputError(say("study.power_of_two", {"near": str(1 << max(1, count.bit_length())), "count": str(count)}, lang))


def points(design: str, keys: Sequence[str], count: int, seed: int) -> np.ndarray:
    """The points (points, keys) of a design, each coordinate in [0, 1]. Raises InputError as `check` does."""
    check(design, keys, count)
    if design == "grid":
        levels = (np.arange(count) + 0.5) / count
        return np.array(list(product(levels, repeat=len(keys))))
    if design == "oat":
        moved = [np.where(np.arange(len(keys)) == key, level, 0.5) for key in range(len(keys)) for level in (0.1, 0.9)]
        return np.array([np.full(len(keys), 0.5), *moved])
    return _salib(design, keys, count, seed)


def _salib(design: str, keys: Sequence[str], count: int, seed: int) -> np.ndarray:
    try:
        from SALib.sample import latin, morris, sobol
    except ImportError:
        raise lacking(f"--design {design}", "study") from None
    problem = {"num_vars": len(keys), "names": list(keys), "bounds": [[0.0, 1.0]] * len(keys)}
    if design == "lhs":
        return latin.sample(problem, count, seed=seed)
    if design == "sobol":
        return sobol.sample(problem, count, calc_second_order=False, seed=seed)
    return EDGE + (1 - 2 * EDGE) * morris.sample(problem, count, num_levels=LEVELS, seed=seed)


def sensitivity(design: str, keys: Sequence[str], at: np.ndarray, figures: np.ndarray) -> dict[str, dict[str, float]]:
    """For each key, what the design tells of its influence on `figures` (points,), NaN where a point failed; {} where nothing can be told.

    grid and lhs: `first`, the share of variance that the key's level explains, or for lhs its rank correlation. sobol: `first` and
    `total` with their standard errors. morris: `mu_star` and `sigma`. oat: `low` and `high`, the change from the middle.
    """
    if np.isfinite(figures).sum() < 3 or np.nanstd(figures) == 0:
        return {}
    asked = {"grid": _by_level, "lhs": _by_rank, "sobol": _sobol, "morris": _morris, "oat": _one_at_a_time}
    return dict(zip(keys, asked[design](at, figures), strict=True))


def _by_level(at: np.ndarray, figures: np.ndarray) -> list[dict[str, float]]:
    good = np.isfinite(figures)
    found = []
    for column in at[good].T:
        means = [(figures[good][column == level].mean(), (column == level).sum()) for level in np.unique(column)]
        between = sum(n * (mean - figures[good].mean()) ** 2 for mean, n in means)
        found.append({"first": float(between / ((figures[good] - figures[good].mean()) ** 2).sum())})
    return found


def _by_rank(at: np.ndarray, figures: np.ndarray) -> list[dict[str, float]]:
    good = np.isfinite(figures)
    ranks = _ranks(figures[good])
    return [{"rank_correlation": float(np.corrcoef(_ranks(column), ranks)[0, 1])} for column in at[good].T]


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks, equal values sharing theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def _sobol(at: np.ndarray, figures: np.ndarray) -> list[dict[str, float]]:
    keys = at.shape[1]
    blocks = figures.reshape(-1, keys + 2)
    chance = np.random.Generator(np.random.Philox(key=keys))
    draws = chance.integers(0, len(blocks), (RESAMPLES, len(blocks)))
    found = []
    for key in range(keys):
        table = blocks[:, [0, key + 1, keys + 1]]
        first, total = _indices(table)
        again = np.array([_indices(table[draw]) for draw in draws])
        errors = np.nanstd(again, axis=0, ddof=1)
        found.append({"first": first, "first_se": float(errors[0]), "total": total, "total_se": float(errors[1])})
    return found


def _indices(table: np.ndarray) -> tuple[float, float]:
    """First-order and total index from rows (at A, at A with one column of B, at B)."""
    a, mixed, b = table[np.isfinite(table).all(axis=1)].T
    centre = np.mean([a, b]) if len(a) else np.nan
    spread = np.var(np.concatenate([a, b]))
    if not spread > 0:
        return float("nan"), float("nan")
    return float(np.mean((b - centre) * (mixed - a)) / spread), float(np.mean((a - mixed) ** 2) / 2 / spread)


def _morris(at: np.ndarray, figures: np.ndarray) -> list[dict[str, float]]:
    keys = at.shape[1]
    effects: list[list[float]] = [[] for _ in range(keys)]
    for path in range(0, len(at), keys + 1):
        for step in range(path, path + keys):
            moved = at[step + 1] - at[step]
            key = int(np.abs(moved).argmax())
            effects[key].append((figures[step + 1] - figures[step]) / moved[key])
    known = [np.array(one)[np.isfinite(one)] for one in effects]
    return [{"mu_star": float(np.abs(one).mean()), "sigma": float(one.std(ddof=1))} if len(one) > 1 else {} for one in known]


def _one_at_a_time(at: np.ndarray, figures: np.ndarray) -> list[dict[str, float]]:
    ends = figures[1:].reshape(-1, 2) - figures[0]
    return [{name: float(value) for name, value in zip(("low", "high"), pair, strict=True) if np.isfinite(value)} for pair in ends]
