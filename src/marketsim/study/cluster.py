"""Runs on Dask: chunks go to a cluster, part files come back as bytes and are written here, so nothing remote can half-write one.

A worker that dies costs what it was doing; its chunk goes to another one. When a chunk takes several workers with it, its runs
are sent alone, and one that still does is a row. Dask itself asks nobody who they are: bind the scheduler to a private interface,
or use its TLS settings.
"""

import contextlib
import hashlib
import json
import queue
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from marketsim.errors import RunError, lacking
from marketsim.study import parts, task
from marketsim.study.backlog import Backlog, Tell
from marketsim.study.parts import CRASHED, DONE, LATE, Outcome
from marketsim.study.plan import Job

LOST_S = "11s"
"""How long a silent connection is believed in: a node whose cable is pulled is given up after this."""
DESERTED_S = 30.0
"""A cluster without any worker for so long is given up: Dask does not replace one that dies while it starts."""
FALSE_STARTS = 5


def work(jobs: Sequence[Job], context: Mapping, folder: Path, how, tell: Tell) -> None:
    """Do every job on a cluster, or on this machine when no address is given. Raises RunError, InputError without Dask."""
    try:
        import dask
        import distributed
    except ImportError:
        raise lacking("Dask", "cluster") from None
    settings = {
        "distributed.comm.timeouts.tcp": LOST_S, "distributed.comm.timeouts.connect": LOST_S, "distributed.scheduler.worker-ttl": "15s",
        "distributed.scheduler.allowed-failures": 0, "distributed.scheduler.worker-saturation": 1.0, "distributed.logging.distributed": "error", "distributed.worker.daemon": True,
    }  # fmt: skip
    backlog = Backlog(jobs, how.limits.hands)
    with dask.config.set(settings):
        if how.cluster:
            with _client(distributed, how.cluster) as client:
                if not _serve(client, backlog, context, folder, how, tell):
                    raise RunError(f"the cluster at {how.cluster} has no workers; what is finished is kept")
            return
        for _ in range(FALSE_STARTS):
            with distributed.LocalCluster(
                n_workers=how.limits.hands, threads_per_worker=1, memory_limit=how.limits.memory_bytes, dashboard_address="127.0.0.1:0", host="127.0.0.1"
            ) as cluster, distributed.Client(cluster, set_as_default=False) as client:  # fmt: skip
                if _serve(client, backlog, context, folder, how, tell):
                    return
    raise RunError("Dask's workers on this machine end again and again; what is finished is kept")


def chunk(context_text: str, rows: list[list]) -> tuple[dict[str, bytes], list[list], dict[str, str]]:
    """On the cluster: do runs; returns the files of their part, (status, seconds) of each, and tracebacks by run."""
    jobs = [Job(run=run, option=option, future=future, seed=seed) for run, option, future, seed in rows]
    tried = task.attempt(_prepared(context_text), jobs)
    traces = {outcome.run: text for outcome, text in tried if text}
    return parts.to_bytes([outcome for outcome, _ in tried]), [[one.status, one.seconds] for one, _ in tried], traces


@lru_cache(maxsize=2)
def _prepared(context_text: str) -> task.Work:
    return task.prepare(json.loads(context_text))


def _client(distributed, address: str):
    try:
        return distributed.Client(address, timeout="20s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise RunError(f"no Dask scheduler answers at {address}: {error}") from error


def _serve(client, backlog: Backlog, context: Mapping, folder: Path, how, tell: Tell) -> bool:
    """Keep every hand busy until all runs are rows; False when nobody is left to work, with every chunk back in the backlog."""
    text = json.dumps(context, sort_keys=True)
    flying: dict = {}
    landed: queue.SimpleQueue = queue.SimpleQueue()
    begun, number = time.monotonic(), 0
    manned = begun
    while backlog or flying:
        hands = sum(worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values())
        manned = time.monotonic() if hands else manned
        if time.monotonic() - manned > DESERTED_S:
            for _, taken, _ in flying.values():
                backlog.back(taken)
            return False
        backlog.hands = max(1, hands)
        spare = 2 if backlog.seconds and not backlog.tries else 0  # Dask blames a death on all that wait at the worker too
        while backlog and len(flying) < backlog.hands + spare:
            taken, number = backlog.take(), number + 1
            rows = [[job.run, job.option, job.future, job.seed] for job in taken]
            key = f"marketsim-{hashlib.sha256(text.encode()).hexdigest()[:8]}-{begun}-{number}"
            future = client.submit(chunk, text, rows, key=key, pure=False)
            flying[key] = (future, taken, time.monotonic())
            future.add_done_callback(lambda done: landed.put(done.key))
        with contextlib.suppress(queue.Empty):
            key = landed.get(timeout=1.0)
            if key in flying:  # else it was given up as too late
                future, taken, _ = flying.pop(key)
                _land(future, taken, backlog, folder)
                told = f"{backlog.done}/{backlog.total} runs, {backlog.done / (time.monotonic() - begun):.2g}/s"
                tell(backlog.done, backlog.total, told)
        _stop_the_late(client, flying, backlog, folder, how)
    return True


def _land(future, taken: list[Job], backlog: Backlog, folder: Path) -> None:
    """Write what came back; a chunk that was lost is taken apart or given up."""
    from distributed import KilledWorker

    try:
        files, told, traces = future.result()
    except KilledWorker as error:
        for job in backlog.lost(taken):
            _row(folder, backlog, Outcome(run=job.run, status=CRASHED, reason=f"its worker ended each time ({type(error).__name__})"))
        return
    except Exception as error:  # what a run raises is a row already: this is the cluster's own trouble
        raise RunError(f"a worker could not work: {type(error).__name__}: {error}") from error
    try:
        for run, text in traces.items():
            task.keep_traceback(folder, run, text)
        parts.commit_bytes(folder, files)
    except OSError as error:
        raise RunError.of("error.disk", {"folder": str(folder), "why": str(error.strerror or error)}) from error
    backlog.finished([seconds for _, seconds in told], sum(status != DONE for status, _ in told))


def _stop_the_late(client, flying: dict, backlog: Backlog, folder: Path, how) -> None:
    """Restart the worker of a chunk that takes too long; counted from when it was sent, waiting behind others included."""
    limit = how.limits.timeout_s
    for key, (future, taken, sent) in list(flying.items()):
        if not limit or time.monotonic() - sent <= 3 * limit * len(taken):
            continue
        holders = [worker for worker, keys in client.processing().items() if key in map(str, keys)]
        if not holders:
            flying[key] = (future, taken, time.monotonic())
            continue
        del flying[key]
        future.cancel(force=True)
        client.restart_workers(holders, raise_for_error=False)
        if len(taken) == 1:
            _row(folder, backlog, Outcome(run=taken[0].run, status=LATE, reason=f"took longer than {limit:g} s"))
        else:
            backlog.lost(taken)


def _row(folder: Path, backlog: Backlog, outcome: Outcome) -> None:
    parts.commit(folder, [outcome])
    backlog.finished([0.0], 1)
