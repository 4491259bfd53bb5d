"""Closed forms of permit markets, obtained from the planner that every run is measured against, and from the rules.

The set-ups are the textbook's; each test states them, calls the engine, and compares with the printed answer.
"""

from fractions import Fraction as F

import numpy as np
import pytest

from marketsim.planner import banking, linking, permits
from marketsim.planner.dominant_firm import dominate, outlay
from marketsim.planner.elastic_output import Sector, at_price, under_cap
from marketsim.planner.joint_caps import joint_caps
from marketsim.planner.merit import Piece
from marketsim.planner.offset_limit import with_offsets
from marketsim.policy.allocation import Claimants, historical_intensity, output_based
from marketsim.policy.compliance import Obligations, surrender

EXACT = pytest.approx
LONG = F(1000)


def line(owner: int, slope, start=0, quantity=LONG) -> Piece:
    return Piece(owner=owner, quantity=F(quantity), start=F(start), slope=F(slope))


def montgomery(cap=140, split=(70, 70), scale=1, **limits) -> permits.Market:
    """T1: two firms of 100, marginal costs 2a and 4a, cap 140."""
    return permits.Market(
        cap=F(cap) * scale, baseline=(F(100) * scale, F(100) * scale), allocation=tuple(F(one) * scale for one in split),
        pieces=(line(0, F(2, scale), quantity=100 * scale), line(1, F(4, scale), quantity=100 * scale)), **limits)


@pytest.mark.parametrize("split", [(70, 70), (140, 0), (0, 140), (100, 40), (0, 0)])
def test_t1_price_and_abatement_do_not_depend_on_the_split(split):
    cleared = permits.clear(montgomery(split=split))
    assert (cleared.price, cleared.abatement, sum(cleared.cost)) == (80, (40, 20), 2400)


def test_t1_without_trade_costs_2700_and_doubling_changes_no_price():
    assert sum(permits.alone(montgomery()).cost) == 2700
    twice = permits.clear(montgomery(scale=7))
    assert twice.price == 80 and twice.abatement == (280, 140)


SLOPES, ALONE = (F(1, 2), F(1), F(4)), (80, 25, 40)


def regions(members, names="abc") -> linking.Regions:
    """T2: slopes B, each region's own price so that it must save B·p."""
    need = [SLOPES[one] * ALONE[one] for one in members]
    return linking.Regions(
        name=tuple(names[one] for one in members), baseline=tuple(LONG for _ in members),
        cap=tuple(LONG - one for one in need),
        pieces=tuple(line(place, 1 / SLOPES[one]) for place, one in enumerate(members)))


def all_links(count, cost=0, ratio=1, limit=None, slope=0):
    return [linking.Link(start=i, end=j, ratio=F(ratio), cost=F(cost), limit=limit, slope=F(slope))
            for i in range(count) for j in range(count) if i != j]


@pytest.mark.parametrize(("members", "saves"), [
    ((0, 1, 2), 510.2273), ((0, 1), 504.1667), ((0, 2), 355.5556), ((1, 2), 90.0)])
def test_t2_linking_saves(members, saves):
    apart = linking.linked_caps(regions(members), [])
    joined = linking.linked_caps(regions(members), all_links(len(members)))
    assert apart.price == EXACT([ALONE[one] for one in members])
    assert apart.total_cost - joined.total_cost == EXACT(saves, abs=1e-4)
    if len(members) == 3:
        assert joined.price == EXACT([40.9091] * 3, abs=1e-4)


def test_t2q_a_quota_of_ten_keeps_a_price_gap_of_25():
    joined = linking.linked_caps(regions((0, 1)), all_links(2, limit=F(10)))
    apart = linking.linked_caps(regions((0, 1)), [])
    assert apart.total_cost - joined.total_cost == EXACT(400)
    assert joined.price[0] - joined.price[1] == EXACT(25) and joined.flow.max() == EXACT(10)


def with_fee(required_first, fee, slope=0):
    """T3: the two firms of T1 as two regions, the first bound to save `required_first` of 60, trade costing `fee` a unit and `slope` more each."""
    apart = linking.Regions(name=("a", "b"), baseline=(F(100), F(100)), pieces=(line(0, 2), line(1, 4)),
                            cap=(F(100 - required_first), F(40 + required_first)))
    return linking.linked_caps(apart, all_links(2, cost=fee, slope=slope))


