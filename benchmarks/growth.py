"""Whether a worker grows over real runs: one process does a thousand runs of a small city and reports its memory on the way.

    python benchmarks/growth.py [--runs 1200]

Prints resident megabytes after the 200th and the last run, and the growth over a thousand runs between them (bar: 20 MB).
"""

import argparse
import gc
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WARM = 200
SHORT = ("markets.carbon.calendar.open=2021-06-01", "markets.water.calendar.open=2021-06-01")


def resident_mb() -> float:
    """Memory of this process that is in use."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    """As a worker does it: chunks of runs, each a part on the disk."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=WARM + 1000)
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT / "src"))
    from marketsim.scenario import load
    from marketsim.study import parts, task
    from marketsim.study.futures import drawn
    from marketsim.study.plan import plan

    scenario = load(ROOT / "tests" / "data" / "twin.yaml", SHORT)
    asked = plan(scenario, drawn(scenario, 1), chosen.runs)
    work, used = task.prepare(asked.context), {}
    gc.collect()
    gc.freeze()
    with tempfile.TemporaryDirectory() as place:
        for first in range(0, chosen.runs, 10):
            parts.commit(Path(place), [outcome for outcome, _ in task.attempt(work, asked.jobs[first : first + 10])])
            gc.collect()
            used[first + 10] = resident_mb()
        done = int((parts.runs(Path(place))["status"] == parts.DONE).sum())
    growth = (used[chosen.runs] - used[WARM]) * 1000 / (chosen.runs - WARM)
    print(json.dumps({"runs": done, "mb_after_200": round(used[WARM], 1), "mb_at_the_end": round(used[chosen.runs], 1), "growth_mb_per_1000_runs": round(growth, 2)}))
    return int(growth > 20 or done < chosen.runs)


if __name__ == "__main__":
    sys.exit(main())
