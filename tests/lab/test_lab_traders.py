"""The double auction of traders against a plain re-telling of the mechanism; the literature's figures are the tables of `marketsim validation`."""

import numpy as np
import pytest

from marketsim.agents import double_auction
from marketsim.errors import InputError
from marketsim.report.validation import traders
from marketsim.rng import Luck

def ask(market, strategy, **more):
    return traders.ask(market, strategy, more)


@pytest.mark.parametrize(("market", "price", "quantity", "gains"), [
    ("GS1", 82, 24, 1020), ("GS2", 69, 24, 1020), ("GS3", 95, 6, 258), ("GS4", 170, 12, 738), ("CS", 200, 5, 750), ("CF", 200, 5, 375),
    ("CD", 200, 6, 900), ("CE", 200, 6, 720)])  # fmt: skip
def test_equilibria_of_the_set_ups(market, price, quantity, gains):
    found = ask(market, "zi_u", seeds=1, periods=1, shouts=1)["equilibrium"]
    assert (found["price"], found["quantity"], found["gains"]) == (price, quantity, gains)


def test_believing_traders_need_quotes_that_stand():
    with pytest.raises(InputError, match="cliff"):
        ask("CS", "gd", rule="Cliff")
    with pytest.raises(InputError, match="Cliff's rule"):
        ask("CS", "gd", rule="cliff", seeds=1)


def test_the_chances_of_a_first_trade_are_those_of_a_market_small_enough_to_think_through():
    """Where both sides shout 1 or 2, exchanging them exchanges the prices; a buyer who values a unit at 1 pays 1."""
    assert traders.first_trade_chances(2, 1, 2).tolist() == pytest.approx([0, 0.5, 0.5, 0])
    assert traders.first_trade_chances(1, 1, 2).tolist() == pytest.approx([0, 1, 0, 0])


def plainly_by_cliff(values, costs, rounds, luck):
    """Cliff's rule with constrained random traders, told again in plain Python: rows of period, price, buyer, seller."""
    mask, limits = (1 << 64) - 1, [*values, *costs]
    size = len(limits) * max(len(row) for row in limits)

    def draw(address):
        word = (int(luck * 2**53) + address * 0x9E3779B97F4A7C15) & mask
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & mask
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & mask
        return ((word ^ (word >> 31)) >> 11) * 2.0**-53

    def price_of(who, unit, luck_of):
        low, high = (1, unit) if who < len(values) else (unit, rounds[2])
        return low + int(luck_of * (high - low + 1))

    trades, periods, shouts = [], *rounds[:2]
    for period in range(periods):
        left = [list(row) for row in limits]
        for shout in range(shouts):
            address = (period * shouts + shout + 2) * 2 * (size + 2)
            able = [i for i, row in enumerate(left) if row]
            if not able:
                break
            who = able[int(draw(address) * len(able))]
            buys, price = who < len(values), price_of(who, left[who][0], draw(address + 1))
            others = [i for i in able if (i < len(values)) != buys]
            own = {i: price_of(i, left[i][0], draw(address + 2 + i)) for i in others}
            willing = [i for i in others if (own[i] <= price if buys else own[i] >= price)]
            if willing:
                trades.append((period, price, who, willing))
                chosen = yield trades[-1]
                left[who].pop(0)
                left[chosen].pop(0)


def test_cliffs_rule_is_the_plain_one_and_draws_evenly_among_the_willing():
    counts = [0, 0]
    for seed in range(150):
        draw = np.random.default_rng([seed, 406])
        most = int(draw.integers(20, 300))
        values, costs = ([sorted(draw.integers(1, most + 1, 2).tolist(), reverse=side == 0) for _ in range(4)] for side in (0, 1))
        luck = float(Luck(seed=seed).uniform("double auction", 0, 1)[0])
        rules = double_auction.Rules(rule=double_auction.CLIFF)
        found = double_auction.session(double_auction.market_of(values, costs, most), double_auction.ZI_C, 2, 100, luck, rules)
        told, chosen = plainly_by_cliff(values, costs, (2, 100, most), luck), None
        for period, price, buyer, seller in zip(*(c.tolist() for c in (found.period, found.price, found.buyer, found.seller)), strict=True):
            due = told.send(chosen)
            chosen = seller if due[2] == buyer else buyer
            assert due[:2] == (period, price) and due[2] in (buyer, seller) and chosen in due[3]
            if len(due[3]) == 2:
                counts[due[3].index(chosen)] += 1
        with pytest.raises(StopIteration):
            told.send(chosen)
    assert abs(counts[0] - counts[1]) < 4 * sum(counts) ** 0.5 and sum(counts) > 100


