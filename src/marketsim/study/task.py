"""What a worker does: one run of the simulator as an outcome, and a chunk of runs in which one failure stays one failure."""

import hashlib
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas

from marketsim.errors import RunError
from marketsim.study import store
from marketsim.study.folder import code_version
from marketsim.study.futures import BASE
from marketsim.study.parts import DONE, FAILED, Outcome
from marketsim.study.plan import Job

Work = Callable[[Job], Outcome]
FAILURES = "failures"


def prepare(context: Mapping) -> Work:
    """The function that does one run, from what a worker is told once. Raises RunError where its code is another."""
    if context.get("code", code_version()) != code_version():
        raise RunError(f"this worker runs {code_version()}, the study {context['code']}: install the same version on both")
    module, _, name = context["work"].partition(":")
    return getattr(import_module(module), name)(context)


def attempt(work: Work, jobs: Sequence[Job]) -> list[tuple[Outcome, str]]:
    """Do the runs of a chunk one after the other; an error is an outcome, with its traceback as text beside it."""
    found = []
    for job in jobs:
        begun = time.perf_counter()
        try:
            found.append((work(job), ""))
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            failed = Outcome(run=job.run, status=FAILED, reason=reason, seconds=time.perf_counter() - begun)
            found.append((failed, f"run {job.run}: option {job.option}, future {job.future}, seed {job.seed}\n{traceback.format_exc()}"))
    return found


def keep_traceback(folder: Path, run: str, text: str) -> None:
    """Write why a run failed beside the parts, for whoever wants to know more than the row says."""
    (folder / FAILURES).mkdir(parents=True, exist_ok=True)
    (folder / FAILURES / f"{run}.txt").write_text(text, encoding="utf-8")


def simulate(context: Mapping) -> Work:
    """The simulator as work: the question under a job's option and future, run with its seed."""
    from marketsim.scenario.variant import from_text, under
    from marketsim.simulation.run import run

    import_module("numba")  # a worker does many runs: from here on every one of them takes the compiled ways
    scenario = from_text(context["question"], context["name"], Path(context["folder"]))

    @lru_cache(maxsize=4)
    def asked(option: str, future: str):
        return under(scenario, None if option == BASE else option, context["futures"][future])

    def work(job: Job) -> Outcome:
        begun = time.perf_counter()
        result = run(asked(job.option, job.future), job.seed)
        summary = [(region, metric, unit, _plain(value)) for region, metric, unit, value in result.summary]
        store.check(summary)
        seconds = time.perf_counter() - begun
        return Outcome(run=job.run, status=DONE, seconds=seconds, digest=fingerprint(result.journal), summary=summary, series=panel(result.series))

    return work


def panel(series: pandas.DataFrame) -> dict[str, np.ndarray]:
    """Long series (tick, date, region, metric, unit, value) as columns: tick, region, and `metric [unit]` each its own."""
    if series.empty:
        return {}
    wide = series.assign(name=series["metric"] + " [" + series["unit"] + "]").pivot(index=["region", "tick"], columns="name", values="value")
    index = wide.index.to_frame(index=False)
    columns = {"tick": index["tick"].to_numpy(np.int64), "region": index["region"].to_numpy(dtype=object)}
    return columns | {str(name): wide[name].to_numpy(np.float64) for name in wide.columns}


def fingerprint(journal: pandas.DataFrame) -> str:
    """`sha256:…` over every column of a journal, in order; two runs with one fingerprint posted the same."""
    digest = hashlib.sha256()
    for name in journal.columns:
        column = journal[name]
        if column.dtype.kind in "iu":
            digest.update(f"{name}\n".encode() + column.to_numpy(dtype="<i8").tobytes())
        else:
            codes, words = pandas.factorize(column)
            digest.update(f"{name} {list(words)}\n".encode() + codes.astype("<i8").tobytes())
    return f"sha256:{digest.hexdigest()}"


def _plain(value: int | float) -> int | float:
    """A NumPy number as Python's own."""
    return value.item() if hasattr(value, "item") else value