@pytest.mark.parametrize(("required", "saved", "volume"), [(30, 38, 8), (10, 38, 28), (39, 39, 0), (60, 42, 18)])
def test_t3_a_fee_of_12_a_unit(required, saved, volume):
    joined = with_fee(required, 12)
    assert 100 - joined.emissions == EXACT([saved, 60 - saved]) and joined.flow.sum() == EXACT(volume)
    if required == 30:
        assert joined.total_cost - 12 * 8 == EXACT(2412)


@pytest.mark.parametrize(("required", "saved"), [(30, 36), (10, 31)])
def test_t3b_a_rising_fee_makes_the_first_split_matter(required, saved):
    """Fee 12x + x²: a unit costs 12 and each after it 2 more."""
    joined = with_fee(required, 12, slope=2)
    assert 100 - joined.emissions[0] == EXACT(saved, abs=1e-6)


@pytest.mark.parametrize(("own", "saved", "price", "cost"), [(0, 24, 144, 3168), (40, 40, 80, 2400), (60, 48, 48, 2592)])
def test_t4_a_dominant_firm_moves_the_price(own, saved, price, cost):
    found = dominate([line(0, 2)], [line(1, 4)], F(60), F(own))
    assert (found.own, found.price, found.total_cost) == (saved, price, cost)


@pytest.mark.parametrize(("short", "price"), [(100, F(100, 3)), (50, 50), (0, F(200, 3))])
def test_p13_dominant_firm_among_equals(short, price):
    assert dominate([line(0, 1)], [line(1, 1)], F(100), F(short)).price == price


def test_dominant_firm_with_kinks_is_the_best_of_a_fine_grid():
    dominant = [line(0, 1, quantity=20), line(0, F(1, 2), start=30)]
    fringe = [line(1, 2, quantity=15), line(1, 3, start=10)]
    found = dominate(dominant, fringe, F(50), F(20))
    best = min(outlay(dominant, fringe, F(50) - F(k, 20), (F(k, 20), F(20))) for k in range(1001))
    assert found.outlay <= best and float(best - found.outlay) < 0.05


def horizon(caps, rate=F(1, 10), baseline=100, slope=1) -> banking.Horizon:
    return banking.Horizon(cap=tuple(map(F, caps)), baseline=tuple(F(baseline) for _ in caps), discount_rate=rate,
                           pieces=tuple((line(0, slope, quantity=baseline),) for _ in caps))


@pytest.mark.parametrize(("needs", "prices", "bank"), [
    ((20, 60), (38.0952, 41.9048), 18.0952), ((60, 20), (60, 20), 0), ((10, 60, 20), (33.3333, 36.6667, 20), 23.3333)])
def test_t5_banking_prices_rise_at_the_rate_of_interest_while_there_is_a_bank(needs, prices, bank):
    path = banking.price_path(horizon([100 - need for need in needs]))
    assert list(map(float, path.price)) == EXACT(prices, abs=1e-4) and float(path.bank[0]) == EXACT(bank, abs=1e-4)


def test_t5_cost_and_five_periods():
    caps = [80, 40]
    assert float(banking.price_path(horizon(caps)).total_cost) == EXACT(1523.81, abs=1e-2)
    assert float(banking.without_banking(horizon(caps)).total_cost) == EXACT(1836.36, abs=1e-2)
    five = banking.price_path(horizon([90, 80, 70, 60, 50]))
    assert (float(five.price[0]), float(five.price[4])) == EXACT((24.5696, 35.9724), abs=1e-4)


def welfare(intercept, slopes, saved) -> F:
    """Benefit 100·a − d a²/2 less cost θ·a + b a²/2."""
    b, d = slopes
    return (100 - intercept) * saved - F(d + b) * saved**2 / 2


@pytest.mark.parametrize(("b", "d", "advantage"), [(2, 1, F(25, 2)), (2, 4, -25), (1, 1, 0)])
def test_t6_prices_against_quantities(b, d, advantage):
    """Both instruments are the planner's permit market: a cap, and a cap with floor = ceiling at the expected price."""
    saved = F(100, b + d)
    price = b * saved
    gain = F(0)
    for shock in (-10, 10):
        firms = dict(baseline=(LONG,), allocation=(LONG - saved,), cap=LONG - saved,
                     pieces=(Piece(owner=0, quantity=LONG, start=F(100 + shock), slope=F(b)),))
        by_cap = permits.clear(permits.Market(**firms))
        by_price = permits.clear(permits.Market(**firms, floor=100 + price, ceiling=100 + price))
        assert by_cap.abatement == (saved,)
        gain += (welfare(shock, (b, d), by_price.abatement[0]) - welfare(shock, (b, d), by_cap.abatement[0])) / 2
    assert gain == advantage


