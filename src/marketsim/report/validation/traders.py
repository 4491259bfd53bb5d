"""Double auctions of traders with induced values: the set-ups of Gode and Sunder, Smith and Cliff, beside the published figures.

Every figure is what `marketsim lab traders` prints for the set-up. 2,000 shouts a period; an order book unless said otherwise.
Source: Gode and Sunder (1993), JPE 101(1); Cliff (1997), HPL-97-91; Smith (1962), JPE 70(2); Gjerstad and Dickhaut (1998), Games Econ. Behav. 22.
"""

import json

import numpy as np

from marketsim import lab
from marketsim.agents.double_auction import ZI_C, market_of, session
from marketsim.agents.induced_measures import equilibrium, measure
from marketsim.report.validation.check import Check, between, close, holds, near, reported, series, shown
from marketsim.rng import Luck

EVERY = [[unit] for unit in range(325, 50, -25)]
CLOSER = [[unit] for unit in range(320, 79, -24)]
SETUPS: dict[str, tuple[list, list]] = {
    "GS1": ([[102, 97, 92, 87, 82, 77]] * 6, [[34, 46, 58, 70, 82, 94]] * 6),
    "GS2": ([[117, 105, 93, 81, 69, 57]] * 6, [[49, 54, 59, 64, 69, 74]] * 6),
    "GS3": ([[133, 95, 90]] * 6, [[90, 95, 100]] * 6),
    "GS4": ([[180, 175, 170, 165, 160]] * 6, [[90, 142, 170, 190, 198]] * 6),
    "GS5": ([np.round(np.linspace(159, 131, 18)).astype(int)[i::3].tolist() for i in range(3)] + [[127] * 7] * 3,
            [np.round(np.linspace(96, 124, 18)).astype(int)[i::3].tolist() for i in range(3)] + [[131] * 7] * 3),
    "CS": (EVERY, EVERY[::-1]), "CF": (EVERY, [[200]] * 11), "CD": ([[200]] * 11, [[50]] * 6), "CE": ([[320]] * 6, [[200]] * 11),
    "CB": (CLOSER, CLOSER[::-1]),
}  # fmt: skip
"""Buyers' values and sellers' costs; GS5 and the published schedules are read off figures by a third party; CB is Smith's chart 1 as the Bristol Stock Exchange sets it."""
GODE_SUNDER = {"GS1": (90, 99.9, 28.5), "GS2": (90, 99.2, 49.8), "GS3": (76.7442, 99.0, 15.9), "GS4": (48.7805, 98.2, 60.5)}
"""Efficiency of unconstrained and of constrained traders, and the profit dispersion of the latter."""
REPLICATED = {"GS1": 99.88, "GS2": 99.82, "GS3": 99.64, "GS4": 99.54, "GS5": 96.94}
"""Efficiency of constrained traders in an independent replication, fifty seeds."""
SLOPES = {"GS1": -0.64, "GS2": -0.61, "GS3": -1.23, "GS4": -3.59, "GS5": -0.83}
SEED = 7001
FIRST_MEAN, FIRST_SD = 73.6230, 19.597


def ask(market: str, strategy: str, more: dict) -> dict:
    """What the lab prints for one set-up, with further keys of its input."""
    buyers, sellers = SETUPS[market]
    most = 400 if market[0] == "C" else 200
    asked = {"buyers": buyers, "sellers": sellers, "strategy": strategy, "price_max": most, "seed0": SEED} | more
    return json.loads(lab.run("traders", json.dumps(asked)))


def by_day(market: str, strategy: str, figure: str, seeds: int = 60) -> list[float]:
    """One figure by trading day, ten days."""
    return ask(market, strategy, {"periods": 10, "seeds": seeds})[figure]["by_period"]


