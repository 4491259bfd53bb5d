"""The plan of a study: which runs it needs, each known by the hash of everything its result depends on.

A run is one option in one future with one seed. Its id is a hash over the resolved scenario under that option and future, the
data beside it, the seed and the code: the same question asked twice, in another study, by another name or in another order, is
the same run and is computed once. Luck is nested in futures: every future has seeds of its own, and every option meets the
same ones, so that the mean difference of two options within a future is one independent observation.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketsim.scenario import Scenario
from marketsim.scenario.variant import substance, text, under
from marketsim.study.folder import code_version, tree_hash
from marketsim.study.futures import BASE, Future

SIMULATE = "marketsim.study.task:simulate"
STRIDE = 1_000_003
SEEDS = 2**31


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run to do: its id, and the option, future and seed that ask for it."""

    run: str
    option: str
    future: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Every run of a study, in the order option, future, seed; `work` names the function that does one."""

    scenario: Scenario
    options: tuple[str, ...]
    futures: tuple[Future, ...]
    jobs: tuple[Job, ...]
    work: str

    @property
    def context(self) -> dict:
        """What a worker must be told once to do any of the runs; plain data."""
        return {
            "work": self.work, "name": self.scenario.name, "question": text(self.scenario), "folder": str(self.scenario.folder),
            "futures": {future.name: dict(future.values) for future in self.futures}, "code": code_version(),
        }  # fmt: skip


def options(scenario: Scenario) -> tuple[str, ...]:
    """The options of a study; a scenario without any is one option, itself."""
    return tuple(scenario.question.options) or (BASE,)


def size(scenario: Scenario) -> tuple[int, int]:
    """How many futures a study asks for, and seeds in each.

    Where it names uncertainties but no number of futures, every seed is a future of its own.
    """
    runs = scenario.question.runs
    if scenario.question.uncertainty and "futures" not in runs.model_fields_set:
        return runs.seeds, 1
    return runs.futures, runs.seeds


def plan(scenario: Scenario, futures: Sequence[Future], seeds: int, *, common: bool = False, work: str = SIMULATE) -> Plan:
    """The runs of every option in every future with `seeds` seeds each.

    `common` gives every future the same seeds, as a sensitivity design wants. Where the study says `paired: false`, every
    option has luck of its own. Raises ProblemsFound where an option and a future do not go together.
    """
    jobs = []
    for option in options(scenario):
        apart = 0 if scenario.question.runs.paired else int(hashlib.sha256(option.encode()).hexdigest(), 16)
        for place, future in enumerate(futures):
            asked = under(scenario, None if option == BASE else option, future.values)
            question = "\n".join([work, substance(asked), _data(asked), code_version()])
            first = scenario.seed + apart + (0 if common else STRIDE * place)
            for replication in range(seeds):
                seed = (first + replication) % SEEDS
                run = hashlib.sha256(f"{question}\n{seed}".encode()).hexdigest()[:32]
                jobs.append(Job(run=run, option=option, future=future.name, seed=seed))
    return Plan(scenario=scenario, options=options(scenario), futures=tuple(futures), jobs=tuple(jobs), work=work)


def folder_hash(scenario: Scenario) -> str:
    """First 8 hex digits of the hash of the question as it stands without options and futures, its seed and the code.

    More options, futures or seeds stay in the same folder, and only what is new is run.
    """
    own = under(scenario, None, {})
    return hashlib.sha256("\n".join([substance(own), _data(own), str(scenario.seed), code_version()]).encode()).hexdigest()[:8]


def _data(scenario: Scenario) -> str:
    """Hash of the data beside the packaged ones: those are part of the code version."""
    power = scenario.question.power
    grid = scenario.folder / power.grid if power is not None else None
    return _tree(scenario.region_path) + (_tree(grid) if grid is not None and grid.is_dir() else "")


@cache
def _tree(path: Path) -> str:
    return tree_hash(path)