def test_t7_output_based_allocation_is_a_subsidy_to_output():
    """The free amount for each unit comes from the rule itself, at 0.8 of the sector's average intensity."""
    def free(output):
        return output_based.apply(output_based.Parameters(factor=0.8), Claimants(
            covered=np.array([True]), use=np.array([[1000]]), output=np.array([[1000]]), output_now=np.array([output]),
            sector=np.array([0]), sectors=("x",)))[0]
    free_per_unit = (free(2000) - free(1000)) / 1000
    product = dict(choke=100.0, slope=1.0, unit_cost=20.0, use_per_unit=1.0)
    assert at_price([Sector(**product)], 30).output[0] == EXACT(50)
    assert at_price([Sector(**product, free_per_unit=free_per_unit)], 30).output[0] == EXACT(74)
    lump = under_cap([Sector(**product, ease=1 / 200)], 50, 200)
    rebated = under_cap([Sector(**product, ease=1 / 200, free_per_unit=free_per_unit)], 50, 200)
    assert (lump.price, lump.output[0]) == EXACT((24.517, 56.986), abs=1e-3)
    assert (rebated.price, rebated.output[0]) == EXACT((72.961, 78.716), abs=1e-3)


@pytest.mark.parametrize(("mandate", "price", "emissions", "cost"), [(50, 40, 140, 2700), (65, 0, 135, None)])
def test_t8_a_mandate_under_a_cap_moves_the_price_not_the_emissions(mandate, price, emissions, cost):
    market = permits.Market(cap=F(140), baseline=(F(100 - mandate), F(100)), allocation=(F(70), F(70)),
                            pieces=(line(0, 2, start=2 * mandate, quantity=100 - mandate), line(1, 4, quantity=100)))
    cleared = permits.clear(market)
    assert cleared.price == price
    assert sum(market.baseline) - sum(cleared.abatement) == emissions
    if cost:
        assert sum(cleared.cost) + mandate**2 == cost


@pytest.mark.parametrize(("need", "saved", "prices"), [(20, 10, (80, 0)), (40, 16, (0, 51.2))])
def test_t8b_of_two_caps_on_one_measure_one_price_is_zero(need, saved, prices):
    """Energy marginal cost 8x, 2.5 t a tce, energy need 10, carbon need 20 or 40: p_e + 2.5 p_c = 8x."""
    joint = joint_caps([line(0, 8)], [[F(1)], [F(5, 2)]], [F(10), F(need)])
    assert joint.saved[0] == EXACT(saved) and joint.price == EXACT(prices)
    assert joint.price[0] + 2.5 * joint.price[1] == EXACT(8 * saved)


@pytest.mark.parametrize(("growth", "by_mass", "by_intensity", "emissions"), [
    (-10, 0, 9, 81), (0, 10, 10, 90), (10, 20, 11, 99)])
def test_t9_a_cap_on_intensity_moves_with_output(growth, by_mass, by_intensity, emissions):
    """The intensity cap is what the rule of historical intensity hands out at factor 0.9."""
    baseline = F(100 + growth)
    handed_out = historical_intensity.apply(historical_intensity.Parameters(factor=0.9), Claimants(
        covered=np.array([True]), use=np.array([[1000]]), output=np.array([[100]]), output_now=np.array([100 + growth])))

    def cleared(cap):
        return permits.clear(permits.Market(cap=cap, baseline=(baseline,), allocation=(cap,),
                                            pieces=(line(0, 1, quantity=baseline),)))
    assert cleared(F(90)).price == by_mass
    intensity = cleared(F(int(handed_out[0]), 10))
    assert intensity.price == by_intensity and baseline - intensity.abatement[0] == emissions


def spread_of_prices(growths, eta) -> tuple[float, float]:
    """T9: standard deviations of the permit price under a mass cap of 90 and under an intensity cap of 0.9 × (1 + growth) × 100.

    Without measures emissions grow by eta × growth; at b = 1 the price is what must be saved.
    """
    mass, intensity = [], []
    for growth in growths.tolist():
        baseline = F(100) * (1 + F(eta) * F(growth))
        for cap, prices in ((F(90), mass), (90 * (1 + F(growth)), intensity)):
            prices.append(permits.clear(permits.Market(cap=cap, baseline=(baseline,), allocation=(cap,), pieces=(line(0, 1),))).price)
    return float(np.std(np.array(mass, float))), float(np.std(np.array(intensity, float)))