def random_traders() -> list[Check]:
    """Zero intelligence: what the rules of the market do by themselves."""
    found, chance = [], {market: ask(market, "zi_c", {"seeds": 60}) for market in REPLICATED}
    efficiency = {market: ours["efficiency_pct"]["mean"] for market, ours in chance.items()}
    for market, (everything, paper, dispersion) in GODE_SUNDER.items():
        found.append(near(f"{market}: efficiency of ZI-U, %", ask(market, "zi_u", {"seeds": 5})["efficiency_pct"]["mean"], everything, 5e-5))
        found.append(near(f"{market}: efficiency of ZI-C, %", efficiency[market], paper, 1.5))
        found.append(close(f"{market}: profit dispersion of ZI-C", chance[market]["profit_dispersion"]["mean"], dispersion, 0.25))
    found.append(near("GS5: efficiency of ZI-U, % (schedule read off a figure)", ask("GS5", "zi_u", {"seeds": 5})["efficiency_pct"]["mean"], 86.67, 1.0))
    found.append(near("GS5: efficiency of ZI-C, %", efficiency["GS5"], 97.1, 1.5))
    apart = chance["GS5"]["profit_dispersion"]["mean"]
    found.append(close("GS5: profit dispersion of ZI-C, of a replication on that reading", apart, 23.3, 0.25))
    found.append(reported("GS5: the same beside the paper, which is not within 25 %", "19.1 (paper)", apart))
    found += [near(f"{market}: efficiency of ZI-C, % of an independent replication", efficiency[market], due, 0.3) for market, due in REPLICATED.items()]
    for shouts, due in ((25, 17.7), (50, 33.7), (100, 57.4), (200, 82.2), (500, 98.3), (1000, 99.8)):
        ours = ask("GS1", "zi_c", {"shouts": shouts, "seeds": 60})["efficiency_pct"]["mean"]
        found.append(near(f"GS1: efficiency of ZI-C after {shouts} shouts, %", ours, due, 2.5))
    return [*found, *first_trade(), *(within_period(market) for market in SETUPS if market.startswith("GS"))]


def first_trade() -> list[Check]:
    """The first constrained trade in market 1, 20,000 times: its mean within four standard errors, and its distribution by Pearson's chi-square.

    The chi-square is told as a normal deviate, by Wilson and Hilferty's cube root; 3.09 is the 99.9 % quantile.
    """
    chance = first_trade_chances(102, 34, 200)
    every = np.arange(len(chance))
    mean = float(chance @ every)
    market = market_of(*SETUPS["GS1"], 200)
    lucks = (float(Luck(seed=SEED + seed).uniform("double auction", 0, 1)[0]) for seed in range(100))
    price = np.concatenate([measure(market, session(market, ZI_C, 200, 300, luck), 200).first_trade for luck in lucks]).astype(int)
    due, seen = len(price) * chance, np.bincount(price, minlength=len(chance))
    possible = due > 0
    freedom = int(possible.sum()) - 1
    distance = float(((seen[possible] - due[possible]) ** 2 / due[possible]).sum())
    deviate = ((distance / freedom) ** (1 / 3) - 1 + 2 / (9 * freedom)) / (2 / (9 * freedom)) ** 0.5
    return [
        near("GS1: exact mean of the price of the first ZI-C trade", mean, FIRST_MEAN, 5e-4),
        near("GS1: mean price of the first ZI-C trade, 4 se", float(price.mean()), mean, 4 * FIRST_SD / len(price) ** 0.5),
        holds("GS1: prices of the first trade that cannot be", "0", str(int(seen[~possible].sum())), not seen[~possible].any()),
        between(f"GS1: chi-square of the first trade, {freedom} degrees of freedom, as a normal deviate", deviate, None, 3.09),
    ]


def first_trade_chances(value: int, cost: int, most: int) -> np.ndarray:
    """Chance of each price of the first ZI-C trade, exactly: how often every pair of standing quotes is visited before it. Shape (most + 2,)."""
    visits, price = np.zeros((value + 1, most + 2)), np.zeros(most + 2)  # bid 0 and ask most + 1: none stands
    visits[0, most + 1] = 1.0
    bid_each, ask_each = 0.5 / value, 0.5 / (most - cost + 1)
    for bid in range(value + 1):
        for asked in range(most + 1, max(bid, cost - 1), -1):
            bids, asks = slice(bid + 1, min(asked, value + 1)), slice(max(cost, bid + 1), asked)
            at_ask, at_bid = bid_each * max(value - asked + 1, 0), ask_each * max(bid - cost + 1, 0)
            moves = at_ask + at_bid + bid_each * max(bids.stop - bids.start, 0) + ask_each * max(asks.stop - asks.start, 0)
            here = visits[bid, asked] / moves if moves else 0.0
            visits[bids, asked] += here * bid_each
            visits[bid, asks] += here * ask_each
            price[asked] += here * at_ask
            price[bid] += here * at_bid
    return price


