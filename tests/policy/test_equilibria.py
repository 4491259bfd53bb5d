"""Permit-market equilibria P1 to P15 of the validation list, exact where the planner is exact."""

import math
from fractions import Fraction as F

import numpy as np
import pytest

from marketsim.matching.auction import Bids, call_auction, payments
from marketsim.markets.lowest_ask_first import NOBODY, lowest_ask_first
from marketsim.planner import banking, linking, permits
from marketsim.planner.merit import Piece

EXACT = pytest.approx
LONG = F(1000)


def line(owner, slope, start=0, quantity=LONG) -> Piece:
    return Piece(owner=owner, quantity=F(quantity), start=F(start), slope=F(slope))


def two_firms(cap, **limits) -> permits.Market:
    """P1: baselines 100 and 100, marginal costs q and 3q, half of the cap each."""
    return permits.Market(cap=F(cap), baseline=(F(100), F(100)), allocation=(F(cap, 2), F(cap, 2)),
                          pieces=(line(0, 1, quantity=100), line(1, 3, quantity=100)), **limits)


def test_p1_two_firms():
    cleared = permits.clear(two_firms(100))
    assert (cleared.price, cleared.abatement, sum(cleared.cost)) == (75, (75, 25), 3750)
    assert sum(permits.alone(two_firms(100)).cost) == 5000


def test_p2_steps_leave_an_interval():
    steps = [(0, 10, 5), (0, 10, 20), (0, 20, 40), (1, 20, 10), (1, 15, 30)]
    cleared = permits.clear(permits.Market(
        cap=F(60), baseline=(F(50), F(50)), allocation=(F(30), F(30)),
        pieces=tuple(Piece(owner=owner, quantity=F(most), start=F(cost)) for owner, most, cost in steps)))
    assert (cleared.price_low, cleared.price_high, sum(cleared.cost)) == (20, 30, 450)


def test_p3_floor_and_ceiling():
    floor, ceiling = permits.clear(two_firms(190, floor=F(15))), permits.clear(two_firms(100, ceiling=F(60)))
    assert (floor.price, floor.withdrawn) == (15, 10) and (ceiling.price, ceiling.extra_sold) == (60, 20)


def years(caps, rate=F(1, 10), borrow=0) -> banking.Horizon:
    return banking.Horizon(cap=tuple(map(F, caps)), baseline=tuple(F(100) for _ in caps), discount_rate=rate,
                           borrow_limit=F(borrow), pieces=tuple((line(0, 1, quantity=100),) for _ in caps))


@pytest.mark.parametrize(("horizon", "prices", "bank"), [
    (years([100, 58]), [20, 22], [20, 0]),                                                      # P4
    (years([58, 100]), [42, 0], [0, 0]),                                                        # P5
    (years([58, 100], borrow=1000), [20, 22], [-22, 0]),
    (years([58, 100], borrow=5), [37, 5], [-5, 0]),
    (years([90, 50, 95]), [F(200, 7), F(220, 7), 5], [F(130, 7), 0, 0]),                        # P6
    (years([100, 90, 80, 70], rate=F(0)), [15, 15, 15, 15], [15, 20, 15, 0]),                   # P7
])
def test_p4_to_p7_banking(horizon, prices, bank):
    path = banking.price_path(horizon)
    assert list(path.price) == prices and list(path.bank) == bank


def test_p4_what_banking_saves():
    assert banking.price_path(years([100, 58])).total_cost == 420
    assert float(banking.without_banking(years([100, 58])).total_cost) == EXACT(801.82, abs=5e-3)


def linked(slopes, alone, limit=None, cost=0, ratio=1):
    """Two regions that would have prices `alone`; cheap permits flow from the second to the first."""
    regions = linking.Regions(
        name=("dear", "cheap"), baseline=(LONG, LONG), pieces=tuple(line(k, slope) for k, slope in enumerate(slopes)),
        cap=tuple(LONG - F(price) / F(slope) for slope, price in zip(slopes, alone, strict=True)))
    way = linking.Link(start=1, end=0, ratio=F(ratio), cost=F(cost), limit=None if limit is None else F(limit))
    return linking.linked_caps(regions, [way]), linking.linked_caps(regions, []), regions


