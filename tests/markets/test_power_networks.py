"""Nodal and zonal dispatch against PYPOWER, an independent LP and textbook answers."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from marketsim.lab.bench_clearing import coupled_hours
from marketsim.markets.nodal import Generators, Network, NodalMarket
from marketsim.markets.zonal import Links, Offers, ZonalMarket, congestion_rent, couple_zones


def market(buses, lines, gens):
    ends = np.array(lines, float).reshape(-1, 4)
    rows = np.array(gens, float).reshape(-1, 5)
    return NodalMarket(
        Network(buses=buses, line_from=ends[:, 0].astype(int), line_to=ends[:, 1].astype(int), x=ends[:, 2], limit_mw=ends[:, 3]),
        Generators(bus=rows[:, 0].astype(int), p_min_mw=rows[:, 1], p_max_mw=rows[:, 2], c1=rows[:, 3], c2=rows[:, 4]),
    )  # fmt: skip


@pytest.mark.parametrize(("limit", "prices", "dispatch", "rent"), [
    (np.inf, [24.0 + 1 / 3] * 2, [1433 + 1 / 3, 566 + 2 / 3], 0.0), (400.0, [19.0, 35.0], [900.0, 1100.0], 6400.0),
])  # fmt: skip
def test_two_zones_of_the_textbook(limit, prices, dispatch, rent):
    # Kirschen and Strbac: MC 10 + .01p and 13 + .02p, loads 500 and 1,500
    done = market(2, [(0, 1, 0.1, limit)], [(0, 0, 5000, 10, 0.005), (1, 0, 5000, 13, 0.01)]).clear(np.array([500.0, 1500.0]))
    np.testing.assert_allclose(done.price, prices, atol=1e-9)
    np.testing.assert_allclose(done.dispatch_mw, dispatch, atol=1e-7)
    assert done.congestion_rent == pytest.approx(rent, abs=1e-6)


def test_triangle_has_a_price_above_every_offer():
    lines = [(0, 1, 0.1, np.inf), (0, 2, 0.1, 150), (1, 2, 0.1, np.inf)]
    done = market(3, lines, [(0, 0, 1000, 10, 0), (1, 0, 1000, 30, 0)]).clear(np.array([0.0, 0.0, 300.0]))
    np.testing.assert_allclose(done.price, [10, 30, 50], atol=1e-9)
    np.testing.assert_allclose(done.dispatch_mw, [150, 150], atol=1e-9)


def test_the_five_buses_of_pjm_have_their_published_prices():
    # Li and Bo (2010), Small test systems for power system economic studies, as in MATPOWER's case5; loads 300, 300, 400 MW
    lines = [(0, 1, 0.0281, 400), (0, 3, 0.0304, np.inf), (0, 4, 0.0064, np.inf), (1, 2, 0.0108, np.inf), (2, 3, 0.0297, np.inf), (3, 4, 0.0297, 240)]
    gens = [(0, 0, 40, 14, 0), (0, 0, 170, 15, 0), (2, 0, 520, 30, 0), (3, 0, 200, 40, 0), (4, 0, 600, 10, 0)]
    done = market(5, lines, gens).clear(np.array([0.0, 300.0, 300.0, 400.0, 0.0]))
    np.testing.assert_allclose(done.price, [16.9774, 26.3845, 30.0, 39.9427, 10.0], atol=5e-5)
    np.testing.assert_allclose(done.dispatch_mw, [40, 170, 323.4948, 0, 466.5052], atol=5e-5)
    assert done.objective == pytest.approx(17_479.8969, abs=1e-4) and done.flow_mw[5] == pytest.approx(-240)


def test_equal_offers_at_different_buses_share_by_size_and_a_step_gives_the_middle():
    grid = market(2, [(0, 1, 0.1, np.inf)], [(0, 0, 300, 10, 0), (1, 0, 100, 10, 0), (1, 0, 50, 30, 0)])
    np.testing.assert_allclose(grid.clear(np.array([0.0, 200.0])).dispatch_mw, [150, 50, 0], atol=1e-9)
    edge = grid.clear(np.array([0.0, 400.0]))
    assert (edge.price_low[0], edge.price[0], edge.price_high[0]) == pytest.approx((10, 20, 30), abs=1e-9)


def test_warm_and_cold_give_the_same_bytes():
    rng = np.random.default_rng(4)
    lines = [(a, b, rng.uniform(0.05, 0.3), 60.0) for a in range(6) for b in range(a)]
    gens = [(b, 0, 100, c, q) for b in range(6) for c, q in ((rng.integers(10, 60), 0.0), (rng.integers(10, 60), 0.0))]
    warm = market(6, lines, gens)
    for _ in range(12):
        load = rng.uniform(0, 120, 6)
        first, again = warm.clear(load), market(6, lines, gens).clear(load)
        for name in ("price", "dispatch_mw", "flow_mw"):
            assert getattr(first, name).tobytes() == getattr(again, name).tobytes()


def test_a_load_that_cannot_be_met_and_a_split_grid_are_errors():
    with pytest.raises(ValueError, match="no dispatch"):
        market(2, [(0, 1, 0.1, 5)], [(0, 0, 100, 10, 0)]).clear(np.array([0.0, 10.0]))
    with pytest.raises(ValueError, match="bus 2 is not connected"):
        market(3, [(0, 1, 0.1, 5)], [(0, 0, 100, 10, 0)])


def random_grid(seed):
    """Connected buses with some limits, offers on few price levels so that ties are common; loads at which some grids have no answer."""
    rng = np.random.default_rng(seed)
    buses = int(rng.integers(2, 9))
    pairs = [(b, int(rng.integers(0, b))) for b in range(1, buses)]
    pairs += [(int(a), int(b)) for a, b in rng.integers(0, buses, (buses, 2)) if a != b]
    lines = [(a, b, rng.choice([0.1, 0.2]), np.inf if rng.random() < 0.5 else rng.integers(2, 15) * 10.0) for a, b in pairs]
    gens = [(rng.integers(0, buses), 0, rng.integers(1, 12) * 10.0, rng.integers(1, 6) * 10.0, 0) for _ in range(int(rng.integers(2, 12)))]
    return buses, lines, gens, rng.integers(0, 8, buses) * 10.0


@pytest.mark.parametrize("seed", range(60))
def test_random_grids_agree_with_an_lp_and_ignore_the_order_of_offers(seed):
    buses, lines, gens, load = random_grid(seed)
    grid, rows = market(buses, lines, gens), np.array(gens, float)
    bus, limit = rows[:, 0].astype(int), np.array([line[3] for line in lines])
    sides = np.vstack([grid.factors, -grid.factors])
    base = np.r_[limit + grid.factors @ load, limit - grid.factors @ load]
    held = np.isfinite(base)
    check = linprog(rows[:, 3], A_ub=sides[held][:, bus], b_ub=base[held], A_eq=np.ones((1, len(gens))), b_eq=[load.sum()],
                    bounds=rows[:, 1:3], method="highs")  # fmt: skip
    if check.status:
        with pytest.raises(ValueError, match="no dispatch"):
            grid.clear(load)
        return
    done = grid.clear(load)
    dual = check.eqlin.marginals[0] + check.ineqlin.marginals @ sides[held]
    assert done.objective == pytest.approx(check.fun, rel=1e-9, abs=1e-9)
    assert (dual >= done.price_low - 1e-6).all() and (dual <= done.price_high + 1e-6).all()
    assert (np.abs(done.flow_mw) <= limit + 1e-6).all()
    paid, earned = done.price @ load, done.price[bus] @ done.dispatch_mw
    assert abs(paid - earned - done.congestion_rent) <= 1e-6 * max(1.0, abs(paid))
    turned = np.random.default_rng(seed).permutation(len(gens))
    again = market(buses, lines, [gens[n] for n in turned]).clear(load)
    np.testing.assert_allclose(again.dispatch_mw, done.dispatch_mw[turned], atol=1e-6)
    np.testing.assert_allclose(again.price, done.price, atol=1e-6)


def pypower_case(name, congested):
    """A MATPOWER case, its answer by PYPOWER, and the same grid for us; one line is limited to 90 % of its flow when congested."""
    from pypower import api

    tight = api.ppoption(VERBOSE=0, OUT_ALL=0, PDIPM_FEASTOL=1e-10, PDIPM_GRADTOL=1e-10, PDIPM_COMPTOL=1e-10, PDIPM_COSTTOL=1e-10)
    case = getattr(api, name)()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = api.rundcopf(case, tight)
        if congested:
            line = int(np.argmax(np.abs(answer["branch"][:, 13])))
            case["branch"][line, 5] = 0.9 * abs(answer["branch"][line, 13])
            answer = api.rundcopf(case, tight)
    assert answer["success"]
    bus, gen, cost, branch = answer["bus"], case["gen"], case["gencost"], case["branch"]
    place = {int(number): n for n, number in enumerate(bus[:, 0])}
    assert (branch[:, 10] > 0).all() and (branch[:, 9] == 0).all() and (gen[:, 7] > 0).all() and (cost[:, 0] == 2).all()
    quadratic = cost[:, 3] == 3
    lines = [(place[int(b[0])], place[int(b[1])], b[3] * (b[8] or 1.0), b[5] or np.inf) for b in branch]
    gens = [(place[int(g[0])], g[9], g[8], c[5] if q else c[4], c[4] if q else 0.0) for g, c, q in zip(gen, cost, quadratic, strict=True)]
    constant = np.where(quadratic, cost[:, 6], cost[:, 5]).sum()
    return market(len(bus), lines, gens), bus, answer, constant


PRICES = {"case9": 24.0442, "case14": 39.0162, "case24_ieee_rts": 49.6740, "case30": 3.7892, "case39": 13.5169, "case118": 39.3814}


@pytest.mark.parametrize("congested", [False, True])
@pytest.mark.parametrize("name", PRICES)
def test_matpower_cases_agree_with_pypower(name, congested):
    grid, bus, answer, constant = pypower_case(name, congested)
    load = bus[:, 2] + bus[:, 4]
    done = grid.clear(load)
    np.testing.assert_allclose(done.price, bus[:, 13], rtol=0, atol=1e-6)
    assert done.objective + constant == pytest.approx(answer["f"], rel=1e-8)
    if not congested:
        assert done.price[0] == pytest.approx(PRICES[name], abs=1e-4)
    else:
        assert done.congestion_rent > 1.0
    paid, earned = done.price @ load, done.price[grid.gens.bus] @ done.dispatch_mw
    assert abs(paid - earned - done.congestion_rent) <= 1e-6 * abs(paid)


# --- zones ---


def instance(seed, losses):
    rng = np.random.default_rng(seed)
    zones = int(rng.integers(2, 9))
    steps = zones * 5
    pairs = [(z, int(rng.integers(0, z))) for z in range(1, zones)]
    pairs += [(int(a), int(b)) for a, b in rng.integers(0, zones, (zones, 2)) if a != b]
    offers = Offers(zone=rng.integers(0, zones, steps), tick=rng.integers(1, 50, steps) * (100 if seed % 2 else 7))
    ends = np.array(pairs)
    links = Links(zone_from=ends[:, 0], zone_to=ends[:, 1], forward_kwh=rng.integers(0, 900_000, len(ends)), backward_kwh=rng.integers(0, 900_000, len(ends)),
                  fee_tick=rng.integers(0, 30, len(ends)) * (seed % 3), loss_ppm=rng.integers(1, 50_000, len(ends)) * losses)  # fmt: skip
    return offers, rng.integers(0, 300_000, (1, steps)), rng.integers(0, 900_000, (1, zones)), links


def lp(offers, size, demand, links, unserved, most=None):
    zones, steps, lines = len(demand), len(offers.tick), len(links.fee_tick)
    kept = 1 - links.loss_ppm / 1e6
    rows = np.zeros((zones, steps + zones + 2 * lines))
    rows[offers.zone, np.arange(steps)] = 1
    rows[np.arange(zones), steps + np.arange(zones)] = 1
    for n in range(lines):
        a, b, column = links.zone_from[n], links.zone_to[n], steps + zones + n
        rows[a, column], rows[b, column] = -1, kept[n]
        rows[b, column + lines], rows[a, column + lines] = -1, kept[n]
    cost = np.r_[offers.tick, np.full(zones, unserved), links.fee_tick, links.fee_tick]
    high = np.r_[size, demand if most is None else np.full(zones, most), links.forward_kwh, links.backward_kwh]
    done = linprog(cost, A_eq=rows, b_eq=demand, bounds=np.c_[np.zeros(len(high)), high], method="highs")
    return done.fun, done.eqlin.marginals


@pytest.mark.parametrize("losses", [0, 1])
@pytest.mark.parametrize("seed", range(25))
def test_coupling_agrees_with_an_lp_and_accounts_for_every_kwh(seed, losses):
    offers, size, demand, links = instance(seed, losses)
    done = couple_zones(offers, size, demand, links, 100_000)
    least, dual = lp(offers, size[0], demand[0], links, 100_000)
    assert done.cost[0] == pytest.approx(least, rel=1e-6)
    assert (dual >= done.low_tick[0] - 1e-5).all() and (dual <= done.high_tick[0] + 1e-5).all()
    if not losses:
        spent = (done.award_kwh[0] * offers.tick).sum() + done.unserved_kwh.sum() * 100_000 + (np.abs(done.sent_kwh[0]) * links.fee_tick).sum()
        assert spent == pytest.approx(least, rel=1e-12)
    made = np.bincount(offers.zone, done.award_kwh[0], demand.shape[1]) + done.unserved_kwh[0]
    ahead = done.sent_kwh[0] > 0
    net = demand[0].astype(float)
    np.add.at(net, links.zone_from, np.where(ahead, done.sent_kwh[0], done.arrived_kwh[0]))
    np.subtract.at(net, links.zone_to, np.where(ahead, done.arrived_kwh[0], done.sent_kwh[0]))
    assert (made == net).all()
    assert (done.award_kwh <= size).all() and (done.award_kwh >= 0).all()
    paid = (done.price_tick * demand).sum()
    earned = (done.price_tick[0][offers.zone] * done.award_kwh[0]).sum() + (done.price_tick * done.unserved_kwh).sum()
    rent = congestion_rent(done, links).sum() + (np.abs(done.sent_kwh[0]) * links.fee_tick).sum()
    assert abs(paid - earned - rent) <= 1e-6 * max(paid, 1)


@pytest.mark.parametrize("losses", [0, 1])
@pytest.mark.parametrize("seed", range(40, 60))
def test_the_ends_of_a_price_are_what_one_kwh_more_costs_and_one_less_saves(seed, losses):
    offers, size, demand, links = instance(seed, losses)
    size = size * np.random.default_rng(seed).integers(0, 2, size.shape) // 3  # hours in which whole zones are short are common
    done, most = couple_zones(offers, size, demand, links, 100_000), 9_999_999
    least = lp(offers, size[0], demand[0], links, 100_000, most)[0]
    for zone in range(demand.shape[1]):
        step = np.eye(demand.shape[1], dtype=np.int64)[zone]
        assert done.high_tick[0, zone] == pytest.approx(lp(offers, size[0], demand[0] + step, links, 100_000, most)[0] - least, abs=1e-2)
        if demand[0, zone]:
            assert done.low_tick[0, zone] == pytest.approx(least - lp(offers, size[0], demand[0] - step, links, 100_000, most)[0], abs=1e-2)


def test_no_price_is_above_what_unserved_load_is_worth():
    # the first zone has nothing: a kWh more for it is not served either, though taking one from its neighbour would cost the fee beside
    links = Links(zone_from=np.array([1]), zone_to=np.array([0]), forward_kwh=np.array([900]), backward_kwh=np.array([900]), fee_tick=np.array([14]),
                  loss_ppm=np.array([0]))  # fmt: skip
    for loss in (0, 10_000):
        done = couple_zones(Offers(zone=np.array([1]), tick=np.array([150])), np.array([[30]]), np.array([[400, 500], [0, 0]]),
                            replace(links, loss_ppm=np.array([loss])), 9999)  # fmt: skip
        assert done.price_tick[0].tolist() == [9999, 9999] and done.high_tick.max() <= 9999 and (done.low_tick <= done.high_tick).all()
    alone = couple_zones(Offers(zone=np.array([1]), tick=np.array([150])), np.array([[30]]), np.array([[0, 5]]), replace(links, forward_kwh=np.array([0]),
                         backward_kwh=np.array([0])), 9999)  # fmt: skip
    assert alone.price_tick[0].tolist() == [9999, 150]  # nobody there, nothing that could come


@pytest.mark.parametrize("seed", range(30))
def test_free_steps_idle_zones_and_mixed_links_agree_with_an_lp(seed):
    offers, size, demand, links = instance(100 + seed, 1)
    rng = np.random.default_rng(seed)
    links = replace(links, loss_ppm=np.r_[5_000, links.loss_ppm[1:] * rng.integers(0, 2, len(links.loss_ppm) - 1)])
    offers = replace(offers, tick=offers.tick * rng.integers(0, 2, len(offers.tick)))
    size, demand = size * rng.integers(0, 2, size.shape), demand * rng.integers(0, 3, demand.shape) // 2
    done = couple_zones(offers, size, demand, links, 100_000)
    least, dual = lp(offers, size[0], demand[0], links, 100_000)
    assert done.cost[0] == pytest.approx(least, rel=1e-6, abs=1e-3)
    assert (dual >= done.low_tick[0] - 1e-6).all() and (dual <= done.high_tick[0] + 1e-6).all()


def test_twenty_lossy_zones_are_decided_by_the_kernel_alone():
    offers, size, demand, links = coupled_hours(200, 20, 3, 50_000)
    market = ZonalMarket(offers, links, 20, 100_000)
    market._programs = None, None  # no solver at hand: every answer must be clear without one
    done = market.clear(size, demand)
    assert (done.low_tick == done.high_tick).all() and (done.sent_kwh != 0).any()
    for hour in (0, 7, 19):
        least, dual = lp(offers, size[0], demand[hour], links, 100_000)
        assert done.cost[hour] == pytest.approx(least, rel=1e-9)
        np.testing.assert_allclose(done.price_tick[hour], dual, rtol=1e-9)


def test_equal_steps_of_zones_that_are_not_cut_off_share_by_size():
    offers = Offers(zone=np.array([0, 1, 1]), tick=np.array([100, 100, 300]))
    links = Links(zone_from=np.array([0]), zone_to=np.array([1]), forward_kwh=np.array([10_000]), backward_kwh=np.array([10_000]),
                  fee_tick=np.array([0]), loss_ppm=np.array([0]))  # fmt: skip
    done = couple_zones(offers, np.array([[3000, 1000, 500]]), np.array([[0, 2000]]), links, 9999)
    assert done.award_kwh[0].tolist() == [1500, 500, 0]
    assert done.sent_kwh[0].tolist() == [1500]


@pytest.mark.parametrize("seed", range(8))
def test_the_order_in_which_offers_are_listed_does_not_matter(seed):
    offers, size, demand, links = instance(seed, 0)
    turned = np.random.default_rng(seed).permutation(len(offers.tick))
    first = couple_zones(offers, size, demand, links, 100_000)
    again = couple_zones(Offers(zone=offers.zone[turned], tick=offers.tick[turned]), size[:, turned], demand, links, 100_000)
    assert (first.price_tick == again.price_tick).all()
    assert np.abs(first.award_kwh[0][turned] - again.award_kwh[0]).max() <= 1


def test_hours_cleared_together_or_one_by_one_are_the_same():
    offers, size, demand, links = instance(3, 1)
    many = np.vstack([demand, demand // 2, demand // 3, demand])
    together = couple_zones(offers, size, many, links, 100_000)
    for hour in range(4):
        alone = couple_zones(offers, size, many[hour : hour + 1], links, 100_000)
        assert alone.price_tick.tobytes() == together.price_tick[hour : hour + 1].tobytes()
        assert (alone.award_kwh == together.award_kwh[hour]).all() and (alone.sent_kwh == together.sent_kwh[hour]).all()


def test_many_ties_over_lossy_links_are_shared_whatever_came_before():
    rng = np.random.default_rng(2)
    ends = np.array([(z, int(rng.integers(0, z))) for z in range(1, 10)] + [(0, 5), (2, 8), (3, 7), (1, 9)])
    offers = Offers(zone=rng.integers(0, 10, 80), tick=rng.integers(1, 4, 80) * 1000)
    links = Links(zone_from=ends[:, 0], zone_to=ends[:, 1], forward_kwh=rng.integers(50_000, 300_000, 13), backward_kwh=rng.integers(50_000, 300_000, 13),
                  fee_tick=np.zeros(13, np.int64), loss_ppm=rng.integers(0, 2, 13) * 10_000)  # fmt: skip
    size = rng.integers(10_000, 200_000, (1, 80))
    demand = rng.integers(200_000, 700_000, (6, 10))
    together = couple_zones(offers, size, demand, links, 100_000)
    turned = rng.permutation(80)
    again = couple_zones(Offers(zone=offers.zone[turned], tick=offers.tick[turned]), size[:, turned], demand[::-1], links, 100_000)
    assert np.abs(together.award_kwh[:, turned] - again.award_kwh[::-1]).max() <= 2
    np.testing.assert_allclose(again.price_tick[::-1], together.price_tick, atol=1e-6)
    for hour in range(6):
        alone = couple_zones(offers, size, demand[hour : hour + 1], links, 100_000)
        assert alone.price_tick.tobytes() == together.price_tick[hour : hour + 1].tobytes()
        assert (alone.award_kwh == together.award_kwh[hour]).all()


def test_warming_up_compiles_every_kernel_of_the_electricity_markets():
    from marketsim.markets import lossy_kernel, tick_auction, zonal_kernel
    from marketsim.markets.warm import warmup

    warmup()
    kernels = (tick_auction._clear_all, zonal_kernel.compiled_hours, lossy_kernel.lossy_hours)
    compiled = [len(kernel.signatures) for kernel in kernels]
    assert min(compiled) >= 1
    offers, size, demand, links = coupled_hours(200, 2, 1, 50_000)
    couple_zones(offers, size, demand, links, 100_000)
    couple_zones(offers, size, demand, replace(links, loss_ppm=0 * links.loss_ppm), 100_000)
    assert [len(kernel.signatures) for kernel in kernels] == compiled, "a run must not compile again"
