"""Toy studies for the tests of many runs: a plan, its runs by real workers, and the bytes that are published."""

import os
from pathlib import Path

import pytest

from marketsim.scenario import load
from marketsim.study import collect, compare
from marketsim.study.backlog import Limits
from marketsim.study.engine import How, run_missing
from marketsim.study.futures import drawn
from marketsim.study.plan import plan

HERE = Path(__file__).parent
SRC = HERE.parents[1] / "src"
STUDY = """
marketsim: 1
title: {{zh: 玩具, en: Toy}}
extends: tianjin-2020
options:
{options}
uncertainty:
  activity.growth: {{mean: 1.5%, sd: 1.0%}}
runs: {{seeds: {seeds}, futures: {futures}}}
"""


def quiet(done, total, text):
    """Progress nobody reads."""


class Toys:
    """Toy studies in a folder; what an option does is told by its name, see `toy_work.py`."""

    def __init__(self, place: Path):
        self.place = place

    def study(self, *names, futures=4, seeds=3):
        names = names or ("plain", "better")
        lines = [f"  {name}: {{label: {{zh: 甲, en: {name}}}, set: {{activity.firm_sd: {place + 1}%}}}}" for place, name in enumerate(names)]
        file = self.place / "toy.yaml"
        file.write_text(STUDY.format(options="\n".join(lines), seeds=seeds, futures=futures), encoding="utf-8")
        return load(file)

    def plan(self, scenario):
        runs = scenario.question.runs
        return plan(scenario, drawn(scenario, runs.futures), runs.seeds, work="toy_work:toy")

    def how(self, hands=2, timeout_s=60.0, memory_bytes=0, dask=False):
        return How(limits=Limits(hands=hands, timeout_s=timeout_s, memory_bytes=memory_bytes), dask=dask)

    def run(self, scenario, folder, how=None, tell=quiet):
        """Do what is missing; returns the damaged parts."""
        return run_missing(self.plan(scenario), folder, how or self.how(), tell)

    def asked(self, scenario, folder):
        return collect.asked(self.plan(scenario), folder)

    def published(self, scenario, folder):
        """The bytes of the tables, and the digest."""
        done = compare.publish(folder, self.plan(scenario), self.asked(scenario, folder), {"runs": {}})
        return {name: (folder / name).read_bytes() for name in ("summary.csv", "runs.csv", "manifest.json")} | {"digest": done.digest}

    def finish(self, scenario, folder, how=None):
        self.run(scenario, folder, how)
        return self.published(scenario, folder)


@pytest.fixture
def toys(tmp_path, monkeypatch):
    """Workers find the toy, and the package as this process does."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), str(SRC)]))
    monkeypatch.syspath_prepend(str(HERE))  # Dask hands its own path on
    return Toys(tmp_path)