@pytest.mark.parametrize("eta", [F(1, 5), F(2, 5), F(9, 20), F(1, 2), F(1)])
def test_t9_which_cap_keeps_the_price_steadier(eta):
    """sd of the mass cap E0·eta·s, of the intensity cap E0·|eta − 0.9|·s; intensity is steadier iff eta > 0.45. 400 growth rates, s = 2 %."""
    growths = 0.02 * np.random.default_rng(9).standard_normal(400)
    mass, intensity = spread_of_prices(growths, eta)
    s = float(np.std(growths))
    assert mass == EXACT(100 * float(eta) * s, rel=0.01) and intensity == EXACT(100 * abs(float(eta) - 0.9) * s, rel=0.01)
    assert (intensity < mass * (1 - 1e-9)) == (eta > F(9, 20))


def test_t10_a_floor_leaves_15_unsold_a_ceiling_sells_15_more():
    floor, ceiling = permits.clear(montgomery(floor=F(100))), permits.clear(montgomery(ceiling=F(60)))
    assert (floor.price, floor.withdrawn) == (100, 15) and (ceiling.price, ceiling.extra_sold) == (60, 15)


def test_t11_offsets_up_to_a_tenth_of_verified_emissions():
    """With free offsets 0.9 E = cap and a tonne is worth 59.259, so a permit 59.259 / 0.9; the surrender rule lets exactly that through."""
    found = with_offsets(montgomery(), F(1, 10), F(0))
    assert (float(found.cleared.price), float(found.emissions), float(found.offsets)) == EXACT((59.259, 155.556, 15.556), abs=1e-3)
    assert found.permit_price == found.cleared.price / F(9, 10)
    none = np.zeros(1, np.int64)
    kg = np.array([round(found.emissions * 10**6)])
    settled = surrender.apply(surrender.Parameters(), Obligations(
        use=kg, owed=none, held=np.array([140 * 10**6]), offsets=kg, allocation=none, borrowable=none,
        mean_price_fen_per_lot=0, lot_base=1000))
    assert settled.offsets_used[0] / 1e6 == EXACT(15.556, abs=1e-3)
    assert settled.shortfall[0] <= 1 and settled.surrendered[0] == 140 * 10**6


@pytest.mark.parametrize(("price", "offsets", "permit"), [(20, 15.5556, 63.6214), (70, 7.5, 70), (80, 0, 80), (90, 0, 80)])
def test_t11_dearer_offsets_are_used_less(price, offsets, permit):
    """At 20 the limit binds; at 70 they are the marginal tonne (52.5 saved); at 80 and above nobody buys them."""
    found = with_offsets(montgomery(), F(1, 10), F(price))
    assert (float(found.offsets), float(found.permit_price)) == EXACT((offsets, permit), abs=1e-3)


@pytest.mark.parametrize(("limit", "released", "shadow"), [(None, 37.8049, 0.0), (20, 20.0, 1.46)])
def test_t12_water_traded_through_a_leaking_canal(limit, released, shadow):
    """MV1 = 6 − .05w holds 80, MV2 = 10 − .05w holds 60, loss 20 %, fee 0.5 for each unit released."""
    users = linking.Regions(name=("one", "two"), baseline=(F(120), F(200)), cap=(F(80), F(60)),
                            pieces=(line(0, F(1, 20), quantity=120), line(1, F(1, 20), quantity=200)))
    way = linking.Link(start=0, end=1, ratio=F(4, 5), cost=F(1, 2), limit=None if limit is None else F(limit))
    alone, traded = linking.linked_caps(users, []), linking.linked_caps(users, [way])
    assert traded.flow[0] == EXACT(released, abs=1e-4)
    assert 0.8 * traded.price[1] - 0.5 - traded.price[0] == EXACT(shadow, abs=1e-6)
    if limit is None:
        assert 0.8 * traded.flow[0] == EXACT(30.2439, abs=1e-4)
        assert alone.total_cost - traded.total_cost == EXACT(58.5976, abs=1e-4)
        assert traded.price[1] == EXACT(5.4878, abs=1e-4) and traded.price[0] == EXACT(3.8902, abs=1e-4)


def test_t20_an_expected_penalty_is_a_ceiling():
    """A fine of 100 that falls on every second shortfall."""
    cleared = permits.clear(montgomery(ceiling=F(100) / 2))
    assert (cleared.price, cleared.abatement, cleared.extra_sold) == (50, (25, F(25, 2)), F(45, 2))
