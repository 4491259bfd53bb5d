"""A search: parameters of the scenario that serve stated goals best, by an optimiser that asks for runs on the same store.

Every trial is an option of its own and meets the same futures and the same luck, so trials are compared in pairs too. The optimiser
is seeded and asks in batches: the same search asks the same questions, and finds the answers of an interrupted one on the disk.
Source: Akiba et al. (2019), Optuna; one goal by TPE (Bergstra et al. 2011), several by NSGA-II (Deb et al. 2002).
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from marketsim import units
from marketsim.errors import InputError, lacking, printable
from marketsim.messages import say
from marketsim.scenario import Scenario
from marketsim.scenario.variant import under, with_options
from marketsim.study import collect, lock
from marketsim.study import folder as disk
from marketsim.study.backlog import Tell
from marketsim.study.compare import Finished, publish
from marketsim.study.engine import How, run_missing
from marketsim.study.futures import drawn
from marketsim.study.plan import folder_hash, plan, size
from marketsim.study.robust import efficient
from marketsim.study.scorecard import CRITERIA, scorecard, tables
from marketsim.study.statistics import interval, observations

VARIED = re.compile(r"^\s*([\w.-]+)\s*=\s*(.+?)\s*\.\.\s*(.+?)\s*$")
BATCH = 8


@dataclass(frozen=True, kw_only=True)
class Varied:
    """A key and the ends of its range, in base units of a dimension ("" for a bare number; `whole` for a count)."""

    key: str
    low: float
    high: float
    dimension: str
    whole: bool

    def text(self, value: float) -> str:
        """A value of the range as it would stand in a file, to five digits."""
        if self.whole:
            return str(round(value))
        shown = units.words(Fraction(value), self.dimension, digits=5)
        return json.dumps(shown) if self.dimension else shown


@dataclass(frozen=True, kw_only=True)
class Search:
    """What to look for: ranges of keys, goals (names of criteria), and how many trials to spend on it."""

    ranges: Sequence[Varied]
    goals: Sequence[str]
    trials: int


def varied(text: str, lang: str = "en") -> Varied:
    """Read `markets.carbon.allocation.factor = 90% .. 99%`. Raises InputError."""
    found = VARIED.match(text)
    try:
        if not found:
            raise units.UnitError("MS212", {"text": text})
        low, high = units.parse_range(f"{found.group(2)} .. {found.group(3)}")
    except units.UnitError as error:
        raise InputError(say("study.no_range", {"text": printable(text), "why": say(error.code, error.values, lang)}, lang)) from None
    whole = low.dimension == "" and all(end.strip().isdigit() for end in found.groups()[1:])
    return Varied(key=found.group(1), low=float(low.value), high=float(high.value), dimension=low.dimension, whole=whole)


def search(scenario: Scenario, out: Path, how: How, tell: Tell, wanted: Search) -> Finished:
    """Do the trials of a search and publish them with the efficient ones named.

    Raises InputError for an unknown goal or without the optimiser, ProblemsFound where a key cannot take a value of its range.
    """
    ranges, goals, trials = wanted.ranges, wanted.goals, wanted.trials
    unknown = [goal for goal in goals if goal not in CRITERIA]
    if unknown or not ranges:
        raise InputError(f"a search needs keys to vary, and goals among {', '.join(CRITERIA)}" + (f", not {unknown[0]}" if unknown else ""))
    study = _optimiser(goals, scenario.seed)
    futures, seeds = size(scenario)
    folder = Path(out) / disk.folder_name(f"{scenario.name}-search"[:64], folder_hash(scenario))
    asked: dict[str, dict[str, str]] = {}
    with lock.held(folder):
        while len(asked) < trials:
            batch = [study.ask() for _ in range(min(BATCH, trials - len(asked)))]
            new = {f"t{trial.number:05d}": {one.key: one.text(_suggest(trial, one)) for one in ranges} for trial in batch}
            made = with_options(scenario, new)
            run_missing(plan(made, drawn(scenario, futures), seeds), folder, how, tell)
            for trial, name in zip(batch, new, strict=True):
                reached = _reached(with_options(scenario, {name: new[name]}), folder, goals, (futures, seeds))
                if all(map(math.isfinite, reached)):
                    study.tell(trial, reached)
                else:
                    study.tell(trial, state=_failed())
            asked |= new
        made = with_options(scenario, asked)
        whole = plan(made, drawn(scenario, futures), seeds)
        rows = collect.asked(whole, folder)
        told = scorecard(folder, rows, list(goals)) | {"trials": asked}
        turned = {option: [_turned(goal, told["criteria"][goal]["options"][option]["mean"]) for goal in goals] for option in asked}
        told["efficient"] = efficient({option: row for option, row in turned.items() if None not in row})
        return publish(folder, whole, rows, told)


def _optimiser(goals: Sequence[str], seed: int):
    try:
        import optuna
    except ImportError:
        raise lacking("search", "study") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=seed) if len(goals) == 1 else optuna.samplers.NSGAIISampler(seed=seed, population_size=2 * BATCH)
    ways = ["minimize" if CRITERIA[goal].lower_is_better else "maximize" for goal in goals]
    return optuna.create_study(directions=ways, sampler=sampler)


def _suggest(trial, one: Varied) -> float:
    if one.whole:
        return trial.suggest_int(one.key, int(one.low), int(one.high))
    return trial.suggest_float(one.key, one.low, one.high)


def _reached(made: Scenario, folder: Path, goals: Sequence[str], runs: tuple[int, int]) -> list[float]:
    """The mean of each goal over the runs of one trial."""
    under(made, next(iter(made.question.options)), {})
    wanted = collect.asked(plan(made, drawn(made, runs[0]), runs[1]), folder)
    figures = tables(folder, wanted, goals)
    return [interval(observations(next(iter(figures[goal].values())))).mean if goal in figures else math.nan for goal in goals]


def _failed():
    import optuna

    return optuna.trial.TrialState.FAIL


def _turned(goal: str, mean: float | None) -> float | None:
    return None if mean is None else mean if CRITERIA[goal].lower_is_better else -mean
