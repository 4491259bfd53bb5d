"""Permit markets with exact answers, from the planner every run is measured against: price, banking, links, instruments, market power.

Source: Montgomery (1972), J. Econ. Theory 5; Rubin (1996), J. Environ. Econ. Manage. 31; Weitzman (1974), Rev. Econ. Stud. 41; Hahn (1984), Q. J.
Econ. 99; Burtraw et al. (2013), RFF DP 13-04; Niu and Parsons (2013), AAMAS. The figures are worked out by hand.
"""

import math
from fractions import Fraction as F

import numpy as np

from marketsim.markets.lowest_ask_first import NOBODY, lowest_ask_first
from marketsim.matching.auction import Bids, call_auction, payments
from marketsim.planner import banking, linking, permits
from marketsim.planner.dominant_firm import dominate
from marketsim.planner.merit import Piece
from marketsim.report.validation.check import Check, between, holds, near, series
from marketsim.rng import Luck

LONG = F(1000)
EXACT = 1e-9


def line(owner: int, slope) -> Piece:
    """Marginal cost rising from zero with `slope`."""
    return Piece(owner=owner, quantity=LONG, start=F(0), slope=F(slope))


def two_firms(cap: int, limits: dict) -> permits.Market:
    """Baselines of 100, marginal costs q and 3q, half of the cap each."""
    return permits.Market(cap=F(cap), baseline=(F(100), F(100)), allocation=(F(cap, 2), F(cap, 2)), pieces=(
        Piece(owner=0, quantity=F(100), start=F(0), slope=F(1)), Piece(owner=1, quantity=F(100), start=F(0), slope=F(3))), **limits)  # fmt: skip


def one_market() -> list[Check]:
    """P1 to P3: two firms, steps, floor and ceiling."""
    plain = permits.clear(two_firms(100, {}))
    steps = permits.clear(permits.Market(
        cap=F(60), baseline=(F(50), F(50)), allocation=(F(30), F(30)),
        pieces=tuple(Piece(owner=owner, quantity=F(most), start=F(cost)) for owner, most, cost in (
            (0, 10, 5), (0, 10, 20), (0, 20, 40), (1, 20, 10), (1, 15, 30)))))
    floor, ceiling = permits.clear(two_firms(190, {"floor": F(15)})), permits.clear(two_firms(100, {"ceiling": F(60)}))
    return [
        _exact("P1 price, abatement of both, cost", (plain.price, *plain.abatement, sum(plain.cost)), (75, 75, 25, 3750)),
        _exact("P1 cost without trade", (sum(permits.alone(two_firms(100, {})).cost),), (5000,)),
        _exact("P2 steps: lower and upper price, cost", (steps.price_low, steps.price_high, sum(steps.cost)), (20, 30, 450)),
        _exact("P3 floor: price, withdrawn", (floor.price, floor.withdrawn), (15, 10)),
        _exact("P3 ceiling: price, extra sold", (ceiling.price, ceiling.extra_sold), (60, 20)),
    ]


def through_time() -> list[Check]:
    """P4 to P7: the price rises at the discount rate while there is a bank, and borrowing is limited."""

    def horizon(caps, rate=F(1, 10), borrow=0) -> banking.Horizon:
        return banking.Horizon(
            cap=tuple(map(F, caps)), baseline=tuple(F(100) for _ in caps), discount_rate=rate, borrow_limit=F(borrow),
            pieces=tuple((Piece(owner=0, quantity=F(100), start=F(0), slope=F(1)),) for _ in caps))  # fmt: skip

    def path(caps, rate=F(1, 10), borrow=0) -> banking.Path:
        return banking.price_path(horizon(caps, rate, borrow))

    cases = (
        ("P4 banking", path([100, 58]), (20, 22), (20, 0)), ("P5 no borrowing", path([58, 100]), (42, 0), (0, 0)),
        ("P5 unlimited borrowing", path([58, 100], borrow=1000), (20, 22), (-22, 0)),
        ("P5 borrowing of at most 5", path([58, 100], borrow=5), (37, 5), (-5, 0)),
        ("P6 the bank runs out", path([90, 50, 95]), (F(200, 7), F(220, 7), 5), (F(130, 7), 0, 0)),
        ("P7 no interest", path([100, 90, 80, 70], rate=F(0)), (15, 15, 15, 15), (15, 20, 15, 0)),
    )  # fmt: skip
    alone = banking.without_banking(horizon([100, 58]))
    found = [_exact("P4 cost with banking", (path([100, 58]).total_cost,), (420,)), near("P4 cost without banking", float(alone.total_cost), 801.82, 5e-3)]
    return [*found, *(_exact(f"{name}: prices; bank", (*ours.price, *ours.bank), (*price, *bank)) for name, ours, price, bank in cases)]


