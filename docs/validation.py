"""Writes what `marketsim validation --full` prints into docs/validation.md, between its markers: `make validation`."""

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent / "validation.md"
BEGIN, END = "<!-- validation -->\n", "<!-- /validation -->"

if __name__ == "__main__":
    printed = subprocess.run([sys.executable, "-m", "marketsim.cli", "validation", "--full"], check=True, capture_output=True, text=True).stdout
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{printed}\n{END}{rest.split(END)[1]}", encoding="utf-8", newline="\n")
