"""Do what is missing: the runs of a plan that no part holds yet, on this machine or on a cluster."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from marketsim.study import parts
from marketsim.study.backlog import Limits, Tell
from marketsim.study.parts import DONE, FAILED
from marketsim.study.plan import Job, Plan

TOO_MANY_PARTS = 64


@dataclass(frozen=True, kw_only=True)
class How:
    """How runs are done: by `limits.hands` processes here, or by Dask, at the scheduler's address or on this machine."""

    limits: Limits
    dask: bool = False
    cluster: str | None = None


def local(hands: int | None = None, timeout_s: float = 3600.0, memory_bytes: int | None = None) -> How:
    """Processes on this machine: as many as it has cores, sharing its memory evenly, unless said otherwise."""
    hands = hands or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else hands or os.cpu_count() or 1
    memory = _memory_bytes() // hands if memory_bytes is None else memory_bytes
    return How(limits=Limits(hands=hands, timeout_s=timeout_s, memory_bytes=memory))


def missing(plan: Plan, folder: Path) -> list[Job]:
    """The runs of a plan that have no final row, each once."""
    table = parts.runs(folder)
    final = set(table.loc[table["status"].isin([DONE, FAILED]), "run"])
    return [job for run, job in {job.run: job for job in plan.jobs}.items() if run not in final]


def run_missing(plan: Plan, folder: Path, how: How, tell: Tell) -> list[str]:
    """Do every run that is missing; returns the names of damaged parts that were set aside and done again.

    Raises RunError when the disk refuses or nobody can work.
    """
    folder.mkdir(parents=True, exist_ok=True)
    damaged = parts.clean(folder)
    jobs = missing(plan, folder)
    if jobs:
        _engine(how)(jobs, plan.context, folder, how, tell)
    if len(parts.listed(folder)) > TOO_MANY_PARTS:
        parts.compact(folder)
    return damaged


def _engine(how: How):
    if how.dask or how.cluster:
        from marketsim.study.cluster import work  # an extra

        return work
    return _processes


def _processes(jobs: Sequence[Job], context: dict, folder: Path, how: How, tell: Tell) -> None:
    from marketsim.study.runner import Supervisor

    Supervisor(jobs, context, folder, how.limits, tell).work()


def _memory_bytes() -> int:
    """Memory of the machine, 0 where it cannot be told."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0