def within_period(market: str) -> Check:
    """Slope of the root mean square deviation from the equilibrium price on the number of the trade in its period: prices close in without any learning."""
    setup = market_of(*SETUPS[market], 200)
    price = equilibrium(setup).price
    apart: dict[int, list[float]] = {}
    for seed in range(40):
        trades = session(setup, ZI_C, 6, 2000, float(Luck(seed=SEED + seed).uniform("double auction", 0, 1)[0]))
        number = np.arange(len(trades.period)) - np.searchsorted(trades.period, trades.period)
        for place, paid in zip(number.tolist(), trades.price.tolist(), strict=True):
            apart.setdefault(place, []).append((paid - price) ** 2)
    often = sorted(place for place, squares in apart.items() if len(squares) >= 120)  # a number that half of the periods reach
    slope = float(np.polyfit(often, [np.mean(apart[place]) ** 0.5 for place in often], 1)[0])
    return holds(f"{market}: slope of ZI-C's deviation within a period (paper {SLOPES[market]})", "below 0", series([slope]), slope < 0)


def cliff_rule() -> list[Check]:
    """Cliff's rule, where shouts do not stand: random traders miss further, learning ones close in as fast."""
    found = []
    for market, due in (("CS", 199.6), ("CF", 229.9), ("CD", 143.9), ("CE", 244.4)):
        ours = ask(market, "zi_c", {"rule": "cliff", "periods": 10, "seeds": 100})["mean_price"]["mean"]
        found.append(near(f"{market}: mean price of ZI-C", ours, due, 8.0))
        found.append(between(f"{market}: distance of ZI-C from the equilibrium", abs(ours - 200), *((None, 3) if market == "CS" else (10, None))))
    learnt = ask("CS", "zip", {"rule": "cliff", "periods": 10, "seeds": 60})
    alpha, flat = learnt["alpha_pct"]["by_period"], ask("CF", "zip", {"rule": "cliff", "periods": 10, "seeds": 60})["mean_price"]["by_period"]
    found += [between("CS: alpha of ZIP on day 1, %", alpha[0], 12, 24), between("CS: alpha of ZIP on day 5, %", alpha[4], None, 3),
              between("CS: alpha of ZIP on day 10, %", alpha[9], None, 2.5),
              between("CS: mean efficiency of ZIP on days 2–10, %", float(np.mean(learnt["efficiency_pct"]["by_period"][1:])), 98.5, None),
              between("CF: largest distance of ZIP's price from 200 from day 4", max(abs(price - 200) for price in flat[3:]), None, 5)]  # fmt: skip
    for move, due in (({"values": 50}, 225), ({"costs": -50}, 175)):
        for rule in ("book", "cliff"):
            day = ask("CS", "zip", {"rule": rule, "periods": 20, "seeds": 60, "shift": {"period": 11, **move}})["mean_price"]["by_period"]
            found.append(near(f"CS, {rule}: ZIP's price on day 15 after a shift of {next(iter(move))} by {next(iter(move.values()))}", day[14], due, 5))
    return found


def bristol() -> list[Check]:
    """Smith's market as the Bristol Stock Exchange sets it, where its own ZIP traders stop trading; its figures are of twenty seeds, days 2 to 10."""
    chance, learnt = (ask("CB", name, {"periods": 10, "seeds": 60}) for name in ("zi_c", "zip"))
    alpha, trades, efficiency = (learnt[figure]["by_period"] for figure in ("alpha_pct", "trades", "efficiency_pct"))
    return [
        shown("CB: trades of ZI-C by day", "5.8 to 6 (Bristol)", chance["trades"]["by_period"]), shown("CB: alpha of ZI-C by day, %", "19 to 22 (Bristol)", chance["alpha_pct"]["by_period"]),
        shown("CB: trades of ZIP by day", "5.3, 3.5, 2.5, 2.8, 2.8, 2.5, 2.1, 1.8, 1.9 (Bristol)", trades),
        shown("CB: alpha of ZIP by day, %", "20.5, 11.2, 9.7, 9.4, 10.9, 9.4, 10.2, 12.5, 16.8 (Bristol)", alpha),
        between("CB: alpha of ZIP on day 5, %", alpha[4], None, 3), between("CB: least trades of ZIP a day", min(trades), 5, None),
        between("CB: efficiency of ZIP on day 5, %", efficiency[4], 98, None), between("CB: least efficiency of ZIP from day 2, %", min(efficiency[1:]), 98, None),
    ]  # fmt: skip


