"""A cluster of two workers loses one by a pulled cable: the study is done in at most 20 seconds more, and nothing is lost."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
AT_MOST_S = 20


def _why_not() -> str:
    """Why this machine has no cable to pull; empty where it has."""
    if sys.platform != "linux" or not (shutil.which("unshare") and shutil.which("ip")):
        return "needs Linux with unshare and ip"
    tried = subprocess.run(["unshare", "--net", "ip", "link", "add", "one", "type", "veth", "peer", "name", "other"], capture_output=True, text=True)
    return f"needs the right to make networks: {tried.stderr.strip()}" if tried.returncode else ""


@pytest.mark.slow
def test_a_pulled_cable_costs_seconds_and_no_run(toys, tmp_path):
    pytest.importorskip("distributed")
    if why := _why_not():
        pytest.skip(why)
    toys.study("slow", futures=3, seeds=10)
    words = ["unshare", "--net", sys.executable, str(HERE / "cable.py"), str(tmp_path)]
    done = subprocess.run(words, env=os.environ, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["done"] == 30 and told["same"]
    assert told["pulled_s"] - told["calm_s"] <= AT_MOST_S, told
