"""The calibration of the default scenario: is the price found or kept, does every right bind, what do booms and slumps do.

Prints one table a question; `make calibration` writes them into docs/calibration.md. A minute and a half on two cores.
"""

import argparse
import statistics
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

SCENARIO = "tianjin-2020"
OPENINGS = (10, 25, 90)
GROWTH = ("-3%", "5%")


def run_one(task: tuple[int, tuple[str, ...]]) -> dict[str, float]:
    """City figures of one run on typical days."""
    from marketsim.scenario import load
    from marketsim.simulation import run

    seed, settings = task
    rows = run(load(SCENARIO, ("power.resolution=typical-days", *settings)), seed).summary
    return {metric: value for _, metric, _, value in rows if not metric.startswith(("reconcile", "assess"))}


def medians(pool, seeds: range, settings: tuple[str, ...]) -> dict[str, float]:
    """Median of every figure over the seeds."""
    runs = list(pool.map(run_one, [(seed, settings) for seed in seeds]))
    return {name: statistics.median(run[name] for run in runs if name in run) for name in runs[0]}


def line(label: str, found: dict[str, float]) -> str:
    """A row of the table: last quarter's price and the planner's, right by right, and the share of the gain."""
    cells = [label]
    for key, digits in (("carbon", 2), ("energy", 1), ("water", 3)):
        last, least = found[f"{key}.price_last_quarter"], found[f"{key}.price_least"]
        cells.append(f"{last:.{digits}f} / {least:.{digits}f}")
    least = found["carbon.price_least"]
    cells.append(f"{found['carbon.price_last_quarter'] / least:.2f}" if least else "–")
    cells.append(f"{100 * found['cost.share_of_gain']:.0f} %")
    return "| " + " | ".join(cells) + " |"


def report(seeds: range, workers: int) -> list[str]:
    """All tables as lines of Markdown."""
    head = "| | carbon CNY/t: run / planner | energy CNY/tce | water CNY/m³ | carbon run ÷ planner | share of gain |\n|---|---|---|---|---|---|"
    out = [f"Medians over seeds {seeds.start} to {seeds.stop - 1}; run = mean of the daily prices of the last quarter.", "", head]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for opening in OPENINGS:
            out.append(line(f"opened at {opening} CNY/t", medians(pool, seeds, (f"markets.carbon.first_price={opening} CNY/t",))))
        for growth in GROWTH:
            out.append(line(f"growth {growth}", medians(pool, seeds, (f"activity.growth={growth}",))))
    return out


def main() -> None:
    """Print the tables for a block of seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1, help="first seed")
    parser.add_argument("--seeds", type=int, default=20, help="number of seeds")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    asked = parser.parse_args()
    print("\n".join(report(range(asked.first, asked.first + asked.seeds), asked.workers)))


if __name__ == "__main__":
    main()
