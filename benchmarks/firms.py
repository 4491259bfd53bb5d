"""How fast firms decide: against a Mesa object per firm, a million of them through a year, and many replications of one city.

    python benchmarks/firms.py mesa            decision steps of one trading day, columns beside objects, at 10³ and 10⁵ firms
    python benchmarks/firms.py replications    30 replications of the default year beside one alone: in one process, and as commands
    python benchmarks/firms.py slope           the year at 10⁴, 10⁵ and 10⁶ firms: log-log slope of its cost
    python benchmarks/firms.py million [--gain]   the year of a million firms: CPU seconds, memory, orders per firm and right

Every figure is CPU time of the process; a year at scale runs in a process of its own, warmed by the same year of few firms. Firms of a
large run are the city's cut into smaller ones, so that lots bind: they look often enough for four orders per firm and right.
"""

import argparse
import gc
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

SCENARIO = ROOT / "scenarios" / "tianjin-2020.yaml"
FIRMS_OF_SCALE = 333
"""Firms of the city per unit of `scale`, in the long run."""
SETTINGS = ("power.resolution=typical-days", "firms.attention=10%")


def main() -> int:
    """Run one of the benchmarks and print JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("mesa", "replications", "slope", "million", "year"))
    parser.add_argument("--firms", type=int, default=10**6, help="firms of `year`")
    parser.add_argument("--gain", action="store_true", help="also the share of the possible gain, after the clock has stopped")
    given = parser.parse_args()
    if given.what == "mesa":
        from firms_mesa import rows

        for row in rows():
            print(json.dumps(row))
    elif given.what == "replications":
        print(json.dumps(replications()))
    elif given.what == "slope":
        done = [_apart(firms, False) for firms in (10**4, 10**5, 10**6)]
        low, high = done[0], done[-1]
        slope = math.log(high["cpu_seconds"] / low["cpu_seconds"]) / math.log(high["firms"] / low["firms"])
        print(json.dumps({"slope": round(slope, 3)}))
    elif given.what == "million":
        _apart(10**6, given.gain)
    else:
        print(json.dumps(year(given.firms, given.gain)))
    return 0


def _apart(firms: int, gain: bool) -> dict:
    """The year of so many firms in a process of its own; prints and returns what it measured."""
    told = subprocess.run([sys.executable, __file__, "year", "--firms", str(firms), *(["--gain"] if gain else [])], check=True, stdout=subprocess.PIPE)
    print(told.stdout.decode().strip(), flush=True)
    return json.loads(told.stdout)


def year(firms: int, gain: bool) -> dict:
    """One compliance year with four markets, from the founding to the last surrender."""
    from marketsim.scenario import load
    from marketsim.simulation.benchmark import compare
    from marketsim.simulation.found import found
    from marketsim.simulation.institutions import agenda
    from marketsim.simulation.run import play

    def played(scale: int):
        world = found(load(SCENARIO, (f"scale={scale}", *SETTINGS)))
        world.agenda = agenda(world)
        play(world)
        return world

    import numba  # noqa: F401  from here on every kernel is used, and the small year loads them all

    played(30)
    start = time.process_time()
    world = played(max(1, round(firms / FIRMS_OF_SCALE)))
    spent = time.process_time() - start
    sent = {right.key: sum(row[5] for row in world.state.days if row[1] == right.key) for right in world.setting.rights}
    covered = {right.key: int(world.setting.firms.covered[right.index].sum()) for right in world.setting.rights}
    told = {
        "firms": len(world.setting.firms.id), "cpu_seconds": round(spent, 2), "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "entries": sum(len(batch) for _, batch in world.ledger.journal), "orders": sum(sent.values()),
        "orders_per_firm_and_right": round(sum(sent.values()) / sum(covered.values()), 2),
        **{f"orders_per_firm.{key}": round(sent[key] / covered[key], 2) for key in sent},
    }  # fmt: skip
    return told | ({"share_of_gain": round(compare(world).share_of_gain, 4)} if gain else {})


def replications(many: int = 30) -> dict:
    """`many` replications of the default year in one process, kernels and tables kept, beside one run alone in a fresh one."""
    alone = min(float(subprocess.run([sys.executable, "-c", ALONE], check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout) for _ in range(3))
    from marketsim.scenario import load
    from marketsim.simulation.run import run

    scenario = load(SCENARIO)
    start = time.process_time()
    import numba  # noqa: F401  its start counts: a batch pays it once

    for seed in range(1, many + 1):
        run(scenario, seed)
        if seed == 1:
            gc.collect()
            gc.freeze()
    spent = time.process_time() - start
    told = {"replications": many, "cpu_seconds": round(spent, 2), "one_alone": round(alone, 3), "times_one": round(spent / alone, 2)}
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "replications.yaml"
        study.write_text(STUDY.format(many=many), encoding="utf-8")
        command = _command("run", str(SCENARIO), "--out", folder)
        studied = _command("compare", str(study), "--out", folder, "--jobs", "1")
    return told | {"command_run": round(command, 2), "command_compare": round(studied, 2), "command_times_one": round(studied / command, 2)}


def _command(*arguments: str) -> float:
    """CPU seconds of a command and of every process it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-m", "marketsim.cli", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


STUDY = """# Replications of the default year and nothing else.
marketsim: 1
title: {{zh: 重复, en: Replications}}
extends: tianjin-2020
options:
  as-it-is: {{label: {{zh: 原样, en: As it is}}, set: {{}}}}
runs: {{seeds: {many}, futures: 1}}
"""


ALONE = f"""
import sys, time
sys.path.insert(0, "src")
from marketsim.scenario import load
from marketsim.simulation.run import run
scenario = load({str(SCENARIO)!r})
start = time.process_time()
run(scenario, 1)
print(time.process_time() - start)
"""


if __name__ == "__main__":
    sys.exit(main())