@pytest.mark.parametrize("market", ["GS1", "GS3", "CS"])
def test_the_safe_order_of_efficiency(market):
    order = [ask(market, strategy, seeds=40)["efficiency_pct"]["mean"] for strategy in ("zi_u", "zi_c", "zip")]
    assert order[0] < order[1] <= order[2] + 0.1


def plainly(values, costs, most, constrained, rounds, luck):
    """The mechanism told again in plain Python, with its own SplitMix64: rows of period, price, buyer, seller."""
    mask, limits = (1 << 64) - 1, [*values, *costs]
    width = max(len(row) for row in limits)

    def draw(address):
        word = (int(luck * 2**53) + address * 0x9E3779B97F4A7C15) & mask
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & mask
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & mask
        return ((word ^ (word >> 31)) >> 11) * 2.0**-53

    trades, periods, shouts = [], *rounds
    for period in range(periods):
        left, bid, ask_ = [list(row) for row in limits], None, None
        for shout in range(shouts):
            address = (period * shouts + shout + 2) * 2 * (len(limits) * width + 2)
            able = [i for i, row in enumerate(left) if row]
            if not able:
                break
            who = able[int(draw(address) * len(able))]
            buys = who < len(values)
            low, high = (1, left[who][0]) if constrained and buys else (left[who][0], most) if constrained else (1, most)
            price = low + int(draw(address + 1) * (high - low + 1))
            if buys and ask_ and price >= ask_[0]:
                trades.append((period, ask_[0], who, ask_[1]))
            elif not buys and bid and price <= bid[0]:
                trades.append((period, bid[0], bid[1], who))
            else:
                if buys and (bid is None or price > bid[0]):
                    bid = (price, who)
                elif not buys and (ask_ is None or price < ask_[0]):
                    ask_ = (price, who)
                continue
            left[trades[-1][2]].pop(0)
            left[trades[-1][3]].pop(0)
            bid = ask_ = None
    return trades


@pytest.mark.parametrize("seed", range(40))
def test_random_markets_trade_as_the_plain_mechanism_does(seed):
    draw = np.random.default_rng([seed, 405])
    most = int(draw.integers(5, 300))
    values, costs = ([sorted(draw.integers(1, most + 1, draw.integers(1, 5)).tolist(), reverse=side == 0)
                      for _ in range(draw.integers(1, 6))] for side in (0, 1))
    luck = float(Luck(seed=seed).uniform("double auction", 0, 1)[0])
    strategy = seed % 2
    found = double_auction.session(double_auction.market_of(values, costs, most), strategy, 3, 150, luck)
    rows = list(zip(*(c.tolist() for c in (found.period, found.price, found.buyer, found.seller)), strict=True))
    assert rows == plainly(values, costs, most, bool(strategy), (3, 150), luck)


def test_the_same_seed_gives_the_same_answer_and_another_seed_another():
    assert ask("CS", "zip", seeds=3) == ask("CS", "zip", seeds=3) != ask("CS", "zip", seeds=3, seed0=5)


def test_a_broken_engine_breaks_the_lab(monkeypatch):
    right = ask("GS1", "zi_c", seeds=2)
    monkeypatch.setattr(double_auction, "_run", lambda *arguments: 0)  # nobody ever trades
    broken = ask("GS1", "zi_c", seeds=2)
    assert right["efficiency_pct"]["mean"] > 99 and broken["efficiency_pct"]["mean"] == 0 and broken["mean_price"]["mean"] is None


@pytest.mark.parametrize(("change", "said"), [
    ({"strategy": "zic"}, "traders.strategy: expected one of zi_u, zi_c, zip, gd"), ({"buyers": []}, "traders.buyers: expected a list of 1"),
    ({"buyers": [[250]]}, r"traders.buyers\[0\].*1 to price_max = 200"), ({"shouts": 0}, "traders.shouts"),
    ({"seeds": 1000000, "shouts": 100000}, "traders.shouts: expected at most 1666"),
    ({"strategy": "gd", "seeds": 10000, "shouts": 10000}, "traders.shouts: expected at most 833"), ({"price_max": 10**6}, "traders.price_max")])  # fmt: skip
def test_bad_input_names_the_key(change, said):
    with pytest.raises(InputError, match=said):
        ask("GS1", "zi_c" if "strategy" not in change else change["strategy"], **{k: v for k, v in change.items() if k != "strategy"})
