"""A disk that fails at every single write of a small sweep and of a run: nothing finished is lost, and the next try ends in the same bytes.

    python benchmarks/faults.py [--every 1] [--record]

A shim preloaded into the process (`faults.c`, needs a C compiler) makes the n-th open, write, flush, rename or mkdir below the folder fail with
ENOSPC, EIO, EINTR or EDQUOT, once or for good, or writes half; n goes through all there are. Where the system allows it, the same on a real
full disk (a small tmpfs), a read-only one, and under a limit on the size of files. Each fault strikes a forked child.
"""

import argparse
import contextlib
import ctypes
import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from marketsim.errors import InputError, MarketsimError
from marketsim.scenario import load
from marketsim.simulation import run
from marketsim.study import collect, lock, parts, stored, task
from marketsim.study.compare import publish
from marketsim.study.engine import missing
from marketsim.study.folder import code_version, sha256
from marketsim.study.run import write_result

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
STUDY = """marketsim: 1
title: {zh: 玩具, en: Toy}
extends: tianjin-2020
options:
  plain: {label: {zh: 甲, en: Plain}, set: {activity.firm_sd: 1%}}
  error: {label: {zh: 乙, en: Fails}, set: {activity.firm_sd: 2%}}
runs: {seeds: 3}
"""
KINDS = [(errno.ENOSPC, False), (errno.EIO, False), (errno.EINTR, False), (errno.ENOSPC, True), (-errno.ENOSPC, True), (errno.EDQUOT, True)]
EXPECTED = (0, 3)


class Sweep:
    """A toy study, done chunk by chunk as a worker does it, joined and published as `compare` does it."""

    def __init__(self, place: Path):
        sys.path[:0] = [str(HERE), str(ROOT / "tests" / "study")]
        from kills import asked

        (place / "toy.yaml").write_text(STUDY, encoding="utf-8")
        (place / "plan").mkdir()
        self.plan = asked(place / "plan")

    def work(self, folder: Path, told) -> None:
        """Do what is missing; what is on the disk for good is told as it happens."""
        with lock.held(folder):
            parts.clean(folder)
            jobs, work = missing(self.plan, folder), task.prepare(self.plan.context)
            for place in range(0, len(jobs), 2):
                tried = task.attempt(work, jobs[place:place + 2])
                for outcome, text in tried:
                    if text:
                        task.keep_traceback(folder, outcome.run, text)
                parts.commit(folder, [outcome for outcome, _ in tried])
                told([outcome.run for outcome, _ in tried])
            parts.compact(folder, at_once=4)
            publish(folder, self.plan, collect.asked(self.plan, folder), {"runs": {}})

    def state(self, folder: Path) -> dict:
        """What a reader finds: final runs, what is wrong, and the published bytes."""
        table = parts.runs(folder)
        wrong = len(table) - table["run"].nunique() + sum(not parts.sound(part) for part in parts.listed(folder))
        files = {name: sha256(folder / name) for name in ("summary.csv", "runs.csv", "manifest.json") if (folder / name).exists()}
        return {"final": sorted(table.loc[table["status"].isin(["done", "failed"]), "run"]), "wrong": int(wrong), "files": files}


class Run:
    """One run of the simulator, written as `marketsim run` writes it."""

    def __init__(self, place: Path):
        self.result = run(load(ROOT / "tests" / "data" / "twin.yaml"), 1)

    def work(self, folder: Path, told) -> None:
        """Write the result; it is there for good when the manifest is."""
        manifest = {
            "schema": "marketsim.run/1", "name": "twin", "hash": "0123abcd", "seed": 1, "option": "base", "future": "base", "code": "0",
            "command": "", "question": {}, "about": self.result.report, "sources": [],
        }  # fmt: skip
        write_result(self.result, manifest, out=folder, begun=0.0, render=lambda page: "<p>")
        told(["twin"])

    def state(self, folder: Path) -> dict:
        """What a reader finds: the run where it is sound, what is wrong, and the bytes of its tables."""
        target = folder / "twin-0123abcd"
        try:
            wrong = len(stored.verify(target))
        except InputError:  # no finished result, and said so
            return {"final": [], "wrong": 0, "files": {}}
        files = {name: sha256(target / name) for name in ("summary.csv", "journal.parquet", "series.parquet")}
        return {"final": [] if wrong else ["twin"], "wrong": wrong, "files": files}


def in_child(work, folder: Path, before=lambda: None, after=lambda: 0) -> tuple[int, set, int]:
    """Do `work` in a fork: (exit code as the command line gives it, runs told finished, what `after` said)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        code = 97
        try:
            os.close(reading)
            for stream in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
            before()
            code = _code(work, folder, lambda runs: os.write(writing, json.dumps(runs).encode() + b"\n"))
            os.write(writing, json.dumps({"after": after()}).encode() + b"\n")
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        lines = [json.loads(line) for line in pipe]
    status = os.waitpid(child, 0)[1]
    finished = {run for line in lines if isinstance(line, list) for run in line}
    return os.waitstatus_to_exitcode(status), finished, next((line["after"] for line in lines if isinstance(line, dict)), 0)


def _code(work, folder: Path, told) -> int:
    """The exit code that the command line would give: 3 for our errors and the disk's, 98 for a bug."""
    try:
        work(folder, told)
        return 0
    except MarketsimError as error:
        return error.exit_code
    except OSError:
        return 3
    except Exception:
        return 98


def strike(job, calm: dict, folder: Path, before, after=lambda: 0) -> tuple[dict, int]:
    """One fault on a fresh folder, then a quiet try; returns what was found and what `after` said."""
    code, finished, said = in_child(job.work, folder, before, after)
    return _second_try(job, calm, folder, code, finished), said


