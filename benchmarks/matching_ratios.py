"""What the matching core promises, measured in one process, rounds interleaved, by CPU time: `python benchmarks/matching_ratios.py`.

Prints one line a promise: what, measured, bar. Needs the extra `bench` (bourse) and sortedcontainers (from hypothesis).

Source: the bars are the project's own; the workloads are `marketsim.lab.bench_matching`'s.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import matching_peers as peers  # noqa: E402

from marketsim.lab import bench_kernels, bench_matching  # noqa: E402
from marketsim.matching import auction_kernels, face  # noqa: E402
from marketsim.matching.auction import Bids  # noqa: E402
from marketsim.matching.core import Engine  # noqa: E402
from marketsim.matching.face import Rules  # noqa: E402

STEPS = (10, 100, 1_000, 10_000)  # messages bourse's NumPy batch gets at once; it is compared at the step that suits it best


def per_order(tape, rows) -> float:
    """CPU seconds of our face for one order, from Python."""
    engine = Engine(tape.rules())
    for book in range(tape.books):
        engine.open_day(book, 0, tape.ticks - 1)
    ours: dict[int, int] = {}

    def handle(_now: int, row: tuple) -> None:
        kind, side, tick, lots, oid, owner, book = row
        if kind == face.CANCEL:
            engine.cancel(ours[oid])
        else:
            ours[oid] = engine.submit(book, owner, side, tick, lots, kind).oid

    return peers.timed(handle, rows, tape.fill)


def zero_intelligence(events: int) -> float:
    """CPU seconds of a whole market of 100 traders inside one kernel."""
    traders, top = 100, 199
    engine = Engine(Rules(ticks=top + 1, owners=traders, orders=events))
    engine.open_day(0, 0, top)
    engine.make_room(events)
    limits = np.tile(np.array([[120], [80]]), (1, traders // 2)).T.ravel() + np.arange(traders) % 40
    units, cash = np.zeros(traders, np.int64), np.zeros(traders, np.int64)
    quoted = np.full(traders, -1, np.int64)
    bench_kernels.zero_intelligence(engine.address, quoted, limits, units, cash, (10, 1))
    begin = time.thread_time()
    trades = bench_kernels.zero_intelligence(engine.address, quoted, limits, units, cash, (events - 1000, 2))
    seconds = time.thread_time() - begin
    assert trades > 0 and units.sum() == cash.sum() == 0
    return seconds


def call_bids(orders: int) -> Bids:
    """Random bids over 2,001 ticks."""
    luck = np.random.default_rng(1)
    return Bids(side=luck.integers(0, 2, orders).astype(np.uint8), tick=luck.integers(9_000, 11_001, orders).astype(np.int32),
                lots=luck.integers(1, 100, orders).astype(np.int32), market=np.zeros(orders, bool))


def seconds_of(function, *arguments) -> float:
    """CPU seconds of one call."""
    begin = time.thread_time()
    function(*arguments)
    return time.thread_time() - begin


def measure(messages: int, rounds: int) -> dict[str, float]:
    """Medians of microseconds a message (or bid, or event) over interleaved rounds."""
    tapes = {shape: bench_matching.workload(shape, 1_000_000) for shape in bench_matching.SHAPES}
    rows = {shape: peers.rows_of(tape, messages) for shape, tape in tapes.items()}
    bids = call_bids(100_000)
    floats = bids.tick.astype(float)
    samples: dict[str, list[float]] = {}

    def note(name: str, seconds: float, count: int) -> None:
        samples.setdefault(name, []).append(seconds / count * 1e6)

    for _ in range(rounds):
        for shape, tape in tapes.items():
            note(f"batch {shape}", bench_matching.play(tape)[0], len(tape) - tape.fill)
            note(f"bourse {shape}", peers.bourse_per_order(tape, rows[shape])[0], messages)
            note(f"per order {shape}", per_order(tape, rows[shape]), messages)
            note(f"batch {shape}", bench_matching.play(tape)[0], len(tape) - tape.fill)
            for step in STEPS if tape.books == 1 else ():
                note(f"bourse batch {shape}, {step:,} a step", peers.bourse_batch(tape, step), len(tape) - tape.fill)
        note("zero intelligence", zero_intelligence(1_000_000), 1_000_000)
        note("call", seconds_of(auction_kernels.call_auction, bids, 10_000), len(floats))
        note("sort", seconds_of(np.sort, floats), len(floats))
    found = {name: statistics.median(values) for name, values in samples.items()}
    for shape in [shape for shape, tape in tapes.items() if tape.books == 1]:
        found[f"bourse batch {shape}"] = min(found[f"bourse batch {shape}, {step:,} a step"] for step in STEPS)
    return found


def growth(rounds: int) -> tuple[float, float]:
    """Time a message at 10⁶ live orders over that at 10³, and the log-log slope of time in messages."""
    small, large = (bench_matching.workload("deep", 500_000, orders=live) for live in (1_000, 1_000_000))
    ratio = statistics.median(bench_matching.play(large)[0] / bench_matching.play(small)[0] for _ in range(rounds))
    sizes = [125_000, 250_000, 500_000, 1_000_000]
    tapes = [bench_matching.workload("shallow", size) for size in sizes]
    times = [min(bench_matching.play(tape)[0] for _ in range(rounds + 2)) for tape in tapes]
    return ratio, float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def resident_bytes() -> int:
    """Memory this process holds, by Linux's count."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def memory(orders: int = 1_000_000) -> tuple[float, float]:
    """Bytes a live order, and megabytes of 10,000 empty books (a tenth of 100,000), beyond what the process held before."""
    before = resident_bytes()
    books = Engine(Rules(ticks=bench_matching.TICKS, books=100_000, orders=1))
    for book in range(100_000):
        books.open_day(book, 0, bench_matching.TICKS - 1)
    empty = resident_bytes() - before
    tape = bench_matching.workload("deep", 1, orders=orders)
    resting = bench_matching.part_of(tape.messages, slice(0, tape.fill))
    before = resident_bytes()
    engine = Engine(tape.rules())
    engine.open_day(0, 0, tape.ticks - 1)
    engine.submit_batch(resting)
    return (resident_bytes() - before) / orders, empty / 1e7


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000, help="timed messages of the per-order peers")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    per_live_order, empty = memory()
    found = measure(options.messages, options.rounds)
    lines = [(f"{name}: million a second", 1 / value, None) for name, value in sorted(found.items())]
    for shape in bench_matching.SHAPES:
        lines.append((f"batch over bourse per order, {shape}", found[f"bourse {shape}"] / found[f"batch {shape}"], 30))
        lines.append((f"per order over bourse per order, {shape}", found[f"bourse {shape}"] / found[f"per order {shape}"], 0.9))
        if f"bourse batch {shape}" in found:
            lines.append((f"batch over bourse batch, {shape}", found[f"bourse batch {shape}"] / found[f"batch {shape}"], 12))
    lines.append(("zero-intelligence market over bourse batch", found["bourse batch shallow"] / found["zero intelligence"], 3.5))
    lines.append(("call auction over np.sort, 100,000 bids", found["sort"] / found["call"], 1.5))
    ratio, slope = growth(options.rounds)
    lines += [("time a message, 1,000,000 over 1,000 live orders (at most)", ratio, 8), ("log-log slope in messages (at most)", slope, 1.05)]
    lines += [("bytes a live order (at most)", per_live_order, 64), ("10,000 empty books, MB (at most)", empty, 50)]
    for what, value, bar in lines:
        sys.stdout.write(f"{what:<60} {value:8.2f}" + (f"   bar {bar}\n" if bar else "\n"))


if __name__ == "__main__":
    main()
