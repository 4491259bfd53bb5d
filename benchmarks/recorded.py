"""Keeps what a campaign found as one small file, from which the table of promises is made."""

import json
import os
import platform
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "benchmarks" / "promises"


def keep(name: str, *, figure: int | float, wrong: int, seconds: float, command: str, found: dict | None = None) -> None:
    """Write `benchmarks/promises/NAME.json`: the figure, what went wrong (0 is the promise), how long it took, when and on what code."""
    commit = subprocess.run(["git", "log", "-1", "--format=%h"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    record = {
        "name": name, "figure": figure, "wrong": wrong, "seconds": round(seconds, 1), "command": command, "found": found or {},
        "date": time.strftime("%Y-%m-%d"), "commit": commit, "python": platform.python_version(), "cores": os.cpu_count(),
    }  # fmt: skip
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def kept(name: str) -> dict | None:
    """What a campaign left, None where it has not run."""
    try:
        return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
