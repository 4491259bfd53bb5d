"""Scenario discovery: in which futures an option fails, as a box in words, found by PRIM or by a decision tree.

PRIM peels a twentieth of the futures off one side of one key, whichever side leaves the densest box of failures, again and again;
of the boxes on that way the one with the best harmonic mean of coverage (share of all failures in the box) and density (share of
failures in the box) is told, without the sides that hardly matter.
Source: Friedman and Fisher (1999), Bump hunting in high-dimensional data; Bryant and Lempert (2010), Thinking inside the box.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from marketsim import units
from marketsim.errors import InputError, lacking
from marketsim.messages import LANGUAGES, say
from marketsim.study.futures import Future, number

FEWEST = 20
"""Futures from which boxes are looked for."""
PEEL = 0.05
SMALLEST = 0.08
"""Share of the futures a box holds at least."""
LITTLE = 0.02
"""A bound whose going costs less of the harmonic mean is not told."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """Where failures are: bounds (column, low, high) on columns of a table, and how well they tell them."""

    bounds: tuple[tuple[int, float, float], ...]
    coverage: float
    density: float


def columns(futures: Sequence[Future]) -> tuple[list[tuple[str, str]], np.ndarray]:
    """Futures as a table (futures, columns) with (key, value) of each column; a key with values that are no numbers is one column a value."""
    names: list[tuple[str, str]] = []
    table = []
    for key in futures[0].values:
        texts = [future.values[key] for future in futures]
        numbers = np.array([number(text) for text in texts])
        if np.isnan(numbers).any():
            for value in sorted(set(texts)):
                names.append((key, value))
                table.append(np.array([float(text == value) for text in texts]))
        else:
            names.append((key, ""))
            table.append(numbers)
    return names, np.array(table).T


def prim(table: np.ndarray, fails: np.ndarray) -> Box | None:
    """The box that tells failures best; None where there are none, or nothing but."""
    if not 0 < fails.sum() < len(fails):
        return None
    inside = np.ones(len(fails), dtype=bool)
    best, best_worth = None, 0.0
    while inside.sum() > max(SMALLEST * len(fails), 3):
        inside = _peel(table, fails, inside)
        if inside is None:
            break
        worth = _worth(fails, inside)
        if worth > best_worth:
            best, best_worth = inside, worth
    return _box(table, fails, best) if best is not None else None


def tree(table: np.ndarray, fails: np.ndarray, depth: int = 3) -> Box | None:
    """The leaf of a small decision tree that tells failures best."""
    if not 0 < fails.sum() < len(fails):
        return None
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        raise lacking("--require", "study") from None
    grown = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=max(3, int(SMALLEST * len(fails))), random_state=0)
    leaves = grown.fit(table, fails).apply(table)
    best = max(np.unique(leaves).tolist(), key=lambda leaf: (_worth(fails, leaves == leaf), -leaf))
    return _box(table, fails, leaves == best)


def in_words(box: Box, names: Sequence[tuple[str, str]], futures: Sequence[Future], lang: str = "en") -> str:
    """`fails when activity.growth > 2.1% and firms.cost_spread ≤ 35%`, with how well that tells it."""
    told = []
    for column, low, high in box.bounds:
        key, value = names[column]
        if value:
            told.append(say("study.is" if math.isfinite(low) else "study.is_not", {"key": key, "value": str(json.loads(value))}, lang))
            continue
        shown = [_shown(end, futures[0].values[key], lang) for end in (low, high)]
        told += [f"{key} {sign} {end}" for sign, end in zip((">", "≤"), shown, strict=True) if end]
    values = {"where": say("study.and", {}, lang).join(told), "density": f"{box.density:.0%}", "coverage": f"{box.coverage:.0%}"}
    return say("study.fails_when" if told else "study.fails_anywhere", values, lang)


def told(futures: Sequence[Future], met: Mapping[str, np.ndarray]) -> dict[str, dict[str, dict[str, str]]]:
    """For each option, where it fails, by both methods, in each language; `met` holds for each whether a future meets the requirements."""
    if len(futures) < FEWEST or not futures[0].values:
        return {}
    names, table = columns(futures)
    found: dict[str, dict[str, dict[str, str]]] = {}
    for option, good in met.items():
        boxes = {"prim": prim(table, ~good)}
        try:
            boxes["tree"] = tree(table, ~good)
        except InputError:  # without the extra, one method is enough
            pass
        found[option] = {method: {lang: in_words(box, names, futures, lang) for lang in LANGUAGES} for method, box in boxes.items() if box}
    return found


def _peel(table: np.ndarray, fails: np.ndarray, inside: np.ndarray) -> np.ndarray | None:
    """The box less the side whose going leaves the densest rest; None where no side can go."""
    best, best_density = None, -1.0
    for column in table.T:
        own = column[inside]
        for kept in (inside & (column > np.quantile(own, PEEL, method="lower")), inside & (column < np.quantile(own, 1 - PEEL, method="higher"))):
            if 0 < kept.sum() < inside.sum() and fails[kept].mean() > best_density:
                best, best_density = kept, fails[kept].mean()
    return best


def _worth(fails: np.ndarray, inside: np.ndarray) -> float:
    coverage, density = fails[inside].sum() / fails.sum(), fails[inside].mean()
    return 2 * coverage * density / (coverage + density) if coverage + density else 0.0


def _box(table: np.ndarray, fails: np.ndarray, inside: np.ndarray) -> Box:
    """The bounds of a set of futures, without those that can go at no loss of worth."""
    bounds = {}
    for column in range(table.shape[1]):
        values, own = np.unique(table[:, column]), table[inside, column]
        low = values[values < own.min()].max(initial=-math.inf)
        high = own.max() if own.max() < values.max() else math.inf
        if low > -math.inf or high < math.inf:
            bounds[column] = (low, high)
    worth = _worth(fails, _within(table, bounds))
    for column in list(bounds):
        for side in (0, 1):
            wider = (-math.inf, bounds[column][1]) if side == 0 else (bounds[column][0], math.inf)
            if _worth(fails, _within(table, bounds | {column: wider})) >= worth - LITTLE:
                bounds[column] = wider
    bounds = {column: ends for column, ends in bounds.items() if any(map(math.isfinite, ends))}
    held = _within(table, bounds)
    ends = tuple((column, float(low), float(high)) for column, (low, high) in bounds.items())
    return Box(bounds=ends, coverage=float(fails[held].sum() / fails.sum()), density=float(fails[held].mean()))


def _within(table: np.ndarray, bounds: Mapping[int, tuple[float, float]]) -> np.ndarray:
    inside = np.ones(len(table), dtype=bool)
    for column, (low, high) in bounds.items():
        inside &= (table[:, column] > low) & (table[:, column] <= high)
    return inside


def _shown(value: float, like: str, lang: str) -> str:
    """A bound in the unit of a value of the same key."""
    if not math.isfinite(value):
        return ""
    return units.words(Fraction(value), units.parse(str(json.loads(like))).dimension, lang, digits=3)