def linked() -> list[Check]:
    """P8 to P11: two regions with prices of their own, joined by a link."""
    cases = (("P8", (1, 1), (40, 10), {}, (25, 25, 15, 0, 225)), ("P9", (1, 3), (40, 30), {}, (37.5, 37.5, 2.5, 0, 12.5)),
             ("P10 limit 5", (1, 1), (40, 10), {"limit": F(5)}, (35, 15, 5, 0, 125)), ("P10 cost 6", (1, 1), (40, 10), {"cost": F(6)}, (28, 22, 12, 0, 144)),
             ("P10 ratio ½", (1, 1), (40, 10), {"ratio": F(1, 2)}, (36, 18, 8, -4, 40)))  # fmt: skip
    found = []
    for name, slopes, alone, terms, due in cases:
        regions = linking.Regions(
            name=("dear", "cheap"), baseline=(LONG, LONG), pieces=tuple(line(place, slope) for place, slope in enumerate(slopes)),
            cap=tuple(LONG - F(price) / F(slope) for slope, price in zip(slopes, alone, strict=True)))
        way = linking.Link(start=1, end=0, ratio=terms.get("ratio", F(1)), cost=terms.get("cost", F(0)), limit=terms.get("limit"))
        joined, apart = linking.linked_caps(regions, [way]), linking.linked_caps(regions, [])
        more, gain = joined.emissions.sum() - float(sum(regions.cap)), apart.total_cost - joined.total_cost
        found.append(_exact(f"{name}: prices, flow, emissions more, gain", (*joined.price, joined.flow[0], more, gain), due))
    ways = [linking.Link(start=0, end=1, ratio=F(3, 2), cost=F(0)), linking.Link(start=1, end=0, ratio=F(3, 4), cost=F(0))]
    said = ""
    try:
        linking.linked_caps(regions, ways)
    except ValueError as refusal:
        said = str(refusal)
    return [*found, holds("P11 a cycle of ratios above one", "refused", said, "permits from nothing" in said)]


def instruments() -> list[Check]:
    """P12 prices against quantities, and P13 a dominant firm."""
    price, cap = ({b1: _welfare(b1, kind, F(0)) for b1 in (0, 1, 3)} for kind in ("price", "cap"))
    due = {1: 0, 0: 50, 3: -100}
    found = [_exact(f"P12 advantage of a price, benefit slope {b1}", (price[b1] - cap[b1],), (gain,)) for b1, gain in due.items()]
    found.append(_exact("P12 the same, correlation ½", (_welfare(1, "price", F(1, 2)) - _welfare(1, "cap", F(1, 2)),), (-50,)))
    found.append(_exact("P12 welfare of cap, price, collar", (cap[1], price[1], _welfare(1, "collar", F(0))), (2500, 2500, 2525)))
    for short, due_price in ((100, F(100, 3)), (50, 50), (0, F(200, 3))):
        ours = dominate([line(0, 1)], [line(1, 1)], F(100), F(short)).price
        found.append(_exact(f"P13 dominant firm short of {short}: price", (ours,), (due_price,)))
    return found


DRAWS, BIDDERS, PERMITS, TICKS = 1500, 12, 6, 10**6


def auctions() -> list[Check]:
    """P14: twelve bidders with values U[0, 1] for six permits; both forms of sale raise 36/13, the uniform price of truthful bids is 6/13."""
    grid = np.linspace(0, 1, 2001)
    chance = sum(math.comb(BIDDERS - 1, k) * (1 - grid) ** k * grid ** (BIDDERS - 1 - k) for k in range(PERMITS))
    area = np.concatenate([[0.0], np.cumsum((chance[1:] + chance[:-1]) / 2) * (grid[1] - grid[0])])
    shaded = np.where(chance > 0, grid - area / np.where(chance > 0, chance, 1), 0)
    price, uniform = _sale(False, grid)
    found = [_four_errors("P14 uniform price, truthful bids", price, 6 / 13), _four_errors("P14 what it raises", uniform, 36 / 13)]
    found.append(_four_errors("P14 pay-as-bid in equilibrium raises", _sale(True, shaded)[1], 36 / 13))
    truthful = float(_sale(True, grid)[1].mean())
    return [*found, holds("P14 pay-as-bid of truthful bids raises more", f"> {36 / 13:.4f}", series([truthful]), truthful > 36 / 13 + 0.5)]


COST, OTHERS = 40.0, (7, 8)
"""P15: the cost of one seller among seven truthful ones, and eight truthful buyers, all others U[0, 100]."""


