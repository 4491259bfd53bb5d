"""The double-count auditor: the same delivered MWh claimed for two uses that exclude each other.

For every exclusion and item: counted twice = max(0, claimed for the one + claimed for the other − quantity of the item).
Source: exclusions are data with their own sources; the test is inclusion and exclusion.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from marketsim.domain.presets import Exclusion


@dataclass(frozen=True, kw_only=True)
class Claims:
    """Claims, one row each: `item` (claims,) row of what is claimed, `use` index into `uses`, `kwh` int64."""

    uses: tuple[str, ...]
    item: np.ndarray
    use: np.ndarray
    kwh: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An item counted twice: the rule it breaks, and by how many kWh."""

    rule: str
    item: int
    kwh: int


def counted_twice(claims: Claims, quantity_kwh: np.ndarray, rules: Iterable[Exclusion], day: date) -> list[Finding]:
    """Every item whose claims for two exclusive uses exceed what there is of it, (items,) kWh; rules in force on `day` only."""
    claimed = np.zeros((len(claims.uses), len(quantity_kwh)), np.int64)
    np.add.at(claimed, (claims.use, claims.item), claims.kwh)
    findings = []
    for rule in rules:
        if rule.valid_from > day or rule.first not in claims.uses or rule.second not in claims.uses:
            continue
        first, second = claimed[claims.uses.index(rule.first)], claimed[claims.uses.index(rule.second)]
        # one use may exceed the item by itself, which is another matter: only what both share counts here
        twice = np.maximum(np.minimum(first, quantity_kwh) + np.minimum(second, quantity_kwh) - quantity_kwh, 0)
        findings += [Finding(rule=rule.key, item=int(item), kwh=int(twice[item])) for item in np.flatnonzero(twice)]
    return findings


def conflicting(active: frozenset[str], rules: Iterable[Exclusion], day: date) -> list[Exclusion]:
    """Rules broken by switches that are all on at once, such as pass-through beside an indirect obligation."""
    return [rule for rule in rules if rule.valid_from <= day and {rule.first, rule.second} <= active]
