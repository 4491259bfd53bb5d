"""Speed of the electricity market, per CPU-second of one core: prints each figure beside its bar.

Run: python benchmarks/electricity.py [clearing|agents|tianjin|year|curves|peers …]; without a name all of them.
"""

import sys
import time

import numpy as np


def report(name, value, bar, unit):
    print(f"{name:58s} {value:12,.1f} {unit:10s} bar {bar:>10,}", flush=True)


def seconds(name, value, bar):
    print(f"{name:58s} {value:12.2f} CPU-s      bar {bar:>10,}", flush=True)


def clearing():
    from marketsim.lab import bench_clearing

    found = bench_clearing.run({})
    for bids, bar in ((330, 30_000), (1100, 5_940), (4400, 3_600)):
        report(f"clearing {bids} bids, in one call, awards included", found[f"auctions_{bids}_per_second"], bar, "1/s")
        report(f"clearing {bids} bids, a call each", found[f"auctions_{bids}_a_call_each_per_second"], bar, "1/s")
    for name, links in (("coupled_hours", "lossless"), ("lossy_hours", "losses to 5 %")):
        for units, bar in ((200, 4_000), (4000, 650)):
            report(f"20 zones x {units} units, {links}, awards included", found[f"{name}_{units}_per_second"], bar, "hours/s")
            report(f"20 zones x {units} units, {links}, a call each", found[f"{name}_{units}_a_call_each_per_second"], bar, "hours/s")
            report("  HiGHS kept warm on the same hours", found[f"{name}_{units}_highs_warm_per_second"], bar, "hours/s")
    print(f"  hours in which HiGHS's cost or prices differ: {len(found['differences'])}")


def agents():
    from marketsim.lab import bench_agents

    found = bench_agents.run({})
    seconds("300 bidders x 8,760 h, mark-up, every bid and award stored", found["cpu_seconds"], 10)
    print(f"  {found['unit_steps_per_second']:,} unit-steps/s, {found['bytes_written'] / 1e6:.1f} MB, peak {found['peak_rss_bytes'] / 2**20:.0f} MiB")


def peers():
    """Other simulators on the same problems in the same process, where they are installed (extra `bench`)."""
    pypsa_hours()
    assume_clearing()


def pypsa_hours():
    """PyPSA on a week of coupled hours."""
    from marketsim.lab.bench_clearing import ZONES, coupled_hours, least_cpu_seconds
    from marketsim.markets.zonal import couple_zones

    try:
        import pandas as pd
        import pypsa
    except ImportError:
        print("PyPSA is not installed")
        return
    offers, size, demand, links = coupled_hours(200, 168, 1)
    zones = [f"z{z}" for z in range(ZONES)]
    net = pypsa.Network()
    net.set_snapshots(pd.RangeIndex(168))
    net.add("Bus", zones)
    net.add("Generator", [f"g{i}" for i in range(200)], bus=[zones[z] for z in offers.zone], p_nom=size[0] / 1000, marginal_cost=offers.tick / 10)
    net.add("Generator", [f"u{z}" for z in zones], bus=zones, p_nom=1e6, marginal_cost=1e4)
    net.add("Link", [f"l{i}" for i in range(len(links.fee_tick))], bus0=[zones[z] for z in links.zone_from], bus1=[zones[z] for z in links.zone_to],
            p_nom=links.forward_kwh / 1000, p_min_pu=-links.backward_kwh / links.forward_kwh)  # fmt: skip
    loads = [f"d{z}" for z in zones]
    net.add("Load", loads, bus=zones, p_set=pd.DataFrame(demand / 1000, columns=loads))
    start = time.process_time()
    net.optimize(solver_name="highs", log_to_console=False)
    spent = time.process_time() - start
    done = couple_zones(offers, size, demand, links, 100_000)
    ours = least_cpu_seconds(lambda: couple_zones(offers, size, demand, links, 100_000))
    report("coupling 20 zones x 200 units, 168 h: ours", 168 / ours, 110, "hours/s")
    report(f"  PyPSA {pypsa.__version__}", 168 / spent, 110, "hours/s")
    print(f"  relative difference of cost {abs(net.objective * 1e4 - done.cost.sum()) / done.cost.sum():.1e}")