def _second_try(job, calm: dict, folder: Path, code: int, finished: set) -> dict:
    """What the fault left, and what doing it again comes to."""
    found, end = _quiet(job, folder)
    return {
        "crashed": int(code not in EXPECTED), "lost": len(finished - set(found["final"])), "half_written": found["wrong"] + end["wrong"],
        "other_bytes": int(end["files"] != calm["files"]), "refused": int(code == 3),
    }  # fmt: skip


def _quiet(job, folder: Path) -> tuple[dict, dict]:
    """The state of a folder before and after doing the job on a sound disk. Raises AssertionError when that fails."""
    with tempfile.NamedTemporaryFile() as kept:
        def work(folder: Path, told) -> None:
            before = job.state(folder)
            job.work(folder, told)
            Path(kept.name).write_text(json.dumps([before, job.state(folder)]))

        code = in_child(work, folder)[0]
        assert code == 0, f"a second try on a sound disk ended with {code} in {folder.name}"
        return tuple(json.loads(Path(kept.name).read_text()))


def shim(job, calm: dict, place: Path, every: int, total: dict) -> None:
    """Every kind of error at every call."""
    faults = ctypes.CDLL(None)
    faults.faults_count.restype = faults.faults_hit.restype = ctypes.c_long

    def arm(folder: Path, at: int, number: int, sticky: bool):
        return lambda: faults.faults_arm(str(folder).encode(), ctypes.c_long(at), number, int(sticky))

    folder = place / "counted"
    folder.mkdir()
    calls = in_child(job.work, folder, arm(folder, 0, 0, False), faults.faults_count)[2]
    total["calls"] += calls
    for number, sticky in KINDS:
        for at in range(1, calls + 1, every):
            folder = place / f"{errno.errorcode[abs(number)]}-{number < 0}-{sticky}-{at}"
            folder.mkdir()
            found, hit = strike(job, calm, folder, arm(folder, at, number, sticky), faults.faults_hit)
            _add(total, found, hit > 0)
            shutil.rmtree(folder)


def limits(job, calm: dict, place: Path, total: dict) -> None:
    """Files may not grow beyond 50 sizes; the signal that goes with it is ignored, as Python does."""
    sizes = sorted({int(200 * 1.12**n) for n in range(50)})
    for size in sizes:
        folder = place / f"limit-{size}"
        folder.mkdir()
        found, _ = strike(job, calm, folder, lambda size=size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
        _add(total, found, found["refused"] > 0)
        shutil.rmtree(folder)


def real_disks(job, calm: dict, place: Path, total: dict) -> None:
    """A tmpfs of 4 to 400 KiB that is really full, grown for the second try; then one that is read-only."""
    point = place / "disk"
    point.mkdir()
    for size in (4, 8, 12, 16, 20, 28, 36, 48, 64, 96, 128, 192, 256, 400):
        with _mounted(point, f"size={size}k") as mounted:
            if not mounted:
                return
            found = _on_disk(job, calm, point / "run", lambda: _remount(point, "size=64m"))
            _add(total, found, found["refused"] > 0)
    with _mounted(point, "size=64m"):
        (point / "run").mkdir()
        _remount(point, "ro")
        found = _on_disk(job, calm, point / "run", lambda: _remount(point, "rw"))
        _add(total, found, found["refused"] > 0)


def _on_disk(job, calm: dict, folder: Path, mend) -> dict:
    """One try on the disk as it is, one when it is mended."""
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
    code, finished, _ = in_child(job.work, folder)
    mend()
    return _second_try(job, calm, folder, code, finished)


@contextlib.contextmanager
def _mounted(point: Path, options: str):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(point)], capture_output=True).returncode == 0
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", str(point)], check=True)


def _remount(point: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(point)], check=True)


def _add(total: dict, found: dict, struck: bool) -> None:
    total["faults"] += struck
    for name, count in found.items():
        total[name] += count


def built(place: Path) -> Path:
    """The shim as a library. Raises FileNotFoundError or CalledProcessError where there is no compiler."""
    library = place / "faults.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-w", "-o", str(library), str(HERE / "faults.c"), "-ldl"], check=True, capture_output=True)
    return library


def campaign(place: Path, every: int) -> dict:
    """All faults on both jobs."""
    total = dict.fromkeys(("faults", "calls", "refused", "crashed", "lost", "half_written", "other_bytes"), 0)
    code_version()  # what a first call would read from the disk is known before the forks
    for kind in (Sweep, Run):
        room = place / kind.__name__
        room.mkdir()
        job = kind(room)
        quiet = room / "calm"
        quiet.mkdir()
        calm = _quiet(job, quiet)[1]
        assert calm["files"] and calm["final"]
        shim(job, calm, room, every, total)
        if every == 1:
            limits(job, calm, room, total)
            real_disks(job, calm, room, total)
    return total


def main() -> int:
    """Start again with the shim preloaded, then run the campaign."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        if "MARKETSIM_FAULTS" not in os.environ:
            environment = os.environ | {"LD_PRELOAD": str(built(Path(place))), "MARKETSIM_FAULTS": "1"}
            return subprocess.run([sys.executable, __file__, *sys.argv[1:]], env=environment).returncode
        begun = time.monotonic()
        found = campaign(Path(place), chosen.every)
    seconds = time.monotonic() - begun
    wrong = sum(found[name] for name in ("crashed", "lost", "half_written", "other_bytes"))
    print(json.dumps(found | {"seconds": round(seconds, 1)}))
    if chosen.record:
        from recorded import keep

        keep("faults", figure=found["faults"], wrong=wrong, seconds=seconds, command="python benchmarks/faults.py", found=found)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
