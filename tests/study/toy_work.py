"""Work for tests of the runner: a toy run whose figures depend on its option, future and seed alone, and that can misbehave.

What it does is told by the option's name: `crash` kills its worker, `error` raises, `hang` never ends, `hog` asks for too much
memory; `slow` takes a tenth of a second; `noisy` has luck of its own. A file named by MARKETSIM_TOY_COUNT gets one line a run begun.
"""

import os
import signal
import time

import numpy as np

from marketsim.rng import Luck
from marketsim.study.parts import DONE, Outcome


def toy(context):
    """The toy as work."""

    def work(job):
        begun = time.perf_counter()
        if path := os.environ.get("MARKETSIM_TOY_COUNT"):
            with open(path, "a") as file:
                file.write(f"{job.run}\n")
        print("a run may print")
        _misbehave(job)
        luck = Luck(seed=job.seed)
        draws = luck.normal("toy", 0, 40)
        effect = float(draws[30]) if job.option == "noisy" else {"better": -0.5}.get(job.option, 0.0)
        cost = int(1_000_000 * (10 + effect + float(draws[0])))
        summary = [("120000", "cost.market", "fen", cost), ("120000", "cost.least", "fen", 9_000_000), ("120000", "toy.share", "1", float(draws[1]))]
        summary += [(f"1201{district:02d}", "cost.market", "fen", abs(int(draws[2 + district] * 1000))) for district in range(4)]
        series = {"tick": np.arange(5), "region": np.array(["120000"] * 5, dtype=object), "toy.price [CNY/t]": draws[10:15]}
        digest = f"sha256:{abs(cost):064x}"
        return Outcome(run=job.run, status=DONE, seconds=time.perf_counter() - begun, digest=digest, summary=summary, series=series)

    return work


def _misbehave(job):
    if job.option.startswith("crash") and job.seed % 10 == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if job.option.startswith("error"):
        raise ValueError("=the toy\nwas asked to fail")
    if job.option.startswith("hang"):
        time.sleep(600)
    if job.option.startswith("hog"):
        np.ones(2**33)
    if job.option.startswith("slow"):
        time.sleep(0.1)
