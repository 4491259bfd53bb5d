"""Many cities in one market: every total so many times, every firm as large, prices as of one city."""

import typing

import numpy as np
import pytest

from marketsim.errors import ProblemsFound
from marketsim.planner.least_cost import least_cost
from marketsim.scenario import copies, schema, schema_power
from marketsim.domain.ledger import entries
from marketsim.domain.population import load_parameters
from marketsim.scenario.block import Block
from marketsim.scenario.values import Amount
from marketsim.simulation.benchmark import problem
from marketsim.simulation.columns import population
from marketsim.simulation.law import intervene
from marketsim.simulation.result import result

FAST = "power.resolution=typical-days"
CITIES = 12


@pytest.fixture(scope="module")
def pair(founded):
    """One city and a country of several."""
    return founded("tianjin", settings=(FAST,)), founded("tianjin", settings=(FAST, f"copies={CITIES}"))


def test_every_amount_of_the_format_is_a_total_or_of_one_trade():
    kinds = [kind for room in (schema, schema_power) for kind in vars(room).values() if isinstance(kind, type) and issubclass(kind, Block)]
    for kind in kinds:
        hints = typing.get_type_hints(kind, include_extras=True)
        amounts = {name for name, hint in hints.items() if Amount in (hint, *typing.get_args(hint))}
        assert amounts == {*copies.TOTALS.get(kind, ()), *copies.OF_ONE.get(kind.__name__, ())}, kind.__name__
    assert sum(map(len, copies.TOTALS.values())) == 8


def test_cells_holders_caps_and_fleet_are_so_many_times_the_city_s(pair):
    one, many = (world.setting for world in pair)
    assert (many.city.cells == CITIES * one.city.cells).all()
    assert (population(many.city) == CITIES * population(one.city)).all()
    assert many.firms.use().sum(axis=1).tolist() == pytest.approx(CITIES * one.firms.use().sum(axis=1), rel=1e-9)
    holders = [(~setting.firms.is_kind("residual")).sum() for setting in (one, many)]
    assert holders[1] == CITIES * holders[0] and (many.firms.covered.sum(axis=1) >= 0.98 * CITIES * one.firms.covered.sum(axis=1)).all()
    assert (many.power.fleet.capacity_kw == CITIES * one.power.fleet.capacity_kw).all()
    carbon = [setting.rights[0].market for setting in (one, many)]
    for total in (lambda market: market.cap, lambda market: market.auction.volume, lambda market: market.offsets.supply):
        assert total(carbon[1]).value == CITIES * total(carbon[0]).value
    assert many.question.targets.total.value == CITIES * one.question.targets.total.value


def test_holders_are_as_large_as_in_one_city_and_adds_up_to_the_unit(pair):
    one, many = pair
    for world in pair:
        residual = world.setting.firms.is_kind("residual")
        assert (world.setting.firms.direct[:, ~residual] >= 0).all()
    typical = [np.median(world.setting.firms.use()[1][world.setting.firms.covered[1]]) for world in pair]
    assert typical[1] == pytest.approx(typical[0], rel=0.2)
    assert int(many.setting.firms.value_added_fen.sum()) == CITIES * int(one.setting.firms.value_added_fen.sum())


def test_prices_are_those_of_one_city_within_its_luck(founded):
    def prices(seed, settings=()):
        return least_cost(problem(founded("tianjin", seed, (FAST, "activity.common_sd=0%", *settings)))).price

    alone = np.array([prices(seed) for seed in range(1, 11)])
    together = prices(1, (f"copies={CITIES}",))
    assert (alone.min(axis=0) <= together).all() and (together <= alone.max(axis=0)).all()


def test_a_year_of_many_cities_closes_its_books(played):
    world = played("tianjin", settings=(FAST, "copies=3", "firms.attention=5%"))
    assert (world.ledger.recount() == world.ledger.balance).all() and not world.ledger.balance.sum(axis=(1, 2)).any()


def test_a_country_of_the_largest_size_is_counted_exactly(pair):
    city = pair[0].setting.city
    country, own = city.times(4000), load_parameters(city.folder, city)
    assert (country.use() // 4000 - city.use() >= 0).all() and (country.use() // 4000 - city.use() <= 1).all()
    assert [holder.count for holder in own.times(4000).holders] == [4000 * holder.count for holder in own.holders]


def test_a_table_of_payments_belongs_to_one_city(founded):
    with pytest.raises(ProblemsFound) as told:
        founded("tianjin", settings=(FAST, "copies=2", "transfers={luan: {by: {rule: upstream}, table: luan-2016}}"))
    assert [(problem.code, problem.key) for problem in told.value.problems] == [("MS309", "transfers.luan.table")]


OF_ONE_FIRM = ("power.below_floor", "power.counted_twice", "power.net_others")
"""Roundings of single firms, and what the smallest firms' retailers keep."""


@pytest.mark.parametrize("form", [
    ("power.spot={blocks: 20%}", "power.storage={volume: 4 GWh}"), ("power.spot={}", "power.neighbours=true"), ("power.dispatch=committed", "power.reserve=5%", "power.outages={}"),
])
def test_every_total_of_a_year_of_power_is_so_many_times_the_city_s(form, played):
    settings = (FAST, "markets=null", "targets=null", "activity.common_sd=0%", "activity.firm_sd=0%", "power.signing_floor=85%", "power.capacity_share=30%",
                "power.green={share: 20%, value: 0.03 CNY/kWh, unbundled: 5%}", "power.mechanism={volume: 500 GWh, cap: 0.4 CNY/kWh}",
                "power.retail={share: 50%, fee: 0.01 CNY/kWh}", *form)
    one, many = ({row[:3]: row[3] for row in result(played("tianjin", 7, (*settings, f"copies={cities}"))).summary if not row[0].startswith("1201")} for cities in (1, 3))
    assert one.keys() == many.keys() and sum(value != 0 for value in one.values()) > 30
    for (region, metric, unit), value in one.items():
        if unit in ("fen", "kWh", "MWh") and metric not in OF_ONE_FIRM and not metric.startswith("reconcile.certificate.firm"):
            assert many[region, metric, unit] == pytest.approx(3 * value, rel=0.05), metric
        elif unit in ("CNY/MWh", "hours"):
            assert many[region, metric, unit] == pytest.approx(value, rel=0.01), metric


def test_the_treasury_of_many_cities_stands_behind_as_much_for_each(founded, monkeypatch):
    monkeypatch.setattr(intervene, "BACKED_FEN", 10**9)  # so little that it binds
    rule = "markets.carbon.stability={rule: standing_offers, floor_cny_per_lot: 30 CNY/t, limit: 1000%}"
    one, many = (founded("tianjin", settings=(FAST, rule, f"copies={cities}")) for cities in (1, CITIES))
    for world in (one, many):
        world.ledger.post(0, entries("issue", world.setting.rights[0].asset, world.ledger.accounts.index("issuer"), 0, 10**12))
    bought = [intervene.intervention(world, world.setting.rights[0]).buy_lots for world in (one, many)]
    assert bought[0] == 10**9 // 3000 and bought[1] == CITIES * 10**9 // 3000
