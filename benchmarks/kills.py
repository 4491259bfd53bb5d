"""Kills workers, supervisors and Dask workers at random moments, resumes, and holds the result against one that nobody disturbed.

    python benchmarks/kills.py worker|supervisor|dask [--kills 50] [--seed 1]

Prints one JSON line: kills, runs lost, doubled or half-written (all must be 0), and whether every byte was the same.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
TOYS = ROOT / "tests" / "study"
PER_ROUND = 5
STUDY = """marketsim: 1
title: {zh: 玩具, en: Toy}
extends: tianjin-2020
options:
  slow: {label: {zh: 甲, en: Slow}, set: {activity.firm_sd: 1%}}
  plain: {label: {zh: 乙, en: Plain}, set: {activity.firm_sd: 2%}}
runs: {seeds: 40}
"""


def child(folder: Path, dask: bool) -> None:
    """What is killed: a study of toy runs, done to its end."""
    from marketsim.study import lock
    from marketsim.study.backlog import Limits
    from marketsim.study.engine import How, run_missing

    with lock.held(folder):
        run_missing(asked(folder), folder, How(limits=Limits(hands=2), dask=dask), lambda done, total, text: None)


def asked(folder: Path):
    from marketsim.scenario import load
    from marketsim.study.futures import drawn
    from marketsim.study.plan import plan

    scenario = load(folder.parent / "toy.yaml")
    return plan(scenario, drawn(scenario, 1), scenario.question.runs.seeds, work="toy_work:toy")


def state(folder: Path) -> dict:
    """Bytes of the published tables, and rows that are lost, doubled or half-written."""
    from marketsim.study import collect, parts

    plan = asked(folder)
    wanted = collect.asked(plan, folder)
    lines = list(collect.summary_lines(folder, wanted))
    return {
        "text": "".join(lines) + "".join(collect.run_lines(wanted)), "lost": int((wanted["status"] != "done").sum()),
        "doubled": len(lines) - len(set(lines)), "half_written": sum(not parts.sound(part) for part in parts.listed(folder)),
    }  # fmt: skip


def started(folder: Path, kind: str) -> subprocess.Popen:
    words = [sys.executable, __file__, kind, "--child", str(folder)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(TOYS)])}
    return subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def victims(pid: int) -> list[int]:
    """Processes below one that do its work: those at the end of the tree that are Python at work for long."""
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for below in map(int, (thread / "children").read_text().split()):
            deeper = victims(below)
            found += deeper or [below]
    return [one for one in found if b"resource_tracker" not in Path(f"/proc/{one}/cmdline").read_bytes()]


def disturb(folder: Path, kind: str, chance: np.random.Generator, kills: int) -> int:
    """Kill at random moments until `kills` have fallen or the study is done; returns how many fell."""
    fallen = 0
    while fallen < kills:
        running = started(folder, kind)
        while running.poll() is None and fallen < kills:
            time.sleep(chance.uniform(0.2, 5.0))
            if running.poll() is not None:
                break
            try:
                hit = [running.pid] if kind == "supervisor" else victims(running.pid)
                if hit:
                    os.kill(hit[int(chance.integers(len(hit)))], signal.SIGKILL)
                    fallen += 1
            except (OSError, ProcessLookupError):
                continue
        if kind != "supervisor" and running.wait() == 0 and fallen < kills:
            shutil.rmtree(folder)  # done too early: the rest of the kills fall on a fresh one
            folder.mkdir()
        running.wait()
    return fallen


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("worker", "supervisor", "dask"))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child")
    chosen = parser.parse_args()
    if chosen.child:
        child(Path(chosen.child), chosen.kind == "dask")
        return 0
    chance = np.random.Generator(np.random.Philox(key=chosen.seed))
    sys.path[:0] = [str(ROOT / "src"), str(TOYS)]
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "toy.yaml").write_text(STUDY, encoding="utf-8")
        calm = Path(place) / "calm"
        calm.mkdir()
        started(calm, "worker").wait()
        whole = state(calm)
        told = {"kind": chosen.kind, "kills": 0, "studies": 0, "lost": whole["lost"], "doubled": 0, "half_written": 0, "other_bytes": 0}
        while told["kills"] < chosen.kills:
            folder = Path(place) / f"study{told['studies']}"
            folder.mkdir()
            told["kills"] += disturb(folder, chosen.kind, chance, min(PER_ROUND, chosen.kills - told["kills"]))
            started(folder, chosen.kind).wait()
            after = state(folder)
            told["studies"] += 1
            told["other_bytes"] += after.pop("text") != whole["text"]
            told |= {name: told[name] + count for name, count in after.items()}
    print(json.dumps(told))
    return int(any(told[name] for name in ("lost", "doubled", "half_written", "other_bytes")))


if __name__ == "__main__":
    sys.exit(main())
