"""Speed of the electricity market, per CPU-second of one core: prints each figure beside its bar.

Run: python benchmarks/electricity.py [clearing|coupling|agents|tianjin|curves …]; without a name all of them.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def report(name, value, bar, unit):
    print(f"{name:58s} {value:12,.1f} {unit:10s} bar {bar:>10,}", flush=True)


def cpu(function, repeat=3):
    """Least CPU seconds of a few runs."""
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return best


def clearing():
    from marketsim.markets.tick_auction import clear_auctions

    rng = np.random.default_rng(1)
    for size, auctions, bar in ((330, 4000, 30_000), (1100, 1500, 5_940), (4400, 400, 3_600)):
        side = np.tile((np.arange(size) % 2).astype(np.uint8), auctions)
        tick = np.where(side == 0, rng.integers(2000, 6000, size * auctions), rng.integers(1000, 5000, size * auctions))
        lots, start = rng.integers(1, 500, size * auctions), np.arange(auctions + 1) * size
        one = np.array([0, size])
        parts = [(side[i : i + size], tick[i : i + size], lots[i : i + size]) for i in range(0, size * auctions, size)]
        clear_auctions(one, *parts[0])
        report(f"clearing {size} bids, in one call, awards included", auctions / cpu(lambda: clear_auctions(start, side, tick, lots)), bar, "1/s")
        report(f"clearing {size} bids, a call each", auctions / cpu(lambda: [clear_auctions(one, *part) for part in parts]), bar, "1/s")


def coupling():
    from marketsim.markets.zonal import Links, Offers, couple_zones

    for units, hours, bar in ((200, 2000, 4_000), (4000, 400, 650)):
        rng, zones, lines = np.random.default_rng(5), 20, 40
        offers = Offers(zone=np.sort(rng.integers(0, zones, units)), tick=rng.integers(100, 5000, units))
        size = rng.integers(50_000, 500_000, (1, units)) * 200 // units
        ends = np.array([(z, int(rng.integers(0, z))) for z in range(1, zones)] + [(int(a), int(a + 1 + b) % zones) for a, b in rng.integers(0, zones - 1, (lines - zones + 1, 2))])
        none = np.zeros(lines, np.int64)
        links = Links(zone_from=ends[:, 0], zone_to=ends[:, 1], forward_kwh=rng.integers(50_000, 600_000, lines), backward_kwh=rng.integers(50_000, 600_000, lines),
                      fee_tick=none, loss_ppm=none)  # fmt: skip
        demand = (size.sum() / zones * rng.uniform(0.3, 0.9, (hours, zones))).astype(np.int64)
        done = couple_zones(offers, size, demand, links, 100_000)
        ours = hours / cpu(lambda: couple_zones(offers, size, demand, links, 100_000))
        report(f"coupling 20 zones x {units} units, awards included", ours, bar, "hours/s")
        rate, gap, inside = warm_highs(offers, size[0], demand[: min(hours, 300)], links, done)
        report("  HiGHS kept warm on the same hours (raw)", rate, bar, "hours/s")
        print(f"  largest relative difference of objectives {gap:.1e}; LP prices inside our intervals: {inside}")


def warm_highs(offers, size, demand, links, done):
    """The same hours as an LP in HiGHS from the last basis; rate, difference of objectives, whether its duals lie in our intervals."""
    from marketsim.markets.linear import Bounds, Solver

    zones, units, lines = demand.shape[1], len(offers.tick), len(links.fee_tick)
    rows = np.zeros((zones, units + zones + 2 * lines))
    rows[offers.zone, np.arange(units)] = 1
    rows[np.arange(zones), units + np.arange(zones)] = 1
    for n in range(lines):
        a, b, column = links.zone_from[n], links.zone_to[n], units + zones + n
        rows[a, column], rows[b, column], rows[b, column + lines], rows[a, column + lines] = -1, 1, -1, 1
    cost = np.r_[offers.tick, np.full(zones, 100_000), np.zeros(2 * lines)].astype(float)
    solver = Solver(rows, cost, np.zeros(len(cost)))
    fixed = np.r_[size, np.zeros(zones), links.forward_kwh, links.backward_kwh].astype(float)
    spent, gap, inside = 0.0, 0.0, True
    for hour, need in enumerate(demand.astype(float)):
        high = fixed.copy()
        high[units : units + zones] = need
        bounds = Bounds(row_low=need, row_high=need, low=np.zeros(len(cost)), high=high)
        start = time.process_time()
        x, dual = solver.solve(bounds)
        spent += time.process_time() - start
        gap = max(gap, abs(cost @ x - done.cost[hour]) / max(1.0, cost @ x))
        inside &= bool(((dual >= done.low_tick[hour] - 1e-6) & (dual <= done.high_tick[hour] + 1e-6)).all())
    return len(demand) / spent, gap, inside


def agents():
    import duckdb
    import pandas as pd

    from marketsim.agents import bid_mark_up
    from marketsim.rng import Luck
    from marketsim.simulation.spot_year import Spot, run_spot

    rng, units, loads, hours = np.random.default_rng(2), 200, 100, 8760
    wave = 100 + 30 * np.abs(np.arange(hours) % 24 - 12)
    spot = Spot(available_kwh=rng.integers(50_000, 600_000, (units, 1)) * rng.integers(60, 101, (units, hours)) // 100,
                contracted_kwh=np.zeros((units, hours), np.int64), cost_tick=rng.integers(500, 6000, units),
                use_kwh=rng.integers(100_000, 800_000, (loads, 1)) * wave // 460, value_tick=rng.integers(4000, 12_000, loads), floor_tick=0, cap_tick=15_000)  # fmt: skip
    memory, luck = bid_mark_up.first_memory(units), Luck(seed=1)
    few = Spot(**{**vars(spot), "available_kwh": spot.available_kwh[:, :2], "use_kwh": spot.use_kwh[:, :2]})
    run_spot(bid_mark_up.bid, memory, few, luck)
    start = time.process_time()
    done = run_spot(bid_mark_up.bid, memory, spot, luck)
    with tempfile.TemporaryDirectory() as folder:
        units_table = pd.DataFrame({"hour": np.tile(np.arange(hours), units), "unit": np.repeat(np.arange(units), hours),
                                    "bid_tick": done.bid_tick.ravel(), "award_kwh": done.award_kwh.ravel()})  # fmt: skip
        loads_table = pd.DataFrame({"hour": np.tile(np.arange(hours), loads), "load": np.repeat(np.arange(loads), hours), "served_kwh": done.served_kwh.ravel()})
        prices = pd.DataFrame({"hour": np.arange(hours), "price_tick": done.price_tick})
        for name, table in (("units", units_table), ("loads", loads_table), ("prices", prices)):
            duckdb.from_df(table).write_parquet(str(Path(folder) / f"{name}.parquet"))
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
    spent = time.process_time() - start
    assert (done.award_kwh.sum(axis=0) == done.served_kwh.sum(axis=0)).all()
    print(f"{'300 bidders x 8,760 h, mark-up, every bid and award stored':58s} {spent:12.2f} CPU-s      bar {10:>10}   ({size / 1e6:.1f} MB, {300 * hours / spent:,.0f} unit-steps/s)")


def tianjin():
    from marketsim import resources
    from marketsim.domain.fleet import available, must_run, read_fleet
    from marketsim.domain.grid import read_grid
    from marketsim.domain.hours import by_month, hourly_load
    from marketsim.domain.orders import BUY, SELL
    from marketsim.markets.contracts import Terms, annual_contracts, contract_curve, contracted
    from marketsim.markets.deviation import CONTRACT, DeviationRules, Positions, all_payments, balance, payments, settle_deviations
    from marketsim.markets.merit_order import Offers, dispatch_merit_order
    from marketsim.markets.metering import metered

    start = time.process_time()
    folder, users = resources.path("configs", "grid", "tianjin"), 300
    grid, fleet = read_grid(folder), read_fleet(folder, ("carbon", "water", "energy")).in_zone("tianjin")
    hours, rng = leap_year(), np.random.default_rng(3)
    load = hourly_load(int(grid.use_kwh[0]), grid.shape[0], hours)
    sell = np.flatnonzero((fleet.rank == 2) & (fleet.exempt == 0))
    room = available(fleet, hours)
    use = rng.integers(1_000_000, 13_000_000, (users, 12))
    terms = Terms(low_tick=3107, high_tick=3655, seller_weight_ppm=662_000)
    signed = annual_contracts(use, room[sell].sum(axis=1), np.full(users, 3655), fleet.cost_tick[sell], terms)
    must = must_run(fleet, hours)
    must[sell] = np.minimum(contract_curve(contracted(signed, SELL, len(sell)), load, hours), room[sell])
    done = dispatch_merit_order(load, Offers(available_kwh=room, must_kwh=must, rank=fleet.rank, cost_tick=fleet.cost_tick), 100_000)
    use_of_rights = metered(done.generation_kwh, fleet.meter_per_gwh)
    made, pool = by_month(done.generation_kwh[sell], hours), users + len(sell)
    paid = [payments(signed.buyer, users + signed.seller, signed.fen, CONTRACT)]
    for month in range(12):
        bought, sold = contracted(signed, BUY, users)[:, month], contracted(signed, SELL, len(sell))[:, month]
        positions = Positions(account=np.arange(pool), side=np.r_[np.full(users, BUY), np.full(len(sell), SELL)], contracted_kwh=np.r_[bought, sold],
                              metered_kwh=np.r_[bought * rng.integers(92, 109, users) // 100, made[:, month]], over_tick=np.full(pool, 3655),
                              under_tick=np.full(pool, 3469), exempt=np.zeros(pool, np.int64))  # fmt: skip
        paid.append(settle_deviations(positions, DeviationRules(band_ppm=30_000, penalty_ppm=50_000, reference_tick=3469, pool=pool)))
    spent = time.process_time() - start
    net = balance(all_payments(*paid), pool + 1)
    gap = int((done.generation_kwh.sum(axis=0) + done.unserved_kwh - load).sum())
    print(f"{'a year of Tianjin: contracts, dispatch, deviations':58s} {spent:12.2f} CPU-s      bar {10:>10}")
    print(f"  kWh not accounted for {gap}; fen not accounted for {int(net.sum())}; left in the pool {int(net[pool])} fen; "
          f"{use_of_rights[0].sum() / 1e9:.2f} Mt, {done.unserved_kwh.sum()} kWh unserved")  # fmt: skip


def leap_year():
    from datetime import date, timedelta

    from marketsim.domain.hours import hours_of

    days = [date(2020, 1, 1) + timedelta(n) for n in range(366)]
    return hours_of(days, [day.weekday() >= 5 for day in days])


def curves():
    from marketsim.markets.curves import clear_curves

    rng = np.random.default_rng(4)
    orders = [(str(period), zone, "BS"[rng.integers(2)], f"{rng.integers(-50_000, 300_000) / 100:.2f}", f"{rng.integers(1, 5000) / 10:.1f}")
              for period in range(24) for zone in "AB" for _ in range(1250)]  # fmt: skip
    links = [(str(period), *ends, "500.5") for period in range(24) for ends in (("A", "B"), ("B", "A"))]
    clear_curves(orders[:10])
    print(f"{'a day of 60,000 steps in two zones':58s} {cpu(lambda: clear_curves(orders, (), links)):12.2f} CPU-s      bar {5:>10}")


PARTS = {part.__name__: part for part in (clearing, coupling, agents, tianjin, curves)}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
