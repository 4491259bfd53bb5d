"""Coupled books agree with brute force and exhaustive search, never exceed a link, and create nothing."""

import itertools
import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from marketsim.matching import coupled, reference_coupled
from marketsim.matching.coupled_call import RegionalBids, clear
from marketsim.matching.coupled_units import Units
from marketsim.matching.ways import Link, ways

BUY, SELL = 0, 1


def random_links(luck: random.Random, regions: int, ratios=(Fraction(1),)) -> tuple[Link, ...]:
    """Up to five links without a cycle that creates rights."""
    while True:
        pairs = luck.sample(list(itertools.permutations(range(regions), 2)), luck.randint(1, min(5, regions * (regions - 1))))
        links = tuple(Link(origin=a, target=b, ratio=luck.choice(ratios), loss=luck.choice((Fraction(0), Fraction(1, 4))) if len(ratios) > 1 else Fraction(0),
                           cost=luck.randint(0, 3), capacity=luck.choice((None, 0, 3, 7, 20))) for a, b in pairs)
        try:
            ways(regions, links)
        except ValueError:
            continue
        return links


def play(luck: random.Random, engines: list, regions: int, events: int) -> dict:
    """The same random events on every engine; returns lots put up by side, for the books to balance."""
    put_up = {BUY: 0, SELL: 0}
    for step in range(events):
        if luck.random() < 0.15:
            oid = luck.randrange(step + 1)
            assert len({engine.cancel(oid) for engine in engines}) == 1
            continue
        region, side = luck.randrange(regions), luck.randrange(2)
        order = (luck.randrange(4), region, side, luck.randint(10, 22), luck.randint(1, 24), luck.random() < 0.8)
        put_up[side] += order[4]
        assert len({engine.submit(*order) for engine in engines}) == 1
    return put_up


@pytest.mark.parametrize("ratios", [(Fraction(1),), (Fraction(1), Fraction(1, 2), Fraction(3, 4), Fraction(3, 2))], ids=["one", "ratios"])
def test_continuous_agrees_with_brute_force(ratios):
    crossed = 0
    for seed in range(120):
        luck = random.Random(seed)
        regions = luck.randint(2, 4)
        links = random_links(luck, regions, ratios)
        fast, slow = coupled.CoupledBooks(regions, links), reference_coupled.CoupledBooks(regions, links)
        play(luck, [fast, slow], regions, 60)
        assert fast.trades == slow.trades and fast.capacity == slow.capacity
        for region, side in itertools.product(range(regions), (BUY, SELL)):
            assert fast.resting(region, side) == slow.resting(region, side)
        crossed += sum(bool(trade.way.links) for trade in fast.trades)
        used = [0] * len(links)
        for trade in fast.trades:
            gain = Fraction(1)
            for link, flow in zip(trade.way.links, trade.way.flows, strict=True):
                used[link] += flow * trade.sent // trade.way.sent
                gain *= links[link].gain
            assert trade.delivered == trade.sent * gain
            assert trade.paid == trade.received + trade.way_money and trade.way_money >= 0
        for link, lots in zip(links, used, strict=True):
            assert link.capacity is None or lots <= link.capacity
    assert crossed > 100  # the test would otherwise be empty


def test_best_net_price_wins_over_the_better_quote():
    books = coupled.CoupledBooks(2, (Link(origin=1, target=0, cost=3, capacity=5),))
    books.submit(0, 1, SELL, 10, 4)
    books.submit(1, 0, SELL, 12, 4)
    books.submit(2, 0, BUY, 13, 6)
    assert [(t.seller, t.sent, t.paid, t.received) for t in books.trades] == [(1, 4, 48, 48), (0, 2, 26, 20)]
    assert books.capacity == [3]


def test_loss_and_ratio_deliver_whole_lots():
    link = Link(origin=0, target=1, ratio=Fraction(3, 2), loss=Fraction(1, 3), cost=1)
    half = Link(origin=0, target=1, ratio=Fraction(1, 2))
    assert (link.gain, ways(2, (link,))[-1].sent) == (1, 1)
    books = coupled.CoupledBooks(2, (half,))
    books.submit(0, 0, SELL, 10, 9)
    books.submit(1, 1, BUY, 20, 7)
    assert [(t.sent, t.delivered, t.paid) for t in books.trades] == [(8, 4, 80)]


def test_a_cycle_that_creates_rights_is_refused():
    links = (Link(origin=0, target=1, ratio=Fraction(3, 2)), Link(origin=1, target=2), Link(origin=2, target=0, ratio=Fraction(3, 4)))
    with pytest.raises(ValueError, match="0 → 1 → 2 → 0 turns 1 lot into 1.125"):
        ways(3, links)
    ways(3, (*links[:2], Link(origin=2, target=0, ratio=Fraction(2, 3))))


def bids_of(rows: list[tuple]) -> RegionalBids:
    columns = np.array(rows, np.int64).T
    return RegionalBids(region=columns[0], side=columns[1], tick=columns[2], lots=columns[3])


RATIOS = (Fraction(1), Fraction(1, 2), Fraction(3, 4), Fraction(3, 2))


