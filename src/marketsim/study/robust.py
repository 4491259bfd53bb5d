"""What holds in every future: regret, requirements met, and options that no other beats on everything.

Regret of an option in a future: what it is worse by than the best option there. Satisficing: the share of futures in which all
requirements are met (each option's figure of a future being its mean over the seeds). An option is efficient where no other is at
least as good on every criterion and better on one.
Source: Savage (1951), regret; Simon (1956), satisficing; Lempert, Popper, Bankes (2003), Shaping the next one hundred years.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from marketsim import units
from marketsim.errors import InputError, printable
from marketsim.messages import say
from marketsim.study.statistics import observations

REQUIREMENT = re.compile(r"^\s*([a-z_.]+)\s*(<=|>=|<|>)\s*(.+?)\s*$")


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What must hold of one criterion in a future, in the unit of the criterion."""

    criterion: str
    most: bool
    bound: float
    text: str

    def met(self, values: np.ndarray) -> np.ndarray:
        """Where it holds; a future that failed meets nothing."""
        return values <= self.bound if self.most else values >= self.bound


def requirement(text: str, known: Sequence[str], lang: str = "en") -> Requirement:
    """Read `attainment >= 90%` or `cost <= 12 亿元`. Raises InputError."""
    found = REQUIREMENT.match(text)
    if not found or found.group(1) not in known:
        raise InputError(say("study.no_requirement", {"text": printable(text), "known": ", ".join(known)}, lang))
    try:
        bound = float(units.parse(found.group(3)).value)
    except units.UnitError as error:
        raise InputError(say("study.no_value", {"text": printable(text), "value": printable(found.group(3)), "why": say(error.code, error.values, lang)}, lang)) from None
    return Requirement(criterion=found.group(1), most="<" in found.group(2), bound=bound, text=text.strip())


def regret(values: Mapping[str, np.ndarray], lower_is_better: bool) -> dict[str, dict[str, float]]:
    """Largest and mean regret of each option; `values` holds a table (futures, seeds) for each."""
    by_future = {option: observations(table) for option, table in values.items()}
    stacked = np.array(list(by_future.values())) * (1 if lower_is_better else -1)
    stacked = stacked[:, ~np.isnan(stacked).any(axis=0)]
    if not stacked.shape[1]:
        return {}
    apart = stacked - stacked.min(axis=0)
    return {option: {"largest": float(row.max()), "mean": float(row.mean())} for option, row in zip(by_future, apart, strict=True)}


def satisficing(values: Mapping[str, Mapping[str, np.ndarray]], wanted: Sequence[Requirement]) -> dict[str, np.ndarray]:
    """For each option, whether a future (or, of a single future, a seed) meets every requirement; its mean is the share that does.

    `values` holds option tables (futures, seeds) for each criterion.
    """
    options = next(iter(values.values()))
    return {option: np.logical_and.reduce([one.met(observations(values[one.criterion][option])) for one in wanted]) for option in options}


def efficient(means: Mapping[str, Sequence[float]]) -> list[str]:
    """Options no other beats; `means` holds for each its figures on all criteria, lower always better."""
    return [one for one in means if not any(_beats(means[other], means[one]) for other in means if other != one)]


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)
