"""Power markets with exact answers: dispatch over a grid, carbon and power together, and what pivotal generators do.

Source: Kirschen and Strbac (2004), Fundamentals of Power System Economics; Allaz and Vila (1993), J. Econ. Theory 59; Green and Newbery (1992),
JPE 100; Fabra, von der Fehr and Harbord (2006), RAND 37; PYPOWER's cases for grids.
"""

import json
import math

import numpy as np

from marketsim import lab
from marketsim.agents import bid_cournot, bid_supply_function
from marketsim.agents.bid_cournot import Oligopoly, forward_sales, quantities
from marketsim.agents.bid_equilibrium import Duopoly, bertrand_edgeworth, fictitious_play
from marketsim.markets.nodal import Generators, Network, NodalMarket
from marketsim.report.validation.check import Check, close, holds, near, series


def market(buses: int, lines: list, gens: list) -> NodalMarket:
    """A grid from rows (from, to, x, limit) and (bus, least, most, c1, c2)."""
    ends, rows = np.array(lines, float), np.array(gens, float)
    return NodalMarket(
        Network(buses=buses, line_from=ends[:, 0].astype(int), line_to=ends[:, 1].astype(int), x=ends[:, 2], limit_mw=ends[:, 3]),
        Generators(bus=rows[:, 0].astype(int), p_min_mw=rows[:, 1], p_max_mw=rows[:, 2], c1=rows[:, 3], c2=rows[:, 4]),
    )  # fmt: skip


def grids() -> list[Check]:
    """E1, E2 and E5: two zones, a triangle, and where the money goes."""
    found = []
    for limit, prices, rent in ((math.inf, (24 + 1 / 3, 24 + 1 / 3), 0.0), (400.0, (19.0, 35.0), 6400.0)):
        load = np.array([500.0, 1500.0])
        done = market(2, [(0, 1, 0.1, limit)], [(0, 0, 5000, 10, 0.005), (1, 0, 5000, 13, 0.01)]).clear(load)
        where = "free" if math.isinf(limit) else "400 MW line"
        found += [_near_all(f"E1 two zones, {where}: prices, rent", (*done.price, done.congestion_rent), (*prices, rent), 1e-6), _identity(f"E5 {where}", done, load, (0, 1))]
    load = np.array([0.0, 0.0, 300.0])
    done = market(3, [(0, 1, 0.1, math.inf), (0, 2, 0.1, 150), (1, 2, 0.1, math.inf)], [(0, 0, 1000, 10, 0), (1, 0, 1000, 30, 0)]).clear(load)
    return [*found, _near_all("E2 triangle: nodal prices", done.price, (10, 30, 50), 1e-6), _identity("E5 triangle", done, load, (0, 1))]


def carbon_and_power() -> list[Check]:
    """E6: coal at 20 with a factor of 1, gas at 50 with 0.4, 100 MW each, load 120, cap 90."""
    units = [{"name": "coal", "cap": 100, "fuel_cost": 20, "ef": 1}, {"name": "gas", "cap": 100, "fuel_cost": 50, "ef": 0.4}]
    done = json.loads(lab.run("power", json.dumps({"units": units, "periods": [{"demand": 120, "hours": 1}], "emission_cap": 90})))
    ours = (done["carbon_price_low"], done["carbon_price_high"], done["dispatch"][0][0])
    found = [_near_all("E6 carbon price low and high, coal MW", ours, (50, 50, 70), 1e-6)]
    for carbon, due in ((30, 50), (60, 74)):
        offers = [(0, 0, 100, 20 + carbon, 0), (0, 0, 100, 50 + 0.4 * carbon, 0)]
        price = market(2, [(0, 1, 0.1, math.inf)], offers).clear(np.array([0.0, 80.0])).price[0]
        found.append(near(f"E7 power price at a carbon price of {carbon}, load 80", float(price), due, 1e-6))
    return found


def market_power() -> list[Check]:
    """M1 to M6: Cournot, forwards, capacities and supply functions."""

    def game(intercept: float, cost: list[float]) -> Oligopoly:
        free = np.full(len(cost), np.inf)
        return Oligopoly(intercept=intercept, slope=1.0, cost=np.array(cost), capacity=free, forward=np.zeros(len(cost)))

    duopoly, sold = game(120.0, [30.0, 30.0]), game(100.0, [0.0, 0.0])
    q = quantities(duopoly)
    three = game(120.0, [10.0, 20.0, 35.0])
    each = quantities(three)
    price, share = bid_cournot.price(three, each), each / each.sum()
    beta = bid_supply_function.slopes(1.0, np.ones(2))
    supply, competitive = bid_supply_function.price(10.0, 1.0, beta), bid_supply_function.price(10.0, 1.0, np.ones(2))
    found = [
        _near_all("M1 Cournot duopoly: price, quantity, loss", (bid_cournot.price(duopoly, q), q[0], (90 - q.sum()) ** 2 / 2), (60, 30, 450), 1e-6),
        near("M2 margins by share less concentration over elasticity", float((share * (price - three.cost) / price).sum() - (share**2).sum() / (price / each.sum())), 0, 1e-9),
        _near_all("M3 forward sales of either", forward_sales(sold), (20, 20), 1e-6),
    ]
    for capacity, due in (((0.3, 0.3), (0.4, 0.4, 0.12)), ((0.6, 0.6), (1 / 15, 0.2, 0.04)), ((2.0, 1.0), (0, 0, 0))):
        found.append(_near_all(f"M4 capacities {series(capacity)}: low, high, profit", bertrand_edgeworth(*capacity), due, 1e-6))
    found.append(near("M5 slope of the supply function", float(beta[0]), (5**0.5 - 1) / 2, 1e-6))
    order = (competitive, supply, 5.0)
    return [*found, holds("M5, M6 competitive < supply function < Cournot", "3.3333 < 4.4721 < 5", series(order), competitive < supply < 5 and abs(supply - 4.4721) < 1e-4)]