def check_call(regions: int, links: tuple[Link, ...], rows: list[tuple]):
    """Clear, and check all that must hold whatever the ratios: gains, volume, balance, capacity, prices that support the orders."""
    done = clear(regions, links, bids_of(rows))
    met = sum(fill for (_, side, _, _), fill in zip(rows, done.fills.tolist(), strict=True) if side == BUY)
    assert (done.gains, met) == reference_coupled.call(regions, links, rows)
    balance, gains = [0] * regions, 0
    for (region, side, tick, lots), fill in zip(rows, done.fills.tolist(), strict=True):
        balance[region] += fill if side == SELL else -fill
        gains += tick * (fill if side == BUY else -fill)
        assert 0 <= fill <= lots
        better = (done.ticks[region] < tick) if side == BUY else (done.ticks[region] > tick)
        worse = (done.ticks[region] > tick) if side == BUY else (done.ticks[region] < tick)
        assert (fill == lots or not better) and (fill == 0 or not worse)
    for link, flow in zip(links, done.flows.tolist(), strict=True):
        balance[link.origin] -= flow
        balance[link.target] += flow * link.gain
        gains -= flow * link.cost
        assert flow >= 0 and flow % link.gain.denominator == 0 and (link.capacity is None or flow <= link.capacity)
    assert balance == [0] * regions and gains == done.gains
    return done


def random_call(seed: int, ratios: tuple = (Fraction(1),)) -> tuple:
    """A small problem; the search is over all flows, so there are few links."""
    luck = random.Random(seed)
    regions = luck.randint(2, 3)
    links = random_links(luck, regions, ratios)[:2]
    if len(ratios) == 1:
        return regions, links, [(luck.randrange(regions), luck.randrange(2), luck.randint(5, 12), luck.randint(1, 3)) for _ in range(luck.randint(3, 7))]
    links = tuple(replace(link, capacity=luck.choice((None, 5, 8, 16))) for link in links)
    rows = [(luck.randrange(regions), luck.randrange(2), luck.randint(5, 20), luck.randint(1, 8)) for _ in range(luck.randint(2, 5))]
    rows += [(links[0].origin, SELL, luck.randint(1, 9), luck.randint(3, 12)), (links[0].target, BUY, luck.randint(15, 40), luck.randint(1, 9))]
    return regions, links, rows


def test_call_agrees_with_exhaustive_search_and_its_prices_support_it():
    traded = 0
    for seed in range(300):
        regions, links, rows = random_call(seed)
        done = check_call(regions, links, rows)
        traded += bool(done.flows.any())
        for link, flow in zip(links, done.flows.tolist(), strict=True):
            if flow:
                assert done.ticks[link.target] - done.ticks[link.origin] >= link.cost
            if (link.capacity is None or flow < link.capacity):
                assert done.ticks[link.target] - done.ticks[link.origin] <= link.cost
    assert traded > 40


def test_call_with_ratios_and_losses_agrees_with_exhaustive_search():
    odd = 0
    for seed in range(200):
        regions, links, rows = random_call(seed, RATIOS)
        done = check_call(regions, links, rows)
        odd += any(flow and link.gain != 1 for link, flow in zip(links, done.flows.tolist(), strict=True))
    assert odd > 40


def test_whole_units_solve_lot_for_lot_too():
    for seed in range(60):
        regions, links, rows = random_call(seed)
        levels = [(region, side, tick, lots) for region, side, tick, lots in rows]
        met, flows, gains = Units(regions, links, levels, ways(regions, links)).solve()
        assert gains == clear(regions, links, bids_of(rows)).gains and len(met) == len(rows) and len(flows) == len(links)


def test_a_call_trades_whole_units_only():
    half = Link(origin=0, target=1, ratio=Fraction(1, 2), cost=1)
    done = clear(2, (half,), bids_of([(0, SELL, 10, 9), (1, BUY, 30, 7), (1, BUY, 23, 1)]))
    assert done.fills.tolist() == [8, 4, 0] and done.flows.tolist() == [8] and done.gains == 4 * 30 - 8 * 11
    assert clear(2, (half,), bids_of([(0, SELL, 10, 9), (1, BUY, 21, 7)])).gains == 0


def test_no_cycle_of_ratios_creates_value():
    """Round trips that give back all, or less: nobody gains who buys and sells at one price, and nothing circulates."""
    for ratio, back in ((Fraction(3, 2), Fraction(2, 3)), (Fraction(3, 2), Fraction(1, 2)), (Fraction(4, 3), Fraction(3, 4))):
        links = (Link(origin=0, target=1, ratio=ratio), Link(origin=1, target=0, ratio=back))
        done = clear(2, links, bids_of([(0, SELL, 10, 12), (0, BUY, 9, 12)]))
        assert done.gains == 0 and not done.fills.any() and not done.flows.any()
        done = clear(2, links, bids_of([(0, SELL, 10, 12), (0, BUY, 10, 12), (1, BUY, 1, 5)]))
        assert done.gains == 0 and done.fills.tolist() == [12, 12, 0] and not done.flows.any()
    with pytest.raises(ValueError, match="must not create rights"):
        clear(2, (links[0], Link(origin=1, target=0)), bids_of([(0, SELL, 10, 12)]))


def test_a_program_without_an_answer_is_said():
    units = Units(2, (Link(origin=0, target=1),), [(0, SELL, 5, 3), (1, BUY, 9, 3)], ways(2, (Link(origin=0, target=1),)))
    units.most[0] = -1
    with pytest.raises(RuntimeError, match="no answer in whole lots"):
        units.solve()
