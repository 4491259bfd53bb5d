"""Random systems of electricity against linear programs written apart from the package: cost, balance, and both ends of every price.

`python benchmarks/electricity_lp.py [--systems 300]` prints a line for each claim with how many agree; exit code 1 where one differs. A price's
upper end is what one unit more costs, its lower end what one unit less saves: two more programs each, so nothing is taken from a solver's duals.
"""

import argparse
from collections import Counter

import numpy as np
from scipy.optimize import linprog

from marketsim.markets import capped_dispatch, curves, merit_order, nodal, storage, tick_auction, zonal

WORTH = 9_999
FOUND: dict[str, Counter] = {}


def claim(name, holds):
    """Count one check of a claim."""
    FOUND.setdefault(name, Counter())[bool(holds)] += 1


def least(cost, rows, want, high, low=0.0):
    """The least cost of a program with equalities, infinite where there is no answer."""
    bounds = np.column_stack([np.broadcast_to(low, len(cost)), high])
    done = linprog(cost, A_eq=rows, b_eq=want, bounds=bounds, method="highs")
    return done.fun if done.status == 0 else np.inf


def ends(cost, place, want):
    """What one unit more at a place costs, and what one unit less saves (None where nothing is wanted there)."""
    one = np.zeros(len(want))
    one[place] = 1.0
    middle = cost(want)
    return cost(want + one) - middle, middle - cost(want - one) if want[place] > 0 else None


def one_zone(rng):
    """An hour's merit order with must-run output."""
    units = rng.integers(0, 6)
    can = rng.integers(0, 20, (units, 1))
    must = np.minimum(can, rng.integers(0, 8, (units, 1)) * (rng.random((units, 1)) < 0.3))
    price, load = rng.integers(0, 6, units) * 50 + 100, rng.integers(0, 50, 1)
    offers = merit_order.Offers(available_kwh=can, must_kwh=must, rank=np.full(units, 2), cost_tick=price)
    done = merit_order.dispatch_merit_order(load, offers, WORTH)
    terms, high = np.r_[np.zeros(units), price, WORTH], np.r_[must[:, 0], (can - must)[:, 0], 1e6]

    def cost(want):
        return least(terms, np.ones((1, len(terms))), want, high)

    upper, lower = ends(cost, 0, load.astype(float))
    claim("merit order: ends of the price", done.price_high_tick[0] == round(upper) and (lower is None or done.price_low_tick[0] == round(lower)))
    claim("merit order: balance", done.generation_kwh.sum() + done.unserved_kwh[0] == load[0])


def auction(rng):
    """A uniform-price auction on ticks."""
    bids = rng.integers(1, 8)
    side, tick, lots = rng.integers(0, 2, bids).astype(np.uint8), rng.integers(0, 8, bids), rng.integers(0, 6, bids)
    done = tick_auction.clear_auctions(np.array([0, bids]), side, tick, lots)
    sign = np.where(side == 0, 1.0, -1.0)
    claim("auction: gain from trade", abs((sign * tick * done.fills).sum() + least(-sign * tick, sign[None], [0.0], lots)) < 1e-6)
    wanted, offered = ([int(lots[(side == s) & keep].sum()) for keep in kept] for s, kept in (
        (0, [tick >= p for p in range(-1, 10)]), (1, [tick <= p for p in range(-1, 10)])))  # fmt: skip
    claim("auction: most volume", done.volume[0] == max(map(min, wanted, offered)))


