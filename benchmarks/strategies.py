"""The default year under other populations: share of the possible gain, and prices over the planner's.

    python benchmarks/strategies.py investors    investors of every kind beside the firms; three minutes of CPU time
    python benchmarks/strategies.py firms        every strategy as all and as a fifth of the firms

docs/behaviour.md holds what it printed.
"""

import argparse
import sys
from pathlib import Path
from statistics import fmean, median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

MIXES = ("market-maker: 5%", "market-maker: 20%", "market-maker: 50%", "market-maker: 100%", "speculator: 5%", "speculator: 20%", "speculator: 50%",
         "zero-intelligence: 20%", "market-maker: 50%, speculator: 50%")  # fmt: skip
NOBODY = {"cost-minimising": "0%", "zero-intelligence": "0%"}


def main() -> None:
    """Print one table in Markdown, a row a population."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("whose", choices=("investors", "firms"))
    asked = parser.parse_args()
    print("| population | share of gain, % | least of the seeds | mean price from January on, over the planner's |\n|---|---|---|---|")
    if asked.whose == "investors":
        for mix in ("", *MIXES):
            row(mix or "none", f"firms.investors={{{mix}}}", range(301, 311))
        return
    from marketsim.agents import STRATEGIES

    for name in sorted(STRATEGIES):
        for part in (100,) if name == "cost-minimising" else (100, 20):
            shares = NOBODY | {"cost-minimising": f"{100 - part}%"} | {name: f"{part}%"}
            row(f"{name}: {shares[name]}", "firms.strategies={" + ", ".join(f"{key}: {share}" for key, share in shares.items()) + "}", range(301, 305))


def row(label: str, setting: str, seeds: range) -> None:
    """One population over the seeds."""
    from marketsim.scenario import load
    from marketsim.simulation import run

    gains, ratios = [], {}
    for seed in seeds:
        result = run(load("tianjin-2020", (setting,)), seed)
        found, series = {metric: value for _, metric, _, value in result.summary}, result.series
        gains.append(100 * found["cost.share_of_gain"])
        for key in ("carbon", "energy", "water"):
            late = series[(series.metric == f"{key}.price") & (series.date >= "2021-01-01")].value
            ratios.setdefault(key, []).append(late.mean() / max(found[f"{key}.price_least"], 0.01))
    prices = ", ".join(f"{key} {median(ratio):.2f}" for key, ratio in ratios.items())
    print(f"| {label} | {fmean(gains):.1f} | {min(gains):.1f} | {prices} |", flush=True)


if __name__ == "__main__":
    main()
