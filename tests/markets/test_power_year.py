"""A whole year of delivery: load, contracts, dispatch, meters and deviations reconcile to the kWh and the fen."""

from datetime import date, timedelta

import numpy as np
import pytest

from marketsim import resources
from marketsim.domain.fleet import available, must_run, read_fleet
from marketsim.domain.grid import read_grid
from marketsim.domain.hours import by_month, hourly_load, hours_of, typical
from marketsim.domain.orders import BUY, SELL, Orders
from marketsim.markets.contracts import (
    Terms, annual_contracts, band, contract_curve, contracted, mean_price, monthly_contracts, together,
)  # fmt: skip
from marketsim.markets.deviation import (
    CONTRACT, DeviationRules, Positions, all_payments, balance, payments, settle_deviations,
)  # fmt: skip
from marketsim.markets.merit_order import Offers, dispatch_merit_order
from marketsim.markets.metering import by_region, indirect, metered

FOLDER = resources.path("configs", "grid", "tianjin")
RIGHTS = ("carbon", "water", "energy")
DAYS = [date(2020, 1, 1) + timedelta(n) for n in range(366)]
HOURS = hours_of(DAYS, [day.weekday() >= 5 for day in DAYS])


@pytest.fixture(scope="module")
def grid():
    return read_grid(FOLDER)


@pytest.fixture(scope="module")
def fleet():
    return read_fleet(FOLDER, RIGHTS).in_zone("tianjin")


def dispatch(grid, fleet, hours, must=None):
    load = hourly_load(int(grid.use_kwh[0]), grid.shape[0], hours)
    offers = Offers(available_kwh=available(fleet, hours), must_kwh=must_run(fleet, hours) if must is None else must,
                    rank=fleet.rank, cost_tick=fleet.cost_tick)  # fmt: skip
    return load, offers, dispatch_merit_order(load, offers, 100_000)


def test_a_leap_year_has_8784_hours_and_the_load_adds_up_to_the_kwh(grid):
    load = hourly_load(87_500_000_001, grid.shape[0], HOURS)
    assert len(load) == 8784
    assert load.sum() == 87_500_000_001
    # the shape is kept: a busy winter evening lies above a spring night in the tables' own proportion
    january, april = (HOURS.month == 0) & (HOURS.hour == 18) & (HOURS.rest_day == 0), (HOURS.month == 3) & (HOURS.hour == 4)
    assert abs(load[january][0] / load[april & (HOURS.rest_day == 0)][0] - grid.shape[0, 0, 0, 18] / grid.shape[0, 3, 0, 4]) < 1e-6


def test_the_year_of_2020_comes_out_as_the_defaults_expect(grid, fleet):
    load, offers, done = dispatch(grid, fleet, HOURS)
    assert (done.generation_kwh.sum(axis=0) + done.unserved_kwh == load).all()
    assert (done.generation_kwh <= offers.available_kwh).all()
    assert done.unserved_kwh.sum() == 0
    names = np.array([fleet.technologies[i] for i in fleet.technology])
    total = done.generation_kwh.sum(axis=1)
    imports = total[names == "import"].sum() / load.sum()
    coal = np.char.startswith(names, "coal")
    hours_of_coal = total[coal].sum() / fleet.capacity_kw[coal].sum()
    assert 0.25 < imports < 0.29  # a quarter to a third, 27 % expected
    assert 4300 < hours_of_coal < 4600  # 4,430 expected


def test_typical_days_give_the_same_year(grid, fleet):
    _, _, full = dispatch(grid, fleet, HOURS)
    load, _, short = dispatch(grid, fleet, typical(HOURS))
    assert len(load) == 576 and load.sum() == grid.use_kwh[0]
    gap = np.abs(full.generation_kwh.sum(axis=1) - short.generation_kwh.sum(axis=1))
    assert gap.max() < 10_000  # kWh of 87.5 TWh: only the rounding of each hour differs


def test_meters_of_months_add_up_to_the_meter_of_the_year(grid, fleet):
    _, _, done = dispatch(grid, fleet, HOURS)
    hourly = metered(done.generation_kwh, fleet.meter_per_gwh)
    yearly = metered(done.generation_kwh.sum(axis=1, keepdims=True), fleet.meter_per_gwh)
    assert (hourly.sum(axis=2) == yearly[:, :, 0]).all()
    assert 35e9 < yearly[0].sum() < 48e9  # kg from the power plants alone


