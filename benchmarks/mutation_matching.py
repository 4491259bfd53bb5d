"""Mutation score of matching: faults are planted in each of its parts, and each part is held by its own tests.

    python benchmarks/mutation_matching.py [--sample 100] [--seed 1] [--parts day auction] [--least 90] [--json FILE]

Kernels run as plain Python with their checks on; what only compiles or fetches ahead is left alone. With a sample, so many faults
are drawn in each part, and the score over all is the parts' scores weighted by the faults that can be planted in them.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOM = Path("src/marketsim/matching")
PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "engine": (("kernel_*", "core", "calls", "layout", "audit", "compiled", "face", "interpreted", "reference", "reference_book", "reference_cross"),
               ("test_agree.py::test_engines_agree[0]", "test_edges.py", "test_audit.py", "test_calls.py", "test_engine.py")),
    "auction": (("auction", "auction_kernels"), ("test_auction.py", "test_edges.py")),
    "coupled": (("ways", "*coupled*"), ("test_coupled.py", "test_edges.py")),
    "day": (("day",), ("test_day.py", "test_edges.py")),
}  # fmt: skip
"""Of each part: patterns of its files, and its tests, those that notice most first."""
SKIPPED = frozenset({"fetch_order", "fetch_level", "cache_folder", "warmup", "callback", "entry", "kernel", "part", "inner"})
PRELOADED = ["numpy", "numba", "hypothesis", "highspy"]
SETTINGS = {"NUMBA_DISABLE_JIT": "1", "MARKETSIM_CHECKED": "1", "PYTEST_ADDOPTS": "-k 'not memory_stays and not build and not numba and not warming'"}


def options_of() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--sample", type=int, help="plant only so many faults in each part, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=0.0, help="exit 1 below this score, per cent")
    parser.add_argument("--json", type=Path, help="write every fault and its outcome to this file")
    return parser.parse_args()


def files_of(name: str) -> list[Path]:
    """The source files of a part."""
    return [path for pattern in PARTS[name][0] for path in sorted(ROOM.glob(f"{pattern}.py"))]


def main() -> int:
    """Plant, run, count, print."""
    options = options_of()
    os.environ |= SETTINGS
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT / "src"))
    from mutation import drawn, faults_of, planted, preload, report

    possible_of = {name: [fault for path in files_of(name) for fault in faults_of(path, SKIPPED)] for name in options.parts}
    preload([path for name in options.parts for path in files_of(name)], PRELOADED)
    weighted, possible, rows = 0.0, 0, []
    for name, faults in possible_of.items():
        begin = time.monotonic()
        rows += (found := planted(drawn(faults, options.sample, options.seed), [f"tests/matching/{test}" for test in PARTS[name][1]]))
        sys.stdout.write(f"-- {name}: {len(found)} of {len(faults)} possible faults\n")
        weighted, possible = weighted + report(found, time.monotonic() - begin) * len(faults), possible + len(faults)
        if options.json:
            options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    score = weighted / possible
    sys.stdout.write(f"score of matching: {score:.1f} % ({len(rows)} of {possible} possible faults planted)\n")
    return int(score < options.least)


if __name__ == "__main__":
    sys.exit(main())