def assume_clearing():
    """ASSUME's uniform-price clearing on books of 330 bids."""
    from datetime import datetime, timedelta

    from marketsim.lab.bench_clearing import least_cpu_seconds
    from marketsim.markets.tick_auction import clear_auctions

    try:
        from assume.common.market_objects import MarketConfig, MarketProduct
        from assume.markets.clearing_algorithms.simple import PayAsClearRole
        from dateutil import rrule
        from dateutil.relativedelta import relativedelta
    except ImportError:
        print("ASSUME is not installed")
        return
    rng, start, hour = np.random.default_rng(1), datetime(2020, 1, 1), timedelta(hours=1)
    role = PayAsClearRole(MarketConfig(
        market_id="spot", opening_hours=rrule.rrule(rrule.HOURLY, dtstart=start, until=start + 24 * hour), opening_duration=hour,
        market_mechanism="pay_as_clear", market_products=[MarketProduct(relativedelta(hours=1), 1, relativedelta(hours=1))]))  # fmt: skip
    product, side, books = (start, start + hour, None), (np.arange(330) % 2).astype(np.uint8), []
    for _ in range(100):
        tick, lots = np.where(side == 0, rng.integers(2000, 6000, 330), rng.integers(1000, 5000, 330)), rng.integers(1, 500, 330)
        theirs = [{"start_time": product[0], "end_time": product[1], "only_hours": None, "agent_addr": str(n), "bid_id": str(n), "node": "node0",
                   "volume": float(q if s else -q), "price": float(p)} for n, (s, p, q) in enumerate(zip(side.tolist(), tick.tolist(), lots.tolist()))]  # fmt: skip
        books.append((tick, lots, theirs))
    begun = time.process_time()
    volumes = [sum(order["accepted_volume"] for order in role.clear(theirs, [product])[0] if order["volume"] > 0) for _, _, theirs in books]
    spent = time.process_time() - begun
    one = np.array([0, 330])
    ours = least_cpu_seconds(lambda: [clear_auctions(one, side, tick, lots) for tick, lots, _ in books])
    same = sum(abs(volume - clear_auctions(one, side, tick, lots).volume[0]) < 1e-6 for volume, (tick, lots, _) in zip(volumes, books))
    report("clearing 330 bids, a call each: ours", 100 / ours, 872, "1/s")
    report("  ASSUME, pay_as_clear", 100 / spent, 872, "1/s")
    print(f"  books in which the traded volume is the same: {same} of 100")


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
    seconds("a year of Tianjin: contracts, dispatch, deviations", spent, 10)
    print(f"  kWh not accounted for {gap}; fen not accounted for {int(net.sum())}; left in the pool {int(net[pool])} fen; "
          f"{use_of_rights[0].sum() / 1e9:.2f} Mt, {done.unserved_kwh.sum()} kWh unserved")  # fmt: skip


def year():
    """A whole run of Tianjin 2020 (rights and electricity) without and with everything of the electricity market that goes together."""
    from marketsim import resources
    from marketsim.scenario import load
    from marketsim.simulation.found import found
    from marketsim.simulation.institutions import agenda
    from marketsim.simulation.run import play

    beside = ("power.green={share: 5%, value: 0.03 CNY/kWh, unbundled: 5%}", "power.mechanism={volume: 2 TWh, cap: 0.32 CNY/kWh}", "power.capacity_share=30%",
              "power.retail={share: 50%, fee: 0.01 CNY/kWh}", "power.time_of_use={peak: [9, 10, 18, 19], valley: [1, 2, 3]}", "power.storage={volume: 2 GWh}",
              "power.outages={}", "power.adjust=buy-back", "power.signing_floor=90%", "power.monthly_form=rolling")  # fmt: skip
    kinds = {
        "as it was": (), "spot day ahead and real time, all beside": ("power.spot={ahead: true, bidding: mark-up}", "power.from_outside=10%", *beside),
        "commitment, reserve, all beside": ("power.dispatch=committed", "power.reserve=10%", "power.from_outside=10%", *beside),
        "neighbours, spot, all beside": ("power.neighbours=true", "power.spot={}", *beside),
    }  # fmt: skip
    for name, settings in kinds.items():
        for _ in range(2):  # the second time everything is compiled
            begun = time.process_time()
            world = found(load(resources.path("scenarios", "tianjin-2020.yaml"), settings), 7)
            world.agenda = agenda(world)
            play(world)
            spent = time.process_time() - begun
        bad = int(np.abs(world.ledger.balance.sum(axis=(1, 2))).sum())
        seconds(f"whole run, {name}", spent, 10)
        print(f"  units of any asset not accounted for {bad}; price {world.state.power['price_sum'].sum() / world.state.power['price_mwh'].sum() / 10:.1f} CNY/MWh")


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
    start = time.process_time()
    clear_curves(orders, (), links)
    seconds("a day of 60,000 steps in two zones", time.process_time() - start, 5)


PARTS = {part.__name__: part for part in (clearing, agents, tianjin, year, curves, peers)}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
