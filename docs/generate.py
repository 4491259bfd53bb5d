"""Writes the pages of docs/ that are made from the code: `make docs`. A test holds that they are up to date."""

from functools import partial
from pathlib import Path

from marketsim.policy.explain import page
from marketsim.scenario.page import page as scenario_page
from marketsim.simulation.metrics import METRICS

DOCS = Path(__file__).parent
UNITS = {
    "base": "base unit of the right (kg, kgce, litre)", "price": "CNY per trading unit of the right (CNY/t, CNY/tce, CNY/m3)",
    "asset": "base unit of the asset, fen for money", "1": "share (1 = 100 %)",
}  # fmt: skip


def metrics() -> str:
    """`metrics.md`: every metric of `summary.csv` with its unit and its meaning in both languages."""
    lines = [
        "# Metrics of `summary.csv`", "",
        "Made by `make docs` from `marketsim/simulation/metrics.py`; not edited by hand. `R` stands for the key of a right (carbon,",
        "energy, water), `A` for an asset of the ledger, `K` for a kind of account. A metric stands for the whole city under the city's",
        "code (120000) and, where it exists there, for a district under the district's.", "",
        "| metric | unit | meaning | 含义 |", "|---|---|---|---|",
    ]  # fmt: skip
    lines += [f"| `{name}` | {UNITS.get(unit, unit)} | {en} | {zh} |" for name, (unit, en, zh) in METRICS.items()]
    return "\n".join(lines) + "\n"


PAGES = {
    "metrics.md": metrics, "rules.md": partial(page, "en"), "rules.zh.md": partial(page, "zh"),
    "scenario.md": partial(scenario_page, "en"), "scenario.zh.md": partial(scenario_page, "zh"),
}  # fmt: skip

if __name__ == "__main__":
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8", newline="\n")
