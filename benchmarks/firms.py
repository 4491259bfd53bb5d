"""How fast firms decide: against a Mesa object per firm, a million of them through a year, and many replications of one city.

    python benchmarks/firms.py mesa            decision steps of one trading day, columns beside objects, at 10³ and 10⁵ firms
    python benchmarks/firms.py replications    30 replications of the default year beside one: as processes and as commands
    python benchmarks/firms.py slope           the year at 10⁴, 10⁵ and 10⁶ firms: log-log slope of its cost
    python benchmarks/firms.py million [--gain]   the year of a million firms: CPU seconds, memory, orders per firm and right

Every figure is CPU time of the process; a year at scale runs in a process of its own, warmed by the same year of few firms. Firms of a
large run are those of many cities in one market (`copies`), as large as in one; everybody looks at a market on one day in 20, which
makes five to nine orders per firm and right (one day in five: 22 to 39). Memory is the largest the process ever had resident.
"""

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "src")}

SCENARIO = ROOT / "scenarios" / "tianjin-2020.yaml"
HOLDERS, CELLS = 346, 288
"""Holders of rights of one city, and the residual rows of any number of cities."""
SETTINGS = ("power.resolution=typical-days", "firms.attention=5%")


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

    def played(copies: int):
        world = found(load(SCENARIO, (f"copies={copies}", *SETTINGS)))
        world.agenda = agenda(world)
        play(world)
        return world

    import numba  # noqa: F401  from here on every kernel is used, and the small year loads them all

    played(15)
    start = time.process_time()
    world = played(max(1, math.ceil((firms - CELLS) / HOLDERS)))
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


def replications(many: int = 30, rounds: int = 3) -> dict:
    """`many` replications of the default year beside one, CPU seconds: as processes and as commands, all started cold; medians of `rounds`.

    `process` counts a whole process, from its start to its end; `loaded` only what comes after the scenario has been read, the first run's
    imports included on either side. Nothing is warm beforehand but the disk and the kernels' cache.
    """
    one, several, commands = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "replications.yaml"
        study.write_text(STUDY.format(many=many), encoding="utf-8")
        for number in range(rounds):
            one.append(_process(1))
            several.append(_process(many))
            commands.append((_cpu("-m", "marketsim.cli", "run", str(SCENARIO), "--out", f"{folder}/{number}"),
                             _cpu("-m", "marketsim.cli", "compare", str(study), "--out", f"{folder}/{number}", "--jobs", "1")))
    told = {"replications": many}
    process, loaded = ([(a[part], b[part]) for a, b in zip(one, several, strict=True)] for part in (0, 1))
    for name, seconds in (("process", process), ("loaded", loaded), ("command", commands)):
        told |= {f"{name}_one": round(statistics.median(a for a, _ in seconds), 2), f"{name}_all": round(statistics.median(b for _, b in seconds), 2),
                 f"{name}_times_one": round(statistics.median(b / a for a, b in seconds), 1)}
    return told


def _process(many: int) -> tuple[float, float]:
    """CPU seconds of a fresh process that runs the default year with so many seeds: all of it, and from when the scenario was read."""
    before = _children()
    told = subprocess.run([sys.executable, "-c", REPLICATE, str(many)], check=True, stdout=subprocess.PIPE, cwd=ROOT, env=ENVIRONMENT)
    return _children() - before, float(told.stdout)


def _cpu(*arguments: str) -> float:
    """CPU seconds of a fresh Python and of every process it starts."""
    before = _children()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    return _children() - before


def _children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


STUDY = """# Replications of the default year and nothing else.
marketsim: 1
title: {{zh: 重复, en: Replications}}
extends: tianjin-2020
options:
  as-it-is: {{label: {{zh: 原样, en: As it is}}, set: {{}}}}
runs: {{seeds: {many}, futures: 1}}
"""


REPLICATE = f"""
import sys, time
from marketsim.scenario import load
from marketsim.simulation import replicate, run
scenario, many = load({str(SCENARIO)!r}), int(sys.argv[1])
loaded = time.process_time()
for _ in (run(scenario, seed) for seed in [1]) if many == 1 else replicate(scenario, range(1, many + 1)):
    pass
print(time.process_time() - loaded)
"""


if __name__ == "__main__":
    sys.exit(main())
