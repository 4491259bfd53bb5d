"""Auction and book: random problems against brute force and against the rules told again in plain lists."""

import json
import os

import numpy as np
import pytest

from marketsim import lab
from marketsim.matching import auction as matching_auction
from marketsim.matching import reference

PROBLEMS = int(os.environ.get("MARKETSIM_LAB_PROBLEMS", "100")) * 3


def ask(kind, problem):
    return json.loads(lab.run(kind, json.dumps(problem)))


def random_auction(seed):
    draw = np.random.default_rng([seed, 410])
    orders = [{"id": f"o{k}", "side": "BS"[draw.integers(2)], "price": "MKT" if draw.random() < 0.15 else int(draw.integers(90, 111)),
               "qty": int(draw.integers(1, 30)), "time": int(draw.integers(0, 50))} for k in range(draw.integers(0, 25))]
    problem = {"orders": orders, "mode": ["uniform", "pay_as_bid"][seed % 2], "allocation": ["time", "prorata"][seed // 2 % 2]}
    return problem | ({"reference": int(draw.integers(88, 113))} if draw.random() < 0.7 else {})


def brute_price(problem):
    """The clearing price by trying every price from the lowest to the highest limit; and the volume there."""
    orders = problem["orders"]
    limits = [o["price"] for o in orders if o["price"] != "MKT"]
    tried = []
    for price in range(min(limits, default=0), max(limits, default=-1) + 1):
        demand = sum(o["qty"] for o in orders if o["side"] == "B" and (o["price"] == "MKT" or o["price"] >= price))
        supply = sum(o["qty"] for o in orders if o["side"] == "S" and (o["price"] == "MKT" or o["price"] <= price))
        tried.append((min(demand, supply), demand - supply, price))
    most = max((volume for volume, _, _ in tried), default=0)
    if most == 0:
        return None, 0
    left = [row for row in tried if row[0] == most]
    left = [row for row in left if abs(row[1]) == min(abs(r[1]) for r in left)]
    if all(row[1] > 0 for row in left):
        return max(left, key=lambda row: row[2])[2], most
    if all(row[1] < 0 for row in left) or "reference" not in problem:
        return min(left, key=lambda row: row[2])[2], most
    return min(left, key=lambda row: (abs(row[2] - problem["reference"]), row[2]))[2], most


def brute_fills(problem, price, volume):
    fills = {o["id"]: 0 for o in problem["orders"]}
    for side, sign in (("B", -1), ("S", 1)):
        queue = [(float("-inf") if o["price"] == "MKT" else sign * o["price"], o["time"], k, o) for k, o in enumerate(problem["orders"])
                 if o["side"] == side and (o["price"] == "MKT" or sign * o["price"] <= sign * price)]
        left = volume
        for level in sorted({row[0] for row in queue}):
            group = [row[3] for row in sorted(queue, key=lambda row: row[1:3]) if row[0] == level]
            total, take = sum(o["qty"] for o in group), min(left, sum(o["qty"] for o in group))
            if problem["allocation"] == "time":
                for o in group:
                    fills[o["id"]] = min(o["qty"], left)
                    left -= fills[o["id"]]
                continue
            for o in group:
                fills[o["id"]] = o["qty"] * take // total
            order = sorted(range(len(group)), key=lambda k: (-(group[k]["qty"] * take % total), k))
            for k in order[:take - sum(fills[o["id"]] for o in group)]:
                fills[group[k]["id"]] += 1
            left -= take
    return fills


@pytest.mark.parametrize("part", range(10))
def test_random_auctions_agree_with_brute_force(part):
    for seed in range(part * PROBLEMS // 10, (part + 1) * PROBLEMS // 10):
        problem = random_auction(seed)
        got = ask("auction", problem)
        price, volume = brute_price(problem)
        assert (got["price"], got["volume"]) == (price, volume), seed
        assert got["fills"] == (brute_fills(problem, price, volume) if volume else {o["id"]: 0 for o in problem["orders"]}), seed
        for o in problem["orders"]:
            each = price if o["price"] == "MKT" or problem["mode"] == "uniform" else o["price"]
            assert got["payments"][o["id"]] == (1 if o["side"] == "B" else -1) * got["fills"][o["id"]] * (each or 0), seed
        assert got["venue"] == sum(got["payments"].values()) >= 0


def random_book(seed):
    draw = np.random.default_rng([seed, 411])
    events, used = [], 0
    for _ in range(120):
        kind = draw.random()
        if kind < 0.6:
            used += 1
            event = ["L", used if draw.random() > 0.03 else max(used - 3, 1), "abcd"[draw.integers(4)], "BS"[draw.integers(2)],
                     int(draw.integers(95, 106)), int(draw.integers(0 if draw.random() < 0.1 else 1, 9))]
            flag = draw.random()
            events.append(event + (["IOC"] if flag < 0.1 else ["FOK"] if flag < 0.2 else ["POST"] if flag < 0.3 else []))
        elif kind < 0.7:
            used += 1
            events.append(["M", used, "abcd"[draw.integers(4)], "BS"[draw.integers(2)], int(draw.integers(1, 12))])
        elif kind < 0.85:
            events.append(["C", int(draw.integers(1, used + 3))])
        else:
            events.append(["R", int(draw.integers(1, used + 3)), int(draw.integers(-1, 9))])
    return {"events": events, "smp": [None, "newest", "oldest", "both"][seed % 4]}


class PlainBook:
    """The rules of the page in plain lists: resting orders are [id, trader, price, qty] in order of priority."""

    def __init__(self, smp):
        self.smp, self.sides, self.used, self.trades = smp, {"B": [], "S": []}, set(), []

    def event(self, event):
        return getattr(self, "do_" + event[0])(*event[1:])

    def crossing(self, side, price):
        return [o for o in self.sides["S" if side == "B" else "B"] if price is None or (o[2] <= price if side == "B" else o[2] >= price)]

    def could_fill(self, trader, side, price):
        total = 0
        for order in self.crossing(side, price):
            if self.smp and order[1] == trader:
                if self.smp == "oldest":
                    continue
                break
            total += order[3]
        return total

    def do_M(self, name, trader, side, qty):
        return self.do_L(name, trader, side, None, qty, "IOC")

    def do_L(self, name, trader, side, price, qty, flag=None):
        if qty <= 0 or name in self.used:
            return False
        if (flag == "POST" and self.crossing(side, price)) or (flag == "FOK" and self.could_fill(trader, side, price) < qty):
            return False
        self.used.add(name)
        other = self.sides["S" if side == "B" else "B"]
        for order in self.crossing(side, price):
            if qty and self.smp and order[1] == trader:
                if self.smp != "newest":
                    other.remove(order)
                if self.smp != "oldest":
                    qty = 0
            elif qty:
                take = min(qty, order[3])
                self.trades.append([name, order[0], order[2], take])
                qty, order[3] = qty - take, order[3] - take
                if not order[3]:
                    other.remove(order)
        if qty and flag in (None, "POST"):
            self.sides[side].append([name, trader, price, qty])
            self.sides[side].sort(key=lambda o: -o[2] if side == "B" else o[2])
        return True

    def find(self, name):
        return next(((rows, order) for rows in self.sides.values() for order in rows if order[0] == name), None)

    def do_C(self, name):
        found = self.find(name)
        if found:
            found[0].remove(found[1])
        return bool(found)

    def do_R(self, name, qty):
        found = self.find(name)
        if not found or not 0 <= qty < found[1][3]:
            return False
        found[1][3] = qty
        return self.do_C(name) if qty == 0 else True


@pytest.mark.parametrize("part", range(10))
def test_random_books_agree_with_plain_lists(part):
    for seed in range(part * PROBLEMS // 10, (part + 1) * PROBLEMS // 10):
        problem = random_book(seed)
        got, plain = ask("book", problem), PlainBook(problem["smp"])
        rejected = [i for i, event in enumerate(problem["events"]) if not plain.event(event)]
        assert [i for i, _ in got["rejected"]] == rejected, seed
        assert got["trades"] == plain.trades, seed
        assert (got["bids"], got["asks"]) == (plain.sides["B"], plain.sides["S"]), seed
        assert sum(got["cash"].values()) == sum(got["units"].values()) == 0


def test_ids_of_any_kind_and_prices_far_apart():
    got = ask("book", {"events": [["L", "x", "ann", "S", 10**9, 2], ["L", "y", "bob", "S", 1, 1], ["M", "z", "cid", "B", 5]]})
    assert got["trades"] == [["z", "y", 1, 1], ["z", "x", 10**9, 2]] and got["cash"] == {"ann": 2 * 10**9, "bob": 1, "cid": -2 * 10**9 - 1}


def test_a_broken_engine_breaks_the_lab(monkeypatch):
    orders = {"orders": [{"id": 1, "side": "B", "price": 9, "qty": 4}, {"id": 2, "side": "S", "price": 7, "qty": 3}]}
    events = {"events": [["L", 1, "a", "S", 5, 3], ["L", 2, "b", "B", 5, 2]]}
    assert ask("auction", orders)["volume"] == 3 and ask("book", events)["trades"] == [[2, 1, 5, 2]]
    monkeypatch.setattr(matching_auction, "_lots_at_or_above", lambda ticks, lots, at: np.zeros(len(at), np.int64))
    monkeypatch.setattr(reference.Engine, "_match", lambda self, taker, state: False)
    assert ask("auction", orders)["volume"] == 0 and ask("book", events)["trades"] == []