def zones(rng, lossy):
    """Coupled zones with limits, fees and, where `lossy`, losses; whole zones are often short."""
    count, offers = rng.integers(1, 5), rng.integers(1, 10)
    lines = rng.integers(0, 6) if count > 1 else 0
    zone, tick = rng.integers(0, count, offers), rng.integers(0, 8, offers) * 50
    size, demand = rng.integers(0, 40, (1, offers)) * 1000, rng.integers(0, 60, (1, count)) * 1000
    start = rng.integers(0, count, lines)
    links = zonal.Links(zone_from=start, zone_to=(start + 1 + rng.integers(0, max(count - 1, 1), lines)) % count, forward_kwh=rng.integers(0, 30, lines) * 1000,
                        backward_kwh=rng.integers(0, 30, lines) * 1000, fee_tick=rng.integers(0, 3, lines) * 7, loss_ppm=rng.integers(0, 4, lines) * 10_000 * lossy)  # fmt: skip
    done = zonal.couple_zones(zonal.Offers(zone=zone, tick=tick), size, demand, links, WORTH)
    flows = offers + count + np.arange(lines)
    rows, kept = np.zeros((count, offers + count + 2 * lines)), 1 - links.loss_ppm / 1e6
    rows[zone, np.arange(offers)], rows[np.arange(count), offers + np.arange(count)] = 1.0, 1.0
    rows[links.zone_from, flows], rows[links.zone_to, flows] = -1.0, kept
    rows[links.zone_to, flows + lines], rows[links.zone_from, flows + lines] = -1.0, kept
    terms = np.r_[tick, np.full(count, WORTH), links.fee_tick, links.fee_tick].astype(float)
    high, name = np.r_[size[0], np.full(count, 1e7), links.forward_kwh, links.backward_kwh], "zones with losses" if lossy else "zones"

    def cost(want):
        return least(terms, rows, want, high)

    claim(f"{name}: cost", np.isclose(done.cost[0], cost(demand[0].astype(float)), rtol=1e-9, atol=1e-3))
    for place in range(count):
        upper, lower = ends(cost, place, demand[0].astype(float))
        claim(f"{name}: ends of the price", abs(upper - done.high_tick[0, place]) < 1e-3 and (lower is None or abs(lower - done.low_tick[0, place]) < 1e-3))
    price = done.price_tick[0]
    paid = price @ demand[0] - price[zone] @ done.award_kwh[0] - price @ done.unserved_kwh[0]
    rent = zonal.congestion_rent(done, links).sum() + np.abs(done.sent_kwh[0]) @ links.fee_tick
    claim(f"{name}: paid = earned + rent + fees", np.isclose(paid, rent, rtol=1e-9, atol=1e-3))


def grid(rng):
    """DC power flow with angles (the package uses distribution factors), linear offers, some below zero."""
    buses, gens = rng.integers(1, 6), rng.integers(1, 7)
    lines = [(bus, int(rng.integers(0, bus))) for bus in range(1, buses)]
    lines += [tuple(rng.choice(buses, 2, replace=False)) for _ in range(rng.integers(0, 4) if buses > 1 else 0)]
    a, b = (np.array([line[end] for line in lines], int) for end in (0, 1))
    x, limit = rng.integers(1, 5, len(lines)) / 10, np.where(rng.random(len(lines)) < 0.6, rng.integers(5, 60, len(lines)), 1e4).astype(float)
    bus, high, price, load = rng.integers(0, buses, gens), rng.integers(10, 100, gens).astype(float), rng.integers(-2, 6, gens) * 10.0, rng.integers(0, 40, buses).astype(float)
    market = nodal.NodalMarket(nodal.Network(buses=int(buses), line_from=a, line_to=b, x=x, limit_mw=limit),
                               nodal.Generators(bus=bus, p_min_mw=np.zeros(gens), p_max_mw=high, c1=price, c2=np.zeros(gens)))  # fmt: skip
    count = len(lines)  # columns: generators, flows, angles; rows: buses, then flow · x = difference of angles
    rows = np.zeros((buses + count, gens + count + buses))
    rows[bus, np.arange(gens)] = 1.0
    rows[a, gens + np.arange(count)] -= 1.0
    rows[b, gens + np.arange(count)] += 1.0
    rows[buses + np.arange(count), gens + np.arange(count)] = x
    rows[buses + np.arange(count), gens + count + a] -= 1.0
    rows[buses + np.arange(count), gens + count + b] += 1.0
    free = np.r_[0.0, np.full(buses - 1, 1e6)]

    def cost(want):
        return least(np.r_[price, np.zeros(count + buses)], rows, np.r_[want, np.zeros(count)], np.r_[high, limit, free], np.r_[np.zeros(gens), -limit, -free])

    try:
        done = market.clear(load)
    except ValueError:
        claim("grid: no answer where there is none", np.isinf(cost(load)))
        return
    claim("grid: cost", np.isclose(done.objective, cost(load), rtol=1e-7, atol=1e-5))
    step, middle = 1e-3, cost(load)
    for place in range(buses):
        one = step * (np.arange(buses) == place)
        for end, found in (((cost(load + one) - middle) / step, done.price_high[place]), ((middle - cost(load - one)) / step, done.price_low[place])):
            claim("grid: ends of the price", (np.isinf(end) and np.isinf(found)) or abs(end - found) < 1e-2)
    made = np.bincount(bus, done.dispatch_mw, buses)
    claim("grid: paid = earned + rent", abs(done.price @ (load - made) - done.congestion_rent) < 1e-6 * max(1.0, np.abs(done.price).max() * load.sum()))


