"""Bench of the runner: what a run costs besides itself, how busy its workers are, and whether a worker grows.

A run that only burns a given time stands for the simulator; costs are differences between a long and a short sweep, so that the
start of processes is not in them. CPU time, because wall time on a shared machine is noise.
"""

import os
import resource
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from marketsim.study import parts
from marketsim.study.backlog import Limits
from marketsim.study.parts import DONE, Outcome
from marketsim.study.plan import Job
from marketsim.study.runner import Supervisor

SPIN = "marketsim.study.bench_sweep:spin"


def spin(context: Mapping):
    """Work that burns as many milliseconds of CPU time as its future says, and reports how large its process is."""

    def work(job: Job) -> Outcome:
        begun = time.process_time()
        while time.process_time() - begun < float(job.future) / 1000:
            pass
        summary = [("120000", "spin.resident", "kB", _resident_kb()), ("120000", "spin.seed", "1", job.seed)]
        return Outcome(run=job.run, status=DONE, seconds=float(job.future) / 1000, summary=summary)

    return work


def run(asked: Mapping) -> dict:
    """The figures of `marketsim bench sweep`; it has no options."""
    short, long = _cost(500, 1.0, 1), _cost(4500, 1.0, 1)
    few, many = _cost(4, 500.0, 2), _cost(24, 500.0, 2)
    overhead_us = (long["cpu"] - short["cpu"] - 4.0) / 4000 * 1e6
    busy = 20 * 0.5 / (many["cpu"] - few["cpu"])
    return {
        "schema": "marketsim.bench/1", "suite": "sweep", "overhead_us_per_1ms_run": round(overhead_us, 1),
        "efficiency_500ms_runs_2_workers": round(busy, 4), "growth_mb_over_1000_runs": round(long["growth_mb"], 2), "machine": {"cores": os.cpu_count()},
    }  # fmt: skip


def _cost(count: int, ms: float, hands: int) -> dict[str, float]:
    """CPU seconds of a sweep and all its processes, and growth of the worker between its 500th and 1,500th run."""
    jobs = [Job(run=f"{number:032x}", option="spin", future=str(ms), seed=number) for number in range(count)]
    with tempfile.TemporaryDirectory() as place:
        before = _cpu_s()
        Supervisor(jobs, {"work": SPIN}, Path(place), Limits(hands=hands), lambda done, total, text: None).work()
        spent = _cpu_s() - before
        files = [str(part / "summary.parquet") for part in parts.listed(Path(place))]
        sql = "SELECT run, whole FROM read_parquet(?) WHERE metric = 'spin.resident' ORDER BY run"
        sizes = [whole for _, whole in parts.connection().execute(sql, [files]).fetchall()]
    growth = sizes[1499] - sizes[499] if count >= 1500 else 0
    return {"cpu": spent, "growth_mb": growth / 1024}


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _resident_kb() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024

