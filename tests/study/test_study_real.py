"""Runs of the simulator itself: the same bytes for any number of workers, on processes or Dask, in any order, under any hash seed, stopped or not."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from marketsim.cli import main
from marketsim.scenario import load
from marketsim.study import compare, opened
from marketsim.study.backlog import Limits
from marketsim.study.engine import How, run_missing
from marketsim.study.futures import drawn
from marketsim.study.plan import plan

ROOT = Path(__file__).resolve().parents[2]
STUDY = """marketsim: 1
title: {zh: 小研究, en: A small study}
extends: twin.yaml
markets:
  carbon: {calendar: {open: 2021-05-01}}
  water: {calendar: {open: 2021-05-01}}
options:
  today:   {label: {zh: 现行, en: Today}, set: {markets.carbon.allocation.factor: 98%}}
  tighter: {label: {zh: 从紧, en: Tighter}, set: {markets.carbon.allocation.factor: 90%}}
uncertainty:
  activity.growth: {mean: 2%, sd: 1%}
runs: {futures: 2, seeds: 2}
"""
FILES = ("summary.csv", "runs.csv", "scorecard.json", "manifest.json")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the study and its invented city."""
    made = tmp_path_factory.mktemp("real")
    for file in (ROOT / "tests" / "data").glob("twin*"):
        (shutil.copytree if file.is_dir() else shutil.copy)(file, made / file.name)
    (made / "small.yaml").write_text(STUDY, encoding="utf-8")
    return made


def how(hands, dask=False):
    return How(limits=Limits(hands=hands), dask=dask)


def told_bytes(done):
    return {name: (done.folder / name).read_bytes() for name in FILES} | {"digest": done.digest}


def in_other_order(scenario, folder, hands):
    """Every run, the last first, before the study asks for them."""
    runs = scenario.question.runs
    asked = plan(scenario, drawn(scenario, runs.futures), runs.seeds)
    run_missing(replace(asked, jobs=asked.jobs[::-1]), folder, how(hands), lambda *told: None)


@pytest.fixture(scope="module")
def whole(place):
    """The bytes that one worker leaves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT / "src"))
        patch.setenv("PYTHONHASHSEED", "0")
        return told_bytes(compare.compare(load(place / "small.yaml"), place / "one", how(1), lambda *told: None))


@pytest.mark.slow
def test_whoever_does_the_work_the_bytes_are_the_same(place, whole, tmp_path, monkeypatch):
    scenario = load(place / "small.yaml")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    in_other_order(scenario, compare.study_folder(scenario, tmp_path / "five"), 5)
    assert told_bytes(compare.compare(scenario, tmp_path / "five", how(5), lambda *told: None)) == whole
    pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONHASHSEED", "42")
    assert told_bytes(compare.compare(scenario, tmp_path / "dask", how(2, dask=True), lambda *told: None)) == whole
    assert whole["runs.csv"].count(b",done,") == 8


@pytest.mark.slow
def test_a_study_whose_supervisor_is_killed_is_verified_compacted_and_whole_when_done_again(place, whole, tmp_path, monkeypatch, capsys):
    words = [sys.executable, "-m", "marketsim.cli", "compare", "small.yaml", "--jobs", "2", "--out", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": "7"}
    running = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=place)
    assert "runs" in running.stderr.readline()
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=60)
    (folder,) = tmp_path.iterdir()
    assert main(["compact", str(folder)]) == 0
    assert main(["verify", str(folder)]) == 1 and "is not finished" in capsys.readouterr().err
    part = next((folder / "parts").glob("[!.]*")) / "summary.parquet"
    data = part.read_bytes()
    part.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    for verb, code in (("verify", 1), ("compact", 2)):
        assert main([verb, str(folder)]) == code and f"damaged parts: {part.parent.name}" in capsys.readouterr().err
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    done = compare.compare(load(place / "small.yaml"), tmp_path, how(1), lambda *told: None)
    assert done.damaged == (part.parent.name,) and told_bytes(done) == whole
    assert opened.verify(folder, 0, how(1)) == []