def pivotal() -> list[Check]:
    """M7 and M8: two generators of 100 under a cap of 100, the load 150 or 80; fictitious play."""
    grid = np.arange(0, 100.25, 0.25)
    both = Duopoly(cost=np.zeros(2), capacity=np.full(2, 100.0), load=150.0, grid=grid)
    uniform, paid = fictitious_play(both, False), fictitious_play(both, True)
    slack = Duopoly(cost=np.array([10.0, 30.0]), capacity=np.full(2, 100.0), load=80.0, grid=np.arange(0, 101.0))
    forms = [fictitious_play(slack, form, 20_000).mean_price for form in (False, True)]
    return [
        close("M7 uniform price", uniform.mean_price, 100, 0.02), close("M7 pay-as-bid mean price", paid.mean_price, 66.67, 0.02),
        close("M7 profit of either", float(paid.profit.mean()), 5000, 0.02), close("M7 mean bid", float((paid.bids @ grid).mean()), 100 * math.log(2), 0.02),
        holds("M7 lowest bid", "≥ 50", series([grid[paid.bids.sum(axis=0) > 1e-3].min()]), grid[paid.bids.sum(axis=0) > 1e-3].min() >= 50),
        *(close(f"M8 slack load, {name}", price, 30, 0.01) for name, price in zip(("uniform", "pay-as-bid"), forms, strict=True)),
    ]  # fmt: skip


def _identity(name: str, done, load: np.ndarray, bus: tuple[int, ...]) -> Check:
    paid, earned = float(done.price @ load), float(done.price[list(bus)] @ done.dispatch_mw)
    return near(f"{name}: payment less revenue less rent, share of payment", (paid - earned - done.congestion_rent) / paid, 0.0, 1e-6)


def _near_all(name: str, ours, due, within: float) -> Check:
    worst = max(abs(float(a) - float(b)) for a, b in zip(ours, due, strict=True))
    return Check(name=name, due=series(due), accept=f"± {within:g}", ours=series(ours), passed=worst <= within)


CASES = {
    "case9": (24.0442, 5216.0266), "case14": (39.0162, 7642.5937), "case24_ieee_rts": (49.6740, 61001.2403), "case30": (3.7892, 565.2060),
    "case39": (13.5169, 41263.9408), "case118": (39.3814, 125947.8727),
}  # fmt: skip
"""Price and cost of PYPOWER's grids without congestion."""


def cases() -> list[Check]:
    """E3: grids of 9 to 118 buses out of PYPOWER, where it is installed, against its published prices and costs."""
    try:
        from pypower import api
    except ImportError:
        return [Check(name="E3 grids of PYPOWER", due="six cases", accept="reported", ours="not run: pip install pypower", passed=None)]
    found = []
    for name, (price, cost) in CASES.items():
        grid, load, constant = _grid(getattr(api, name)())
        done = grid.clear(load)
        found.append(_near_all(f"E3 {name}: price, cost", (done.price[0], done.objective + constant), (price, cost), 1e-3))
        paid, earned = float(done.price @ load), float(done.price[grid.gens.bus] @ done.dispatch_mw)
        found.append(near(f"E5 {name}: payment less revenue less rent, share of payment", (paid - earned - done.congestion_rent) / paid, 0.0, 1e-6))
    return found


def _grid(case: dict) -> tuple[NodalMarket, np.ndarray, float]:
    """Our grid without line limits, its load by bus in MW, and the constant part of its cost."""
    bus, gen, cost, branch = case["bus"], case["gen"], case["gencost"], case["branch"]
    place = {int(number): row for row, number in enumerate(bus[:, 0])}
    quadratic = cost[:, 3] == 3
    lines = [(place[int(b[0])], place[int(b[1])], b[3] * (b[8] or 1.0), math.inf) for b in branch]
    gens = [(place[int(g[0])], g[9], g[8], c[5] if q else c[4], c[4] if q else 0.0) for g, c, q in zip(gen, cost, quadratic, strict=True)]
    return market(len(bus), lines, gens), bus[:, 2] + bus[:, 4], float(np.where(quadratic, cost[:, 6], cost[:, 5]).sum())
