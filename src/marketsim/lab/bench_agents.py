"""The agents benchmark: 200 generators with learning mark-ups and 100 loads bid through the 8,760 hours of a year, everything stored.

Every bid, award and price is written to Parquet within the time that counts.
Source: sizes after the project's notes on other simulators (300 units, a year of hours).
"""

import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from marketsim.agents import bid_mark_up
from marketsim.lab.bench_clearing import Draws
from marketsim.lab.bench_matching import machine
from marketsim.rng import Luck
from marketsim.simulation.power.hours import Spot, SpotHours, run_spot

UNITS, LOADS, HOURS = 200, 100, 8760


def run(arguments: dict) -> dict:
    """What `marketsim bench agents --json` prints; `differences` says where supply is not demand. Takes `seed`."""
    spot, luck = bidders(int(arguments.get("seed", 1)), HOURS), Luck(seed=1)
    run_spot(bid_mark_up.bid, bid_mark_up.first_memory(UNITS), bidders(1, 2), luck)  # compiled before the clock starts
    start = time.process_time()
    done = run_spot(bid_mark_up.bid, bid_mark_up.first_memory(UNITS), spot, luck)
    size = _store(done)
    spent = time.process_time() - start
    unequal = np.flatnonzero(done.award_kwh.sum(axis=0) != done.served_kwh.sum(axis=0))
    return {
        "schema": "marketsim.bench/1", "bidders": UNITS + LOADS, "hours": HOURS, "cpu_seconds": spent,
        "unit_steps_per_second": round((UNITS + LOADS) * HOURS / spent), "hours_per_second": round(HOURS / spent), "bytes_written": size,
        "mean_price_cny_per_mwh": float(done.price_tick.mean()) / 10, "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "machine": machine(), "differences": [f"hour {hour}: supply is not demand" for hour in unequal.tolist()],
    }  # fmt: skip


def bidders(seed: int, hours: int) -> Spot:
    """A seeded fleet and loads with a daily wave."""
    rng = Draws(seed)
    wave = 100 + 30 * np.abs(np.arange(hours) % 24 - 12)
    return Spot(
        available_kwh=rng.integers(50_000, 600_000, (UNITS, 1)) * rng.integers(60, 101, (UNITS, hours)) // 100,
        contracted_kwh=np.zeros((UNITS, hours), np.int64), cost_tick=rng.integers(500, 6000, UNITS),
        use_kwh=rng.integers(100_000, 800_000, (LOADS, 1)) * wave // 460, value_tick=rng.integers(4000, 12_000, LOADS), floor_tick=0, cap_tick=15_000,
    )  # fmt: skip


def _store(done: SpotHours) -> int:
    """Write all hours as Parquet into a folder that is removed again; its size in bytes."""
    import duckdb
    import pandas as pd

    hours = np.arange(HOURS, dtype=np.int32)

    def columns(rows: int, values: dict[str, np.ndarray]) -> pd.DataFrame:
        return pd.DataFrame({"hour": np.tile(hours, rows), "row": np.repeat(np.arange(rows, dtype=np.int16), HOURS),
                             **{name: value.astype(np.int32).ravel() for name, value in values.items()}}, copy=False)  # fmt: skip

    with tempfile.TemporaryDirectory() as folder:
        write = [("units", lambda: columns(UNITS, {"bid_tick": done.bid_tick, "award_kwh": done.award_kwh})),
                 ("loads", lambda: columns(LOADS, {"served_kwh": done.served_kwh})), ("prices", lambda: columns(1, {"price_tick": done.price_tick}))]
        for name, table in write:  # one table in memory at a time
            duckdb.from_df(table()).write_parquet(str(Path(folder) / f"{name}.parquet"))
        return sum(file.stat().st_size for file in Path(folder).iterdir())
