"""The store under the workload of a large sweep: 1,000 steps × 16 regions × 20 indicators a run; half of the indicators are noisy
series, a quarter counts, a quarter constant for long. Prints bytes a value, runs written per CPU second, and the time of the
query "mean and 95 % interval by option over time". A hundred runs differ; then they come again, each under a name of its own.

    python benchmarks/store.py [--runs 300] [--keep DIR]
"""

import argparse
import json
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np
import pandas

ROOT = Path(__file__).resolve().parents[1]
STEPS, REGIONS, INDICATORS, CHUNK, DIFFERENT = 1000, 16, 20, 10, 100
OPTIONS = ("history", "benchmark", "auction")


@cache
def run_series(number: int) -> dict[str, np.ndarray]:
    """The series of one run: prices that wander with noise, Poisson counts, and levels that change every fifty steps."""
    chance = np.random.Generator(np.random.Philox(key=number))
    columns = {"tick": np.tile(np.arange(STEPS), REGIONS), "region": np.repeat(np.array([f"1201{r:02d}" for r in range(REGIONS)], dtype=object), STEPS)}
    for indicator in range(INDICATORS):
        if indicator % 4 in (0, 1):
            level = np.cumsum(chance.standard_normal((REGIONS, STEPS)), axis=1)
            column = 100 + level * 0.3 + chance.standard_normal((REGIONS, STEPS))
        elif indicator % 4 == 2:
            column = chance.poisson(30, (REGIONS, STEPS)).astype(float)
        else:
            column = np.repeat(chance.random((REGIONS, STEPS // 50)) * 100, 50, axis=1)
        columns[f"indicator{indicator:02d} [CNY/t]"] = column.ravel()
    return columns


def main() -> int:
    """Write, measure, query."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--keep")
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT / "src"))
    from marketsim.study import collect, parts

    with tempfile.TemporaryDirectory() as place:
        folder = Path(chosen.keep or place)
        jobs, spent = [], 0.0
        for first in range(0, chosen.runs, CHUNK):
            outcomes = []
            for number in range(first, min(first + CHUNK, chosen.runs)):
                run, option = f"{number:032x}", OPTIONS[number % 3]
                summary = [("120000", "cost.market", "fen", number)]
                outcomes.append(parts.Outcome(run=run, status=parts.DONE, summary=summary, series=run_series(number % DIFFERENT)))
                jobs.append((option, "base", number, run))
            begun = time.process_time()
            parts.commit(folder, outcomes)
            spent += time.process_time() - begun
        size = sum(file.stat().st_size for file in (folder / parts.PARTS).glob("*/series.parquet"))
        wanted = collect.found(pandas.DataFrame(jobs, columns=["option", "future", "seed", "run"]), folder)
        queries = {}
        for name, region in (("one_region", "120100"), ("all_regions", None)):
            begun, wall = time.process_time(), time.perf_counter()
            answer = collect.over_time(folder, wanted, "indicator00 [CNY/t]", region)
            queries[name] = {"cpu_s": round(time.process_time() - begun, 2), "s": round(time.perf_counter() - wall, 2), "rows": len(answer)}
        told = {
            "runs": chosen.runs, "values": chosen.runs * STEPS * REGIONS * INDICATORS,
            "bytes_per_value": round(size / (chosen.runs * STEPS * REGIONS * INDICATORS), 4), "runs_per_cpu_s": round(chosen.runs / spent, 1),
            "query": queries,
        }  # fmt: skip
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
