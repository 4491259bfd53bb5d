"""A short piece of every campaign of docs/promises.md: the same scripts, smaller numbers."""

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def script(monkeypatch):
    """A campaign of benchmarks/ by its name."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


def test_trades_are_conserved(script):
    trades = script("trades")
    cash, units = np.full(trades.FIRMS, 10**13, np.int64), np.full(trades.FIRMS, 10**8, np.int64)
    count, wrong, cash, units = trades.session(3, 0, cash, units)
    assert count > 100_000 and wrong == 0
    assert int(cash.sum()) == trades.FIRMS * 10**13 and int(units.sum()) == trades.FIRMS * 10**8


def test_a_lost_fen_is_seen(script, monkeypatch):
    trades = script("trades")
    plain = trades.settled

    def short(columns, accepted, done):
        offers, outcome, fen, units = plain(columns, accepted, done)
        fen[0] += 1
        return offers, outcome, fen, units

    monkeypatch.setattr(trades, "settled", short)
    monkeypatch.setattr(trades, "ORDERS", 5_000)
    assert trades.session(3, 0, np.full(trades.FIRMS, 10**13, np.int64), np.full(trades.FIRMS, 10**8, np.int64))[1] > 0


def test_steps_of_ledger_and_store(script):
    assert sum(script("steps").walk(1_500, 7).values()) == 1_500


def test_scenarios_under_stress(script):
    told = script("stress").stress(12, 1, most=7)
    assert told["broken"] == [] and told["done"] >= 2


def test_a_failing_scenario_is_shrunk_to_what_is_needed(script, monkeypatch, tmp_path):
    stress = script("stress")
    monkeypatch.setattr(stress, "trial", lambda city, settings, seed: "broken: 7 of it" if {"b", "d"} <= set(settings) else "done")
    assert stress.shrink("twin", list("abcde"), 1, "broken: 9 of it") == ["b", "d"]
    monkeypatch.setattr(stress, "PLACE", tmp_path)
    file = stress.written(5, "twin", ["years=2"], "broken: it")
    from marketsim.scenario import load

    assert load(file).question.years == 2


def test_damaged_results(script, tmp_path):
    found = script("corruption").campaign(tmp_path, 120, 5)
    assert found["found"] + found["harmless"] == found["files"] >= 120
    assert not any(found[name] for name in ("silent", "unnamed", "other_errors", "other_bytes")) and found["recomputed"] >= 1


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("cc"), reason="needs Linux and a C compiler")
def test_a_disk_that_fails():
    done = subprocess.run([sys.executable, ROOT / "benchmarks" / "faults.py", "--every", "90"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["faults"] >= 6


def test_bad_inputs():
    done = subprocess.run([sys.executable, ROOT / "benchmarks" / "bad_inputs.py", "--inputs", "120", "--seed", "9"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) | {"cpu_seconds": 0} == {"inputs": 120, "wrong": 0, "cpu_seconds": 0}