def lopsided() -> list[Check]:
    """Zero intelligence misses the equilibrium of 200 where schedules are lopsided; book rule, ten days."""
    found = []
    for market, due in (("CS", 201.3), ("CF", 217.1), ("CD", 160.1), ("CE", 232.1)):
        ours = ask(market, "zi_c", {"periods": 10, "seeds": 100})["mean_price"]["mean"]
        found.append(near(f"{market}: mean price of ZI-C", ours, due, 2.0))
        far = abs(ours - 200)
        found.append(holds(f"{market}: distance from the equilibrium", "< 3" if market == "CS" else "> 10", series([far]), far < 3 if market == "CS" else far > 10))
    return found


def learning() -> list[Check]:
    """Alpha falls with learning and not without; Smith's market keeps its five trades a day."""
    chance, learnt = by_day("CS", "zi_c", "alpha_pct", 100), by_day("CS", "zip", "alpha_pct")
    trades, efficiency = by_day("CS", "zip", "trades"), by_day("CS", "zip", "efficiency_pct")
    flat, safe = by_day("CF", "zip", "mean_price"), [ask("CS", name, {"seeds": 40})["efficiency_pct"]["mean"] for name in ("zi_u", "zi_c", "zip")]
    found = [
        between("CS: alpha of ZI-C, day 10 over day 1", chance[9] / chance[0], 0.85, 1.15),
        between("CS: alpha of ZIP on day 1, %", learnt[0], 12, 24), between("CS: alpha of ZIP on day 5, %", learnt[4], None, 3),
        between("CS: alpha of ZIP on day 10, %", learnt[9], None, 2.5), between("CS: least trades of ZIP a day", min(trades), 5, None),
        between("CS: least efficiency of ZIP from day 2, %", min(efficiency[1:]), 98, None),
        between("CF: largest distance of ZIP's price from 200 from day 4", max(abs(price - 200) for price in flat[3:]), None, 5),
        holds("CS: efficiency of ZI-U < ZI-C ≤ ZIP, %", "in this order", series(safe), safe[0] < safe[1] <= safe[2] + 0.1),
        holds("CS: a learner's alpha halves by day 5, %", f"< {learnt[0] / 2:.2f}", series([learnt[4]]), learnt[4] < learnt[0] / 2),
        between("GS4: alpha of GD in period 4, %", by_day("GS4", "gd", "alpha_pct", 20)[3], None, 8),
    ]
    for market in ("CS", "CF"):
        apart = [ask(market, name, {"periods": 10, "seeds": 60})["profit_dispersion"]["mean"] for name in ("zip", "zi_c")]
        found.append(between(f"{market}: profit dispersion of ZIP over ZI-C's", apart[0] / apart[1], None, 1 / 3))
    for market, side in (("CD", -1), ("CE", 1)):
        day = by_day(market, "zip", "mean_price")
        right = side * (day[0] - 200) > 0 and side * (day[1] - 200) > 0 and abs(day[9] - 200) < abs(day[0] - 200)
        found.append(holds(f"{market}: ZIP's price on days 1 and 10", "below and nearer" if side < 0 else "above and nearer", series([day[0], day[9]]), right))
    found += [between(f"{market}: efficiency of GD, %", ask(market, "gd", {"seeds": 8})["efficiency_pct"]["mean"], 99, None) for market in GODE_SUNDER]
    return [*found, reported("CS: efficiency of GD, %", "98.8 (replication)", ask("CS", "gd", {"seeds": 8})["efficiency_pct"]["mean"])]
