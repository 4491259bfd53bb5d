"""A whole run from the command line: the same bytes every time, and a report that says what the files say."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(out: Path, salt: str) -> Path:
    environment = os.environ | {"PYTHONHASHSEED": salt, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "marketsim.cli", "run", str(ROOT / "scenarios" / "tianjin-2020.yaml"), "--seed", "3", "--out", str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=out.parent)
    assert done.returncode == 0, done.stderr
    (folder,) = out.iterdir()
    digest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["digest"]
    assert done.stderr.rstrip().endswith(f"digest {digest}")
    return folder


@pytest.mark.slow
def test_two_processes_give_the_same_bytes_and_the_report_the_same_figures(tmp_path):
    one, two = run(tmp_path / "one", "1"), run(tmp_path / "two", "42")
    assert one.name == two.name
    for name in ("summary.csv", "series.parquet", "journal.parquet", "report.html"):
        assert (one / name).read_bytes() == (two / name).read_bytes(), name

    lines = (one / "summary.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1:] == sorted(lines[1:], key=lambda line: line.split(",")[:6])
    values = {line.rsplit(",", 1)[1] for line in lines[1:]} | {"0"}
    report = (one / "report.html").read_text(encoding="utf-8")
    shown = re.findall(r'<data value="([^"]*)"', report)
    assert len(shown) > 100 and set(shown) <= values
    assert str(tmp_path) not in report and "://" not in report
