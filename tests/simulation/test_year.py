"""A whole year: everything reconciles to the unit, every figure is declared, and a city is nothing but files."""

import numpy as np
import pytest

from marketsim.domain.accounts import KIND_NAMES, MOVE_NAMES
from marketsim.simulation.metrics import declared
from marketsim.simulation.result import result


@pytest.fixture(params=["twin", "tianjin"], scope="module")
def world(request):
    return request.getfixturevalue(request.param)


def figures(world, region=None):
    rows = result(world).summary
    wanted = region or str(world.setting.city.districts[0].adcode // 10_000 * 10_000)
    return {metric: value for where, metric, _, value in rows if where == wanted}


def test_every_asset_sums_to_zero_and_a_recount_of_the_journal_agrees(world):
    assert (world.ledger.balance.sum(axis=(1, 2)) == 0).all()
    assert (world.ledger.recount() == world.ledger.balance).all()
    holders = np.isin(world.ledger.accounts.kind, [KIND_NAMES.index(kind) for kind in ("firm", "government", "venue")])
    assert (world.ledger.balance[:, holders] >= 0).all()
    assert not world.ledger.balance[:, :, 1:].any(), "nothing stays frozen or bought today after the last day"


def test_rights_reconcile_to_the_unit(world):
    shown = figures(world)
    for right in world.setting.rights:
        at = {name: shown[f"{right.key}.{name}"] for name in ("issued", "surrendered", "cancelled", "held", "banked", "unsold", "use", "offsets", "shortfall")}
        assert at["issued"] == at["surrendered"] + at["cancelled"] + at["held"]
        assert at["banked"] == at["held"]
        assert at["use"] == at["surrendered"] + at["offsets"] + at["shortfall"]
        assert shown[f"{right.key}.free"] == shown[f"{right.key}.first_tranche"] + shown[f"{right.key}.true_up"]
        if right.market.cap is not None:
            reserve = int(right.market.cap.value * right.market.reserve)
            assert reserve == at["unsold"] + shown[f"{right.key}.auctioned"]
            assert shown[f"{right.key}.cap"] == reserve + shown[f"{right.key}.free"] + shown[f"{right.key}.unissued"]


def test_money_and_power_reconcile(world):
    ledger, year = world.ledger, world.setting.power
    issued = {}
    for _, batch in ledger.journal:
        for move in np.unique(batch.move):
            rows = (batch.move == move) & (batch.asset == 0)
            issued[MOVE_NAMES[move]] = issued.get(MOVE_NAMES[move], 0) + int(batch.amount[rows].sum())
    assert issued["freeze"] == issued["release"] + issued["pay"], "every fen an order froze was paid or given back"
    power = ledger.held(year.asset)
    generated = -power[ledger.accounts.index("issuer")]
    assert generated == world.state.generation.sum() == power[ledger.accounts.index("used")] + power[year.small_account]
    assert ledger.held(0)[year.pool_account] == 0, "the imbalance pool ends every month empty"
    assert generated == world.setting.power_kwh.sum(), "what was used was generated, to the kWh"


def test_every_reported_name_is_declared_with_its_unit(world):
    outcome = result(world)
    keys = tuple(right.key for right in world.setting.rights)
    names = {metric for _, metric, _, _ in outcome.summary}
    assert not [name for name in names if declared(name, keys) is None]
    assert len({(where, metric) for where, metric, _, _ in outcome.summary}) == len(outcome.summary)
    reconciled = {}
    for _, metric, _, value in outcome.summary:
        if metric.startswith("reconcile."):
            asset = metric.rsplit(".", 1)[0]
            reconciled[asset] = reconciled.get(asset, 0) + value
    assert reconciled and not any(reconciled.values())


def test_meters_add_up_to_the_year_and_district_targets_to_the_city(world):
    state, setting = world.state, world.setting
    assert (state.metered == setting.use).all()
    assert state.targets["total"].sum() == int(setting.question.targets.total.value)
    assert (state.targets["grade"] >= 0).all() and (state.targets["grade"] <= 3).all()
    missed = state.targets["start"] - state.targets["comparable"] < state.targets["start"] - state.targets["allowed"]
    assert (state.targets["grade"][missed] == 0).all(), "a missed intensity target is a veto"


def test_trading_stops_at_the_band_and_nobody_resells_on_the_same_day(world):
    for right in world.setting.rights:
        closes = [row[2] for row in world.state.days if row[1] == right.key]
        band = float(right.market.price_band)
        for before, after in zip(closes, closes[1:], strict=False):
            assert abs(after - before) <= before * band + 1
    deliver, mature = MOVE_NAMES.index("deliver"), MOVE_NAMES.index("mature")
    delivered = sum(int(b.amount[b.move == deliver].sum()) for _, b in world.ledger.journal)
    assert delivered == sum(int(b.amount[b.move == mature].sum()) for _, b in world.ledger.journal) > 0


def test_the_same_seed_gives_the_same_journal_and_another_does_not(twin, played):
    again, other = played("twin"), played("twin", seed=2)
    assert result(again).journal.equals(result(twin).journal)
    assert not result(other).journal.equals(result(twin).journal)


def test_share_of_gain_is_reported_and_at_most_one(world):
    shown = figures(world)
    assert shown["cost.least"] <= shown["cost.no_trade"]
    assert shown["cost.share_of_gain"] <= 1.0 + 1e-9
    assert shown["cost.least"] <= shown["cost.market"] * (1 + 1e-9), "no market beats the planner"


def test_mesa_habits(twin):
    from marketsim.simulation.actors import DistrictGovernment, Exchange

    assert len(twin.agents.select(agent_type=DistrictGovernment)) == 2
    prices = twin.agents.select(agent_type=Exchange).get("price_cny")
    assert len(prices) == len(twin.setting.rights) and min(prices) > 0
    frame = twin.datacollector.get_model_vars_dataframe()
    assert len(frame) == len(twin.setting.calendar.trading_days)
    large = twin.firms.select(lambda f: f.value_added_fen > 10**9)
    assert 0 < len(large) < len(twin.firms)
    assert large.agg("value_added_fen", sum) == sum(row.value_added_fen for row in (large[i] for i in range(len(large))))
    assert twin.firms[0].holding.keys() == {right.key for right in twin.setting.rights}


def test_a_scenario_without_power_or_targets_runs(played, founded):
    world = played("twin", settings=("power=null", "targets=null"))
    assert "power" not in world.ledger.assets and not world.state.targets
    assert (world.state.metered == world.setting.use).all()
    assert len(founded("twin", settings=("power=null",)).ledger.assets) == len(world.ledger.assets)


def test_the_price_of_rights_reaches_the_offers_of_generators_by_the_share_that_is_passed_through(founded):
    from marketsim.simulation.power.dispatch import offer_tick

    plain, passed = founded("twin"), founded("twin", settings=("power.pass_through=50%", "power.priced_rights=[carbon]"))
    cost = offer_tick(plain, plain.setting.power.fleet)
    assert (cost == plain.setting.power.fleet.cost_tick).all()
    # coal turns 800 kg/MWh; half of 25 CNY/t adds 10 CNY/MWh, 100 ticks of 0.1 CNY; the sun adds nothing
    assert (offer_tick(passed, passed.setting.power.fleet) - cost).tolist() == [100, 100, 0]
