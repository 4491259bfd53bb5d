"""The clearing benchmark: hourly auctions on integer ticks, and zones coupled by transfer limits, awards included.

Rates are per CPU second. Coupling is timed beside the same hours solved by HiGHS from its last basis, which also checks it:
objectives equal, HiGHS's prices inside our intervals; once with links that lose nothing, once with losses of up to 5 %.
Source: sizes after the project's notes on other simulators (330 to 4,400 bids; 20 zones with 200 and 4,000 units).
"""

import resource
import time
from dataclasses import replace

import numpy as np

from marketsim.lab.bench_matching import machine
from marketsim.markets.linear import Bounds, Solver
from marketsim.markets.tick_auction import clear_auctions
from marketsim.markets.zonal import Coupled, Links, Offers, ZonalMarket, couple_zones
from marketsim.rng import Luck

AUCTIONS = ((330, 4000), (1100, 1500), (4400, 400))
COUPLED = ((200, 2000), (4000, 400))
ZONES, LINES, UNSERVED = 20, 40, 100_000
CHECKED_HOURS, MOST_LOST_PPM = 200, 50_000


def run(arguments: dict) -> dict:
    """What `marketsim bench clearing --json` prints; `differences` lists hours in which HiGHS disagrees. Takes `seed`."""
    seed = int(arguments.get("seed", 1))
    begun, result, differences = time.process_time(), {"schema": "marketsim.bench/1"}, []
    for bids, auctions in AUCTIONS:
        together, alone = _auctions(bids, auctions, seed)
        result |= {f"auctions_{bids}_per_second": together, f"auctions_{bids}_a_call_each_per_second": alone}
    for loss, hours_of in ((0, "coupled_hours"), (MOST_LOST_PPM, "lossy_hours")):
        for units, hours in COUPLED:
            (rate, alone, peer), wrong = _coupling(coupled_hours(units, hours, seed, loss))
            result |= {f"{hours_of}_{units}_per_second": rate, f"{hours_of}_{units}_a_call_each_per_second": alone,
                       f"{hours_of}_{units}_highs_warm_per_second": peer}  # fmt: skip
            differences += [f"{hours_of}, {units} units, {what}" for what in wrong]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return result | {"cpu_seconds": time.process_time() - begun, "peak_rss_bytes": peak, "machine": machine(), "differences": differences}


class Draws:
    """Integers drawn one column after the other from a seed."""

    def __init__(self, seed: int):
        self._luck, self._step = Luck(seed=seed), 0

    def integers(self, low: int, high: int, shape: int | tuple[int, ...]) -> np.ndarray:
        """Integers from `low` to `high` − 1 in a shape; int64."""
        self._step += 1
        drawn = self._luck.uniform("bench", self._step, int(np.prod(shape))).reshape(shape)
        return low + (drawn * (high - low)).astype(np.int64)


def least_cpu_seconds(function, repeat: int = 3) -> float:
    """Least CPU time of a few calls."""
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return best


def _auctions(bids: int, auctions: int, seed: int) -> tuple[int, int]:
    """Auctions a second in one call, and with a call each."""
    rng, rows = Draws(seed), bids * auctions
    side = np.tile((np.arange(bids) % 2).astype(np.uint8), auctions)
    tick = np.where(side == 0, rng.integers(2000, 6000, rows), rng.integers(1000, 5000, rows))
    lots, start, one = rng.integers(1, 500, rows), np.arange(auctions + 1) * bids, np.array([0, bids])
    parts = [(side[i : i + bids], tick[i : i + bids], lots[i : i + bids]) for i in range(0, rows, bids)]
    clear_auctions(one, *parts[0])  # compiled before the clock starts
    together = least_cpu_seconds(lambda: clear_auctions(start, side, tick, lots))
    alone = least_cpu_seconds(lambda: [clear_auctions(one, *part) for part in parts])
    return round(auctions / together), round(auctions / alone)


