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


def exact_values(node) -> list[str]:
    """Every exact value of the page's document, wherever a figure stands."""
    if isinstance(node, list):
        return [value for item in node for value in exact_values(item)]
    if not isinstance(node, dict):
        return []
    own = [node["value"]] if set(node) == {"text", "value"} and node["value"] else []
    return own + [value for item in node.values() for value in exact_values(item)]


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
    page = json.loads(re.search(r'<script type="application/json" id="page">(.*?)</script>', report, re.DOTALL).group(1))
    shown = set(exact_values(page))
    assert len(shown) > 100 and shown <= values
    assert str(tmp_path) not in report
