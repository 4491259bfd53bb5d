"""Keeps what a campaign found as one small file, from which the table of promises is made."""

import argparse
import json
import os
import platform
import re
import shlex
import subprocess
import sys
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


def main() -> int:
    """Run a command that has no record of its own and keep what its output says.

    `python benchmarks/recorded.py NAME --figure REGEX [--least N] -- COMMAND...`: every match of REGEX's first group is added up, and a
    command that fails or a figure below N counts as wrong.
    """
    place = sys.argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--figure", required=True)
    parser.add_argument("--least", type=float, default=0)
    chosen = parser.parse_args(sys.argv[1:place])
    words, begun = sys.argv[place + 1:], time.monotonic()
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout, end="")
    numbers = [float(found.replace(",", "")) for found in re.findall(chosen.figure, done.stdout)]
    figure = sum(numbers) if numbers else 0.0
    wrong = int(done.returncode != 0 or not numbers or figure < chosen.least)
    shown = shlex.join("python" if word.endswith(("python", "python3")) else word for word in words)
    keep(chosen.name, figure=int(figure) if figure == int(figure) else figure, wrong=wrong, seconds=time.monotonic() - begun, command=shown)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
