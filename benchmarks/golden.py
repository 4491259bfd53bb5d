"""Digests of ten scenarios: the same for any number of workers, any hash seed of Python, any supported Python.

    python benchmarks/golden.py --write                          # after a change that is meant to change them; say why in the commit
    python benchmarks/golden.py [--workers 2]                    # hold them against tests/promises/golden.json
    python benchmarks/golden.py --campaign PYTHON... [--record]  # 1, 2, 5 workers × hash seeds 0, 1, 42 × the Pythons given

Every run is done in a worker process of its own interpreter; more workers also means another order of runs.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "promises" / "golden.json"
TWIN = str(ROOT / "tests" / "data" / "twin.yaml")
DAYS = "power.resolution=typical-days"
SCENARIOS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "twin": (TWIN, 1, ()),
    "twin-rights-alone": (TWIN, 2, ("power=null", "targets=null")),
    "twin-two-years": (TWIN, 3, ("years=2", "power=null", "targets=null")),
    "twin-fees-and-blocks": (TWIN, 4, ("markets.carbon.fee=0.7%", "markets.carbon.blocks={least: 1 kt, chance: 50%}", "markets.water.position_limit=3%")),
    "twin-six-strategies": (TWIN, 5, ("power=null", "firms.strategies={cost-minimising: 20%, zero-intelligence: 20%, zero-intelligence-plus: 20%, gjerstad-dickhaut: 20%, speculator: 10%, market-maker: 10%}")),
    "textbook": ("textbook", 6, ()),
    "tianjin": ("tianjin-2020", 7, ()),
    "tianjin-typical-days": ("tianjin-2020", 8, (DAYS,)),
    "penalty": ("penalty", 9, (DAYS,)),
    "price-limits": ("price-limits", 10, (DAYS,)),
}  # fmt: skip
CHEAP = ("twin", "twin-rights-alone", "twin-two-years", "textbook")
WORKERS, SALTS = (1, 2, 5), (0, 1, 42)


def digest(name: str) -> str:
    """The digest that `marketsim run` prints for a scenario."""
    from marketsim.scenario import load
    from marketsim.simulation import run
    from marketsim.study import store

    path, seed, settings = SCENARIOS[name]
    result = run(load(path, settings), seed)
    summary = store.summary_table(result.summary, option="base", future="base", seed=seed)
    return store.digest(summary, result.journal)


def digests(workers: int) -> dict[str, str]:
    """Digests of all scenarios, done by so many worker processes, in an order that depends on their number."""
    names = sorted(SCENARIOS)[:: -1 if workers % 2 else 1]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return dict(zip(names, pool.map(digest, names), strict=True))


def wrong(found: dict[str, str]) -> list[str]:
    """Scenarios whose digest is not the golden one."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return [name for name, one in found.items() if golden[name] != one]


def campaign(pythons: list[str], salts: list[int]) -> tuple[int, int]:
    """Digests by 1, 2 and 5 workers × hash seeds × interpreters: how many, and how many differ."""
    done = differ = 0
    for python in pythons:
        for salt in salts:
            for workers in WORKERS:
                environment = os.environ | {"PYTHONHASHSEED": str(salt), "PYTHONPATH": str(ROOT / "src")}
                told = subprocess.run([python, __file__, "--workers", str(workers)], env=environment, capture_output=True, text=True)
                answer = json.loads(told.stdout or '{"digests": 0, "differ": []}')
                done, differ = done + answer["digests"], differ + len(answer["differ"])
                print(f"{python} salt {salt} workers {workers}: {answer} {told.stderr[-300:] if not answer['digests'] else ''}", file=sys.stderr, flush=True)
    return done, differ


def main() -> int:
    """Write, check or campaign."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--campaign", nargs="+", metavar="PYTHON")
    parser.add_argument("--salts", nargs="+", type=int, default=SALTS, help="a part of the campaign; recorded parts add up")
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    begun = time.monotonic()
    if chosen.write:
        GOLDEN.write_text(json.dumps(digests(chosen.workers), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return 0
    if not chosen.campaign:
        found = digests(chosen.workers)
        print(json.dumps({"digests": len(found), "differ": wrong(found)}))
        return int(bool(wrong(found)))
    done, differ = campaign(chosen.campaign, chosen.salts)
    print(json.dumps({"digests": done, "differ": differ}))
    if chosen.record:
        _record(chosen, done, differ, time.monotonic() - begun)
    return int(differ > 0)


def _record(chosen, done: int, differ: int, seconds: float) -> None:
    """Parts add up: each Python and hash seed counts once."""
    from recorded import keep, kept

    before = kept("digests") or {"found": {}, "wrong": 0, "seconds": 0.0}
    versions = [subprocess.run([python, "-V"], capture_output=True, text=True).stdout.split()[1] for python in chosen.campaign]
    part = f"Python {', '.join(versions)}, hash seeds {', '.join(map(str, chosen.salts))}"
    found = before["found"] | {part: done}
    keep("digests", figure=sum(found.values()), wrong=before["wrong"] + differ, seconds=before["seconds"] + seconds,
         command="python benchmarks/golden.py --campaign python3.11 python3.13", found=found)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