@pytest.mark.parametrize(("slopes", "alone", "price", "gain"), [((1, 1), (40, 10), 25, 225), ((1, 3), (40, 30), 37.5, 12.5)])
def test_p8_p9_link(slopes, alone, price, gain):
    joined, apart, _ = linked(slopes, alone)
    assert joined.price == EXACT([price, price]) and apart.total_cost - joined.total_cost == EXACT(gain)


@pytest.mark.parametrize(("link", "prices", "flow", "more"), [
    (dict(limit=5), [35, 15], 5, 0), (dict(cost=6), [28, 22], 12, 0), (dict(ratio=F(1, 2)), [36, 18], 8, -4)])
def test_p10_limited_costly_and_discounted_links(link, prices, flow, more):
    joined, _, regions = linked((1, 1), (40, 10), **link)
    assert joined.price == EXACT(prices) and joined.flow[0] == EXACT(flow)
    assert joined.emissions.sum() - float(sum(regions.cap)) == EXACT(more, abs=1e-6)


def test_p11_a_cycle_of_ratios_above_one_is_refused():
    regions = linking.Regions(name=("a", "b"), baseline=(F(10), F(10)), cap=(F(5), F(5)), pieces=(line(0, 1), line(1, 1)))
    ways = [linking.Link(start=0, end=1, ratio=F(3, 2), cost=F(0)), linking.Link(start=1, end=0, ratio=F(3, 4), cost=F(0))]
    with pytest.raises(ValueError, match="makes permits from nothing"):
        linking.linked_caps(regions, ways)


def mean_welfare(b1, instrument, correlation=F(0)) -> F:
    """P12: marginal benefit 100 + η − b1 q, marginal cost θ + q, θ and η two points of ±10; mean over the four cases."""
    saved = F(100) / (1 + b1)
    price = saved
    mean = F(0)
    for theta in (-10, 10):
        limits = {"cap": {}, "price": dict(floor=100 + price, ceiling=100 + price),
                  "collar": dict(floor=100 + price - 5, ceiling=100 + price + 5)}[instrument]
        q = permits.clear(permits.Market(
            cap=LONG - saved, baseline=(LONG,), allocation=(LONG - saved,),
            pieces=(Piece(owner=0, quantity=LONG, start=F(100 + theta), slope=F(1)),), **limits)).abatement[0]
        for eta in (-10, 10):
            chance = (1 + correlation if eta == theta else 1 - correlation) / 4
            mean += chance * ((100 + eta - theta) * q - F(b1 + 1) * q**2 / 2)
    return mean


@pytest.mark.parametrize(("b1", "correlation", "advantage"), [
    (1, F(0), 0), (0, F(0), 50), (3, F(0), -100), (1, F(1, 2), -50)])
def test_p12_prices_against_quantities(b1, correlation, advantage):
    assert mean_welfare(b1, "price", correlation) - mean_welfare(b1, "cap", correlation) == advantage


def test_p12_a_collar_beats_either():
    assert (mean_welfare(1, "cap"), mean_welfare(1, "price"), mean_welfare(1, "collar")) == (2500, 2500, 2525)


DRAWS, BIDDERS, PERMITS, TICKS = 1500, 12, 6, 10**6


def revenue(pay_as_bid: bool, bid) -> tuple[np.ndarray, np.ndarray]:
    """Clearing prices and revenues of permit auctions with values U[0, 1], in units of value."""
    draw = np.random.default_rng(20)
    price, raised = np.empty(DRAWS), np.empty(DRAWS)
    for k in range(DRAWS):
        ticks = np.array([max(1, round(bid(value) * TICKS)) for value in draw.random(BIDDERS)])
        bids = Bids(side=np.r_[np.zeros(BIDDERS, np.int64), 1], tick=np.r_[ticks, 0],
                    lots=np.r_[np.ones(BIDDERS, np.int64), PERMITS], market=np.zeros(BIDDERS + 1, bool))
        cleared = call_auction(bids, reference_tick=0)
        price[k] = cleared.tick / TICKS
        raised[k] = payments(bids, cleared, pay_as_bid=pay_as_bid)[:BIDDERS].sum() / TICKS
    return price, raised


