"""The pilot presets over blocks of seeds side by side: was a bar met by the seeds it was fitted to only?

    python benchmarks/pilots.py 201 301    the tables of seeds 201 to 220 and 301 to 320; a minute of CPU time a block

Seeds up to 220 were looked at while the presets were fitted; 301 to 320 were run when they had their values, none of which changed after.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

SEEDS = 20


def main() -> None:
    """Print one table in Markdown, a column a block."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("first", type=int, nargs="+", help="first seed of a block")
    asked = parser.parse_args()
    from marketsim.report.validation.pilots import table
    from marketsim.report.validation.tables import MARKS

    blocks = [table(range(first, first + SEEDS)) for first in asked.first]
    print("| | accepted | " + " | ".join(f"seeds {first} to {first + SEEDS - 1}" for first in asked.first) + " |\n|---|---|" + "---|" * len(blocks))
    for row in zip(*blocks, strict=True):
        print(f"| {row[0].name} | {row[0].accept} | " + " | ".join(f"{one.ours} {MARKS[one.passed]}" for one in row) + " |")


if __name__ == "__main__":
    main()