def test_contracts_dispatch_and_deviations_reconcile(grid, fleet):
    rng = np.random.default_rng(7)
    users = 60
    use = rng.integers(1_000_000, 50_000_000, (users, 12))
    sell = np.flatnonzero((fleet.rank == 2) & (fleet.exempt == 0))
    room = available(fleet, HOURS)[sell].sum(axis=1)
    low, high = band(grid.rule("benchmark.tianjin", DAYS[0]), grid.rule("band_low", DAYS[0]), grid.rule("band_high", DAYS[0]))
    assert (low, high) == (3107, 3655)
    terms = Terms(low_tick=low, high_tick=high, seller_weight_ppm=662_000)
    annual = together(*annual_contracts(use * 8 // 10, room, np.full(users, high), fleet.cost_tick[sell], terms))
    months = []
    for month in range(12):
        wanted, offered = use[:, month] // 5000, np.full(len(sell), 10_000)
        orders = Orders(owner=np.r_[np.arange(users), np.arange(len(sell))], lots=np.r_[wanted, offered],
                        side=np.r_[np.full(users, BUY), np.full(len(sell), SELL)].astype(np.uint8),
                        tick=np.r_[rng.integers(3000, 3800, users), rng.integers(3000, 3600, len(sell))])  # fmt: skip
        months.append(monthly_contracts(month, orders, terms))
    signed = together(annual, *months)
    assert ((signed.price_tick >= low) & (signed.price_tick <= high)).all()
    assert (contracted(annual, BUY, users) <= use * 8 // 10).all()
    assert contracted(signed, BUY, users).sum() == contracted(signed, SELL, len(sell)).sum() == signed.kwh.sum()

    load = hourly_load(int(grid.use_kwh[0]), grid.shape[0], HOURS)
    curve = contract_curve(contracted(signed, SELL, len(sell)), load, HOURS)
    assert (by_month(curve, HOURS) == contracted(signed, SELL, len(sell))).all()
    must = must_run(fleet, HOURS)
    must[sell] = np.minimum(curve, available(fleet, HOURS)[sell])
    _, _, done = dispatch(grid, fleet, HOURS, must)
    made = by_month(done.generation_kwh[sell], HOURS)

    pool, accounts = users + len(sell), users + len(sell) + 1
    everything = [payments(signed.buyer, users + signed.seller, signed.fen, CONTRACT)]
    for month in range(12):
        part = signed.take(np.flatnonzero(signed.month == month))
        bought, sold = contracted(part, BUY, users)[:, month], contracted(part, SELL, len(sell))[:, month]
        used = bought * rng.integers(90, 111, users) // 100
        positions = Positions(
            account=np.arange(pool), side=np.r_[np.full(users, BUY), np.full(len(sell), SELL)],
            contracted_kwh=np.r_[bought, sold], metered_kwh=np.r_[used, np.minimum(made[:, month], sold * 2)],
            over_tick=np.full(pool, high), under_tick=np.r_[mean_price(part, BUY, users, np.full(users, high)), np.full(len(sell), high)],
            exempt=np.zeros(pool, np.int64),
        )  # fmt: skip
        rules = DeviationRules(band_ppm=30_000, penalty_ppm=50_000, reference_tick=3470, pool=pool)
        everything.append(settle_deviations(positions, rules))
    final = balance(all_payments(*everything), accounts)
    assert final.sum() == 0 and final[pool] == 0
    assert (final[users:pool].sum()) == -final[:users].sum()
    assert sum(len(batch) for batch in everything) > 12 * users


def test_meters_by_district_and_what_users_turn_indirectly(grid, fleet):
    _, _, done = dispatch(grid, fleet, typical(HOURS))
    use = metered(done.generation_kwh, fleet.meter_per_gwh)
    codes, sums = by_region(use, fleet.region)
    assert sums.sum() == use.sum() and 120116 in codes.tolist()
    binhai = codes.tolist().index(120116)
    assert (sums[:, binhai] == use[:, fleet.region == 120116].sum(axis=1)).all()
    imports = np.array([fleet.technologies[i] == "import" for i in fleet.technology])
    made, bought = int(done.generation_kwh[~imports].sum()), int(done.generation_kwh[imports].sum())
    users = np.array([made + bought - 2_000_000_000, 2_000_000_000])
    turned = indirect(users, made, use.sum(axis=(1, 2)), bought, np.array([610_100, 0, 0]))
    assert (turned.sum(axis=1) <= use.sum(axis=(1, 2)) + [bought * 610_100 // 10**6, 0, 0]).all()
    # 2 TWh at about 0.65 t per MWh
    assert 1.2e9 < turned[0, 1] < 1.4e9
    assert not indirect(np.array([0]), 0, np.zeros(3, np.int64), 0, np.zeros(3, np.int64)).any()