def within_four_errors(sample: np.ndarray, target: float) -> bool:
    return abs(sample.mean() - target) <= 4 * sample.std(ddof=1) / math.sqrt(len(sample))


def test_p14_uniform_price_with_truthful_bids():
    price, raised = revenue(False, lambda value: value)
    assert within_four_errors(price, 6 / 13) and within_four_errors(raised, 36 / 13)


def test_p14_pay_as_bid_with_shaded_bids_raises_the_same():
    """Equilibrium bid v − ∫G / G(v), G the chance that at most five of eleven rivals lie above."""
    grid = np.linspace(0, 1, 2001)
    rivals = BIDDERS - 1
    chance = sum(math.comb(rivals, k) * (1 - grid) ** k * grid ** (rivals - k) for k in range(PERMITS))
    area = np.r_[0, np.cumsum((chance[1:] + chance[:-1]) / 2) * (grid[1] - grid[0])]
    shaded = np.where(chance > 0, grid - area / np.where(chance > 0, chance, 1), 0)
    _, raised = revenue(True, lambda value: float(np.interp(value, grid, shaded)))
    assert within_four_errors(raised, 36 / 13)
    _, untruthful = revenue(True, lambda value: value)
    assert not within_four_errors(untruthful, 36 / 13)


COST, SELLERS, BUYERS = 40.0, 8, 8


def draws(count, seed):
    """P15: seven truthful sellers and eight truthful buyers, U[0, 100]."""
    draw = np.random.default_rng(seed)
    return draw.uniform(0, 100, (count, SELLERS - 1)), draw.uniform(0, 100, (count, BUYERS))


def profit_lowest_first(ask, asks, bids) -> np.ndarray:
    """What a seller with cost 40 earns when it asks `ask` under the rule of 1993."""
    met, paid = lowest_ask_first(np.column_stack([np.full(len(asks), ask), asks]), bids)
    return np.where(met[:, 0] == NOBODY, 0, paid[:, 0] - COST)


def test_p15_the_rule_of_1993_makes_sellers_ask_nothing():
    asks, bids = draws(100_000, 15)
    truth = profit_lowest_first(COST, asks, bids)
    gain = {ask: profit_lowest_first(ask, asks, bids) - truth for ask in (0.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0)}
    assert max(gain, key=lambda ask: gain[ask].mean()) == 0.0
    assert within_four_errors(gain[0.0], 28.6) and gain[0.0].mean() == EXACT(28.6, abs=0.5)


def profit_one_price(ask, asks, bids) -> np.ndarray:
    """The same at one price, the middle of those that clear the call auction."""
    earned, one = np.zeros(len(asks)), np.ones(1 + asks.shape[1] + bids.shape[1], np.int64)
    side = np.r_[np.ones(1 + asks.shape[1], np.int64), np.zeros(bids.shape[1], np.int64)]
    market = np.zeros(len(one), bool)
    for k in range(len(asks)):
        ticks = np.rint(np.r_[ask, asks[k], bids[k]] * 10**6).astype(np.int64)
        ends = [call_auction(Bids(side=side, tick=ticks, lots=one, market=market), reference_tick=end) for end in (0, 10**8)]
        if ends[0].tick is not None and ends[0].fills[0]:
            earned[k] = (ends[0].tick + ends[1].tick) / 2e6 - COST
    return earned


def test_p15_one_price_leaves_little_to_gain_from_lying():
    asks, bids = draws(1500, 16)
    gain = profit_one_price(43.0, asks, bids) - profit_one_price(COST, asks, bids)
    assert within_four_errors(gain, 0.17) and abs(gain.mean()) < 1
    assert profit_one_price(60.0, asks[:400], bids[:400]).mean() < profit_one_price(43.0, asks[:400], bids[:400]).mean()