def _coupling(instance: tuple) -> tuple[tuple[int, int, int], list[str]]:
    """Hours a second in one call, with a call each, and by HiGHS kept warm; and where they differ."""
    offers, size, demand, links = instance
    hours = len(demand)
    done = couple_zones(offers, size, demand, links, UNSERVED)
    ours = least_cpu_seconds(lambda: couple_zones(offers, size, demand, links, UNSERVED))
    market = ZonalMarket(offers, links, ZONES, UNSERVED)
    alone = least_cpu_seconds(lambda: [market.clear(size, demand[hour : hour + 1]) for hour in range(hours)], repeat=1)
    peer, wrong = _highs(offers, size[0], demand[:CHECKED_HOURS], links, done)
    return (round(hours / ours), round(hours / alone), peer), wrong


def coupled_hours(units: int, hours: int, seed: int, loss_ppm: int = 0) -> tuple[Offers, np.ndarray, np.ndarray, Links]:
    """A seeded instance: units at random in 20 zones, 40 links that lose up to `loss_ppm`, demand 30 to 90 % of a zone's mean capacity."""
    rng = Draws(seed)
    offers = Offers(zone=np.sort(rng.integers(0, ZONES, units)), tick=rng.integers(100, 5000, units))
    size = rng.integers(50_000, 500_000, (1, units)) * 200 // units
    tree = [(z, int(rng.integers(0, z, 1)[0])) for z in range(1, ZONES)]
    ends = np.array(tree + [(int(a), (int(a) + 1 + int(b)) % ZONES) for a, b in rng.integers(0, ZONES - 1, (LINES - len(tree), 2))])
    links = Links(zone_from=ends[:, 0], zone_to=ends[:, 1], forward_kwh=rng.integers(50_000, 600_000, LINES),
                  backward_kwh=rng.integers(50_000, 600_000, LINES), fee_tick=np.zeros(LINES, np.int64), loss_ppm=np.zeros(LINES, np.int64))  # fmt: skip
    demand = int(size.sum()) // ZONES * rng.integers(300, 900, (hours, ZONES)) // 1000
    return offers, size, demand, replace(links, loss_ppm=rng.integers(0, loss_ppm, LINES)) if loss_ppm else links


def _highs(offers: Offers, size: np.ndarray, demand: np.ndarray, links: Links, done: Coupled) -> tuple[int, list[str]]:
    units, line, kept = len(offers.tick), np.arange(LINES), 1.0 - links.loss_ppm / 1_000_000
    rows = np.zeros((ZONES, units + ZONES + 2 * LINES))
    rows[offers.zone, np.arange(units)] = 1
    rows[np.arange(ZONES), units + np.arange(ZONES)] = 1
    for first, a, b in ((units + ZONES, links.zone_from, links.zone_to), (units + ZONES + LINES, links.zone_to, links.zone_from)):
        rows[a, first + line], rows[b, first + line] = -1, kept
    cost = np.r_[offers.tick, np.full(ZONES, UNSERVED), np.zeros(2 * LINES)].astype(float)
    solver, spent, wrong = Solver(rows, cost, np.zeros(len(cost))), 0.0, []
    for hour, need in enumerate(demand.astype(float)):
        bounds = Bounds(row_low=need, row_high=need, low=np.zeros(len(cost)), high=np.r_[size, need, links.forward_kwh, links.backward_kwh])
        start = time.process_time()
        x, dual = solver.solve(bounds)
        spent += time.process_time() - start
        if abs(cost @ x - done.cost[hour]) > 1e-6 * max(1.0, cost @ x):
            wrong.append(f"hour {hour}: cost {done.cost[hour]:.0f}, HiGHS {cost @ x:.0f}")
        if (dual < done.low_tick[hour] - 1e-6).any() or (dual > done.high_tick[hour] + 1e-6).any():
            wrong.append(f"hour {hour}: a price of HiGHS lies outside our interval")
    return round(len(demand) / spent), wrong
