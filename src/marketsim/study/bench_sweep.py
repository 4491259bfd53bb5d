"""Bench of the runner: what a run costs besides itself, how busy its workers are, and whether a worker grows.

A run that only burns a given CPU time stands for the simulator. Costs are CPU times of the workers between their first and their
last run, store included, and of the supervisor over the same time; wall time on a shared machine is noise. What else runs there
makes CPU time dearer too, never cheaper, so the best of some tries counts.
"""

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from marketsim.study import parts
from marketsim.study.backlog import Limits
from marketsim.study.parts import DONE, Outcome
from marketsim.study.plan import Job
from marketsim.study.runner import Supervisor

TRIES = 3
SPIN = "marketsim.study.bench_sweep:spin"


def spin(context: Mapping):
    """Work that burns as many milliseconds of CPU time as its future says, and reports on its process."""

    def work(job: Job) -> Outcome:
        begun, asked = time.process_time(), float(job.future) / 1000
        figures = {"process": os.getpid(), "begun": int(begun * 1e6), "resident": _resident_kb(), "spent": 0}
        while time.process_time() - begun < asked:
            pass
        figures["spent"] = int((time.process_time() - begun) * 1e6)
        summary = [("120000", f"spin.{name}", "1", value) for name, value in figures.items()]
        return Outcome(run=job.run, status=DONE, seconds=asked, summary=summary)

    return work


def run(asked: Mapping) -> dict:
    """The figures of `marketsim bench sweep`; it has no options."""
    small, large = [_sweep(4000, 1.0, 1) for _ in range(TRIES)], [_sweep(40, 500.0, 2) for _ in range(TRIES)]
    over, lost = (min(one["over_us"] for one in tries) for tries in (small, large))
    return {
        "schema": "marketsim.bench/1", "suite": "sweep", "tries": TRIES, "overhead_us_per_1ms_run": round(over, 1),
        "efficiency_500ms_runs_2_workers": round(500_000 / (500_000 + lost), 4),
        "growth_mb_over_1000_runs": round(max(one["growth_mb"] for one in small), 2), "machine": {"cores": os.cpu_count()},
    }  # fmt: skip


def _sweep(count: int, ms: float, hands: int) -> dict[str, float]:
    """CPU microseconds a run costs besides itself, and growth of the worker from its 500th to its 1,500th run."""
    jobs = [Job(run=f"{number:032x}", option="spin", future=str(ms), seed=number) for number in range(count)]
    own: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        Supervisor(jobs, {"work": SPIN}, Path(place), Limits(hands=hands), lambda done, total, text: own.append(time.process_time())).work()
        files = [str(part / "summary.parquet") for part in parts.listed(Path(place))]
        rows = parts.connection().execute("SELECT run, metric, whole FROM read_parquet(?)", [files]).df()
        table = rows.pivot(index="run", columns="metric", values="whole")
    over, runs = (own[-1] - own[0]) * 1e6, 0
    for _, one in table.sort_values("spin.begun").groupby("spin.process"):
        over += one["spin.begun"].iloc[-1] - one["spin.begun"].iloc[0] - one["spin.spent"].iloc[:-1].sum()
        runs += len(one) - 1
    resident = table.sort_values("spin.begun")["spin.resident"]
    return {"over_us": over / runs, "growth_mb": (resident.iloc[1499] - resident.iloc[499]) / 1024 if count >= 1500 else 0.0}


def _resident_kb() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
