"""Who gains against the rule of today: targets under several rules side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from marketsim.policy.decomposition.districts import Districts
from marketsim.policy.rule import RuleError


@dataclass(frozen=True, kw_only=True)
class Gains:
    """`rules` in order; `targets (rules, districts)`, `gain (rules, districts)` int64 against `today` in base
    units; `winners`, `losers (rules,)` how many districts get more or less."""

    today: str
    rules: tuple[str, ...]
    targets: np.ndarray
    gain: np.ndarray
    winners: np.ndarray
    losers: np.ndarray


def who_gains(districts: Districts, today: str, choices: Mapping[str, tuple]) -> Gains:
    """Apply each of `choices` (name to (rule, parameters)) and compare it with the one named `today`.

    Gains of a row add up to zero, since every rule adds up to the same goal. Raises: RuleError when today is
    not among them.
    """
    if today not in choices:
        raise RuleError(f"the rule of today, {today!r}, is not among {', '.join(choices)}")
    targets = np.array([rule.apply(parameters, districts) for rule, parameters in choices.values()])
    gain = targets - targets[list(choices).index(today)]
    return Gains(
        today=today,
        rules=tuple(choices),
        targets=targets,
        gain=gain,
        winners=(gain > 0).sum(axis=1),
        losers=(gain < 0).sum(axis=1),
    )