def capped(rng):
    """Several periods under one cap on what is emitted."""
    periods, units = rng.integers(1, 4), rng.integers(1, 6)
    load, hours, room = rng.integers(0, 200, periods) * 1.0, rng.integers(1, 4, periods) * 1.0, rng.integers(0, 100, units) * 1.0
    fuel, factor = rng.integers(0, 10, units) * 10.0, rng.integers(0, 6, units) * 0.2
    system = capped_dispatch.Problem(load_mw=load, hours=hours, cap_mw=room, fuel_cost=fuel, factor=factor, voll=1000.0)
    terms, emits = np.r_[np.outer(hours, fuel).ravel(), hours * 1000.0, 0.0], np.r_[np.outer(hours, factor).ravel(), np.zeros(periods), 1.0]
    rows = np.hstack([np.kron(np.eye(periods), np.ones(units)), np.eye(periods), np.zeros((periods, 1))])
    high = np.r_[np.tile(room, periods), np.full(periods + 1, 1e9)]
    cap = float(rng.integers(0, int(capped_dispatch.dispatch_at_price(system, 0.0).emissions) + 3))

    def cost(most):
        return least(terms, np.vstack([rows, emits]), np.r_[load, most], high)

    done, step = capped_dispatch.dispatch_under_cap(system, cap), 1e-5
    claim("cap on emissions: cost", np.isclose(done.objective, cost(cap), rtol=1e-7, atol=1e-5))
    claim("cap on emissions: low end", abs((cost(cap) - cost(cap + step)) / step - done.price_low) < 1e-2 * max(1.0, done.price_low))
    if cap > step:
        claim("cap on emissions: high end", abs((cost(cap - step) - cost(cap)) / step - done.price_high) < 1e-2 * max(1.0, done.price_high))


def published(rng):
    """Three zones of published curves with fixed supply and demand, prices on a few levels."""
    names = "ABC"[: rng.integers(1, 4)]
    orders = [("1", names[rng.integers(len(names))], "BS"[rng.integers(2)], str(rng.integers(-3, 9) * 5), str(rng.integers(1, 12))) for _ in range(rng.integers(1, 14))]
    orders += [("1", name, "S", "60", "1") for name in names]
    links = [("1", a, b, str(rng.integers(0, 9))) for a in names for b in names if a != b and rng.random() < 0.6]
    sign, price = np.array([1.0 if order[2] == "S" else -1.0 for order in orders]), np.array([float(order[3]) for order in orders])
    rows = np.zeros((len(names), len(orders) + len(links)))
    rows[[names.index(order[1]) for order in orders], np.arange(len(orders))] = sign
    for n, link in enumerate(links, start=len(orders)):
        rows[names.index(link[1]), n], rows[names.index(link[2]), n] = -1.0, 1.0
    terms, high = np.r_[sign * price, np.zeros(len(links))], np.array([float(row[-1]) for row in [*orders, *links]])
    middle, step = least(terms, rows, np.zeros(len(names)), high), 1e-4
    for zone in curves.clear_curves(orders, (), links)[0]:
        for way, found in ((1, zone.price_high), (-1, zone.price_low)):
            end = way * (least(terms, rows, way * step * (np.array(list(names)) == zone.zone), high) - middle) / step
            claim("curves: ends of the price", abs(found / 1000 - np.clip(end, price.min(), price.max())) < 1e-3)


def store(rng):
    """A store over a day; it may differ by whole kWh only."""
    price, kept = rng.integers(0, 8, 24) * 50, rng.choice([0.7, 0.85, 1.0])
    taken, given = storage.schedule(price, storage.Store(power_kwh=500, volume_kwh=2000, efficiency_ppm=int(kept * 1e6)))
    level = np.eye(24, k=-1) - np.eye(24)
    best = least(np.r_[price, -price, np.zeros(24)], np.hstack([kept * np.eye(24), -np.eye(24), level]), np.zeros(24), np.r_[np.full(48, 500.0), np.full(23, 2000.0), 0.0])
    claim("storage: gain of the day, to whole kWh", abs(price @ (given - taken) + best) <= 24 * 350)


def main():
    """Run every kind of system so many times and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", type=int, default=300)
    kinds = (one_zone, auction, lambda rng: zones(rng, 0), lambda rng: zones(rng, 1), grid, capped, published, store)
    for seed in range(parser.parse_args().systems):
        for kind, system in enumerate(kinds):
            system(np.random.default_rng([2026, seed, kind]))
    for name, counted in FOUND.items():
        print(f"{name:45s} agree {counted[True]:6d}   differ {counted[False]}")
    raise SystemExit(any(counted[False] for counted in FOUND.values()))


if __name__ == "__main__":
    main()