def first_rule() -> list[Check]:
    """P15: under the EPA's rule of 1993 the lowest ask meets the highest bid, so asking nothing pays best; at one price lying hardly pays."""
    asks, bids = _others(100_000, 15)

    def earned(asked: float) -> np.ndarray:
        met, paid = lowest_ask_first(np.column_stack([np.full(len(asks), asked), asks]), bids)
        return np.where(met[:, 0] == NOBODY, 0, paid[:, 0] - COST)

    truth = earned(COST)
    gain = {asked: earned(asked) - truth for asked in (0.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0)}
    best = max(gain, key=lambda asked: gain[asked].mean())
    few = _others(1500, 16)
    small = _at_one_price(43.0, *few) - _at_one_price(COST, *few)
    return [
        holds("P15 rule of 1993: best ask of those tried", "0", series([best]), best == 0), _four_errors("P15 rule of 1993: gain of asking nothing", gain[0.0], 28.6),
        _four_errors("P15 one price: gain of asking 43", small, 0.17), between("P15 one price: the same, in size", abs(float(small.mean())), 0, 1),
    ]  # fmt: skip


def _others(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    draws = 100 * Luck(seed=seed).uniform("permit auction", 0, count * sum(OTHERS)).reshape(count, sum(OTHERS))
    return draws[:, :OTHERS[0]], draws[:, OTHERS[0]:]


def _at_one_price(asked: float, asks: np.ndarray, bids: np.ndarray) -> np.ndarray:
    """What the seller earns at the middle of the prices that clear the call auction. Shape (draws,)."""
    earned, one = np.zeros(len(asks)), np.ones(1 + sum(OTHERS), np.int64)
    side, market = np.repeat([1, 0], [1 + OTHERS[0], OTHERS[1]]), np.zeros(len(one), bool)
    for draw, row in enumerate(np.column_stack([asks, bids])):
        tick = np.rint(np.append(asked, row) * TICKS).astype(np.int64)
        low, high = (call_auction(Bids(side=side, tick=tick, lots=one, market=market), reference_tick=end) for end in (0, 100 * TICKS))
        if low.tick is not None and low.fills[0]:
            earned[draw] = (low.tick + high.tick) / (2 * TICKS) - COST
    return earned


def _sale(pay_as_bid: bool, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Clearing price and revenue of each draw, in units of value; `shown` (2001,) is what is bid at each value of an even grid."""
    values = Luck(seed=20).uniform("permit auction", 0, DRAWS * BIDDERS).reshape(DRAWS, BIDDERS)
    price, raised = np.empty(DRAWS), np.empty(DRAWS)
    side, lots, market = np.append(np.zeros(BIDDERS, np.int64), 1), np.append(np.ones(BIDDERS, np.int64), PERMITS), np.zeros(BIDDERS + 1, bool)
    for draw, row in enumerate(values):
        tick = np.maximum(1, np.rint(np.interp(row, np.linspace(0, 1, len(shown)), shown) * TICKS)).astype(np.int64)
        bids = Bids(side=side, tick=np.append(tick, 0), lots=lots, market=market)
        cleared = call_auction(bids, reference_tick=0)
        price[draw] = cleared.tick / TICKS
        raised[draw] = payments(bids, cleared, pay_as_bid=pay_as_bid)[:BIDDERS].sum() / TICKS
    return price, raised


def _four_errors(name: str, sample: np.ndarray, due: float) -> Check:
    return near(f"{name}, 4 se", float(sample.mean()), due, 4 * float(sample.std(ddof=1)) / math.sqrt(len(sample)))


def _welfare(b1: int, instrument: str, correlation: F) -> F:
    """Mean net benefit: marginal benefit 100 + η − b1 q, marginal cost θ + q, θ and η two points of ±10."""
    saved, mean = F(100) / (1 + b1), F(0)
    for theta in (-10, 10):
        limits = {"cap": {}, "price": {"floor": 100 + saved, "ceiling": 100 + saved},
                  "collar": {"floor": 95 + saved, "ceiling": 105 + saved}}[instrument]  # fmt: skip
        q = permits.clear(permits.Market(
            cap=LONG - saved, baseline=(LONG,), allocation=(LONG - saved,),
            pieces=(Piece(owner=0, quantity=LONG, start=F(100 + theta), slope=F(1)),), **limits)).abatement[0]
        for eta in (-10, 10):
            chance = (1 + correlation if eta == theta else 1 - correlation) / 4
            mean += chance * ((100 + eta - theta) * q - F(b1 + 1) * q**2 / 2)
    return mean


def _exact(name: str, ours, due) -> Check:
    """All figures of a case within 1e-9 of their size."""
    worst = max(abs(float(a) - float(b)) / max(1.0, abs(float(b))) for a, b in zip(ours, due, strict=True))
    if len(due) == 1:
        return near(name, float(ours[0]), float(due[0]), EXACT * max(1.0, abs(float(due[0]))))
    return Check(name=name, due=series(due), accept="1e-9", ours=series(ours), passed=worst <= EXACT)
