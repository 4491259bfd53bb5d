"""Whole runs with each form of the electricity market switched on: money and kWh reconcile, and the form does what it says."""

import shutil

import numpy as np
import pytest

from marketsim import resources
from marketsim.domain.accounts import AVAILABLE
from marketsim.errors import InputError
from marketsim.markets import contracts as deals
from marketsim.simulation.about import about
from marketsim.simulation.checkpoint import restore, save
from marketsim.simulation.metrics import declared
from marketsim.simulation.power.audit import twice_kwh
from marketsim.simulation.power.result import power_series
from marketsim.simulation.result import result
from marketsim.simulation.run import play

TYPICAL = "power.resolution=typical-days"
SPOT = "power.spot={}"


@pytest.fixture(scope="module")
def once(played):
    """A function (name of the city, settings …) → its world at the end and the figures of the whole city, each run once."""
    done = {}

    def run(name, *settings):
        key = (name, settings)
        if key not in done:
            world = played(name, seed=7, settings=(TYPICAL, *settings))
            rows = result(world).summary
            assert not [metric for _, metric, _, _ in rows if declared(metric, tuple(right.key for right in world.setting.rights)) is None]
            city = str(world.setting.city.districts[0].adcode // 10_000 * 10_000)
            done[key] = world, {metric: value for region, metric, _, value in rows if region == city}
        return done[key]

    return run


def contracts_of(world):
    """All contracts of the year, month by month."""
    return deals.together(*world.state.signed.values())


def reconciled(world):
    """Every asset sums to zero, a recount agrees, and all that was generated or came in was used, sent on or lost on the way."""
    ledger, year = world.ledger, world.setting.power
    assert not ledger.balance.sum(axis=(1, 2)).any() and (ledger.recount() == ledger.balance).all()
    power = ledger.held(year.asset)
    assert not power[[year.grid_account, *year.unit_account, ledger.accounts.index("storage")]].any()
    for name in ("imbalance-pool", "spot-venue"):
        assert ledger.held(0)[ledger.accounts.index(name)] == 0
    figures = world.state.power
    came = sum(int(figures[name].sum()) * sign for name, sign in (("arrived", 1), ("sent", -1), ("released", 1), ("stored", -1)) if name in figures)
    served = sum(row[3] for row in world.state.readings if row[0] in ("power metered", "power small"))
    assert int(world.state.generation.sum()) + came == served
    unserved = sum(row[3] for row in world.state.readings if row[0] == "power unserved")
    assert served + unserved == int(year.load_kwh.sum())
    assert sum(int(figures[f"net.{party}"].sum()) for party in ("users", "small", "units", "grid", "pool", "others")) == 0


@pytest.mark.parametrize("settings", [
    ("power.monthly_form=high-low",), ("power.monthly_form=rolling",), ("power.monthly_form=listing-time",), ("power.monthly_form=listing-prorata",),
    ("power.adjust=buy-back",), ("power.adjust=transfer", "power.outages={up_hours: 200, down_hours: 100}"), ("power.signing_floor=100%",),
    ("power.dispatch=committed", "power.reserve=10%"), ("power.outages={}",), ("power.storage={volume: 400 MWh}",), (SPOT,),
    ("power.spot={ahead: true, bidding: mark-up}", "power.outages={}"), ("power.spot={blocks: 50%}",), ("power.spot={bidding: cournot}",),
    ("power.spot={bidding: roth-erev}",), ("power.spot={bidding: contract-covered}",), ("power.spot={bidding: scarcity, trigger: 0.3 CNY/kWh}",),
    ("power.green={share: 10%, value: 0.03 CNY/kWh, unbundled: 5%}",), ("power.mechanism={volume: 100 GWh, cap: 0.32 CNY/kWh}",),
    ("power.capacity_share=30%",), ("power.retail={share: 50%, fee: 0.01 CNY/kWh}",), ("power.time_of_use={peak: [18, 19], valley: [2, 3]}",),
    (SPOT, "power.storage={volume: 400 MWh}", "power.retail={share: 50%, fee: 0.01 CNY/kWh}", "power.green={share: 10%, value: 0.03 CNY/kWh}",
     "power.mechanism={volume: 100 GWh, cap: 0.32 CNY/kWh}", "power.capacity_share=30%", "power.adjust=buy-back", "power.monthly_form=rolling"),
], ids=lambda settings: " ".join(settings).replace("power.", "")[:40])  # fmt: skip
def test_every_form_reconciles_to_the_fen_and_the_kwh(once, settings):
    reconciled(once("twin", *settings)[0])


@pytest.mark.parametrize("settings", [("power.neighbours=true",), ("power.neighbours=true", SPOT), ("power.from_outside=20%",)], ids=str)
def test_lines_reconcile_too(once, settings):
    reconciled(once("tianjin", *settings)[0])


def test_no_output_is_sold_twice_and_a_tonne_priced_twice_is_told(once):
    both = ("power.green={share: 10%, value: 0.03 CNY/kWh, unbundled: 20%}", "power.mechanism={volume: 100 GWh, cap: 0.32 CNY/kWh}")
    world, shown = once("twin", *both)
    assert shown["power.counted_twice"] == 0 < shown["power.green"] and not [note for note in about(world)["notices"] if "twice" in note["en"]]
    world.state.power["green by unit"] += world.state.generation.sum(axis=1)  # a plant that sells all of its output once more
    assert twice_kwh(world) > 0
    passed, _ = once("twin", "power.pass_through=100%", "power.priced_rights=[carbon]")
    assert [note for note in about(passed)["notices"] if "twice" in note["en"] and "计价两次" in note["zh"]]


def test_meters_of_districts_add_up_and_users_answer_for_their_share(once):
    world, shown = once("tianjin")
    rows = result(world).summary
    carbon = {kind: sum(value for region, metric, _, value in rows if metric == f"carbon.{kind}" and region != "120000") for kind in ("power_metered", "power_indirect")}
    assert carbon["power_metered"] == shown["carbon.power_metered"] > carbon["power_indirect"] > 0
    use = sum(row[3] for row in world.state.readings if row[0] == "power metered")
    assert 0.4 < carbon["power_indirect"] / use < 0.8, "kg per kWh: imports at the grid's factor, the city's plants at their own"


@pytest.mark.parametrize(("city", "settings", "words"), [
    ("twin", ("power.neighbours=true",), "one zone or no line"), ("twin", ("power.from_outside=10%",), "no unit for supply from outside"),
    ("twin", ("power.intensive_sectors=[stel]",), "no sector stel; the region has"), ("twin", ("power.reserve=5%",), "set power.dispatch to committed"),
    ("twin", (SPOT, "power.dispatch=committed"), "bids decide"), ("tianjin", ("power.neighbours=true", "power.spot={ahead: true}"), "marginal cost in one market"),
    ("twin", ("power.spot={ahead: true, blocks: 10%}",), "in one market only"), ("twin", ("power.spot={floor: 2 CNY/kWh}",), "below power.spot.cap"),
])  # fmt: skip
def test_what_does_not_go_together_is_told(founded, city, settings, words):
    with pytest.raises(InputError, match=words):
        founded(city, settings=(TYPICAL, *settings))


def test_a_year_says_what_was_traded_what_it_cost_and_who_paid(once):
    world, shown = once("tianjin")
    assert shown["power.contracted_annual"] + shown["power.contracted_monthly"] == shown["power.contracted"]
    assert shown["power.fines"] > 0 and shown["power.imbalance"] > shown["power.fines"] and 0.05 < shown["power.concentration"] < 0.5
    bills = {region: value for region, metric, _, value in result(world).summary if metric == "power.bill"}
    assert sum(bills.values()) == -shown["power.net_users"] and len(bills) == 16
    assert shown["power.net_units"] > -shown["power.net_small"] > 0
    assert shown["power.margin"] < 1e-6, "without bids nobody marks up"


def test_forms_of_the_month_differ_in_price_and_volume(once):
    forms = ("uniform", "high-low", "rolling", "listing-time", "listing-prorata")
    signed = {}
    for form in forms:
        contracts = contracts_of(once("twin", f"power.monthly_form={form}")[0])
        signed[form] = contracts.take(np.flatnonzero(contracts.term == deals.MONTHLY))
    one_price = [len(np.unique(signed["uniform"].price_tick[signed["uniform"].month == month])) for month in range(12)]
    assert set(one_price) == {1} and len(np.unique(signed["high-low"].price_tick)) > 12
    assert signed["rolling"].kwh.sum() >= signed["high-low"].kwh.sum() > 0
    pairs = {form: len(set(zip(signed[form].buyer.tolist(), signed[form].month.tolist()))) for form in forms}
    assert pairs["listing-prorata"] > pairs["listing-time"] > 0, "shared pro rata, more buyers get something"


def test_contracts_nobody_can_use_or_deliver_are_undone_or_passed_on(once):
    plain, _ = once("twin")
    world, shown = once("twin", "power.adjust=buy-back")
    year = world.setting.power
    assert shown["power.buy_back"] == contracts_of(plain).kwh.sum() - contracts_of(world).kwh.sum() > 0
    used = np.array([row[3] for row in world.state.readings if row[0] == "power metered"])
    bought = deals.contracted(contracts_of(world), 0, len(year.buyer))
    assert (bought.sum(axis=0) <= used * year.market_ppm // 10**6 + 1000 * len(year.buyer)).all()
    moved, shown = once("twin", "power.adjust=transfer", "power.outages={up_hours: 200, down_hours: 100}")
    assert shown["power.transfer"] > 0 and contracts_of(moved).kwh.sum() == shown["power.contracted"]


def test_the_signing_floor_makes_users_buy_more(once):
    _, plain = once("twin")
    _, floored = once("twin", "power.signing_floor=100%")
    assert floored["power.contracted_monthly"] > plain["power.contracted_monthly"]
    assert floored["power.contracted_annual"] == plain["power.contracted_annual"]


def test_contracts_from_outside_bear_fee_and_loss(once):
    world, shown = once("tianjin", "power.from_outside=20%")
    assert shown["power.contracted_outside"] == pytest.approx(0.2 * (shown["power.contracted_annual"] + shown["power.contracted_outside"]), rel=1e-3)
    # the line loses 1 %: for every 99 kWh delivered 100 are sent
    assert shown["power.lost"] == pytest.approx(shown["power.contracted_outside"] / 99, rel=1e-4)
    contracts = contracts_of(world)
    outside = world.setting.power.fleet.rank[contracts.seller] == 1
    assert contracts.price_tick[outside].min() >= -(-world.setting.power.terms.low_tick * 100 // 99)


def test_energy_intensive_users_pay_above_the_band_once_the_rules_say_so(once):
    settings = ("power.contract_price=0.46 CNY/kWh", "power.intensive_sectors=[steel]")
    world, _ = once("tianjin", "power.rules_day=2022-01-01", *settings)
    year, contracts = world.setting.power, contracts_of(world)
    assert (year.terms.low_tick, year.terms.high_tick) == (2924, 4386)  # 365.5 CNY/MWh less and plus 20 %
    above = contracts.price_tick > 4386
    sector = world.setting.firms.sector[year.buyer[contracts.buyer]]
    steel = world.setting.firms.sectors.index("steel")
    assert above.any() and (sector[above] == steel).all() and (contracts.price_tick[sector != steel] <= 4386).all()
    before, _ = once("tianjin", "power.rules_day=2021-01-01", *settings)
    assert before.setting.power.terms.unbound is None and (contracts_of(before).price_tick <= 4020).all()  # +10 %


def test_units_keep_their_minimum_and_a_reserve_keeps_more_of_them_on(once):
    plain, free = once("tianjin")
    world, shown = once("tianjin", "power.dispatch=committed", "power.reserve=10%")
    assert shown["power.imports"] < free["power.imports"], "units that stay on displace imports"
    _, bare = once("tianjin", "power.dispatch=committed")
    assert shown["power.imports"] <= bare["power.imports"] and shown["power.curtailed"] > free["power.curtailed"]


def test_outages_take_output_away_and_belong_to_the_seed(once, played):
    world, shown = once("tianjin", "power.outages={}")
    able = world.setting.power.extras.able_ppm
    by_cost = world.setting.power.fleet.rank == 2
    assert 0.93 < able[by_cost].mean() / 1e6 < 0.99 and (able[~by_cost] == 10**6).all()  # 1500 / 1560 = 0.96
    assert shown["power.price"] > once("tianjin")[1]["power.price"]


def test_storage_loses_what_its_efficiency_says(once):
    _, shown = once("tianjin", "power.storage={volume: 2000 MWh}")
    assert shown["power.released"] == pytest.approx(0.85 * shown["power.stored"], rel=1e-6) and shown["power.stored"] > 0


def test_strategies_raise_spot_prices_in_the_order_of_theory(once):
    price = {name: once("tianjin", f"power.spot={{bidding: {name}}}")[1] for name in ("marginal-cost", "mark-up", "cournot")}
    assert price["marginal-cost"]["power.price"] < price["mark-up"]["power.price"] < price["cournot"]["power.price"]
    assert abs(price["marginal-cost"]["power.margin"]) < 1e-6 < price["mark-up"]["power.margin"] < price["cournot"]["power.margin"]


@pytest.mark.parametrize("market", [(), (SPOT,)], ids=["contracts", "spot"])
def test_what_rights_add_to_the_last_units_cost_is_what_they_add_to_the_price(once, market):
    _, plain = once("tianjin", *market)
    _, passed = once("tianjin", *market, "power.pass_through=100%", "power.priced_rights=[carbon]")
    assert passed["power.rights_in_price"] == pytest.approx(1.0, abs=0.05) and "power.rights_in_price" not in plain
    assert 5 < passed["power.price"] - plain["power.price"] < 40  # CNY/MWh: some 0.75 t of a coal unit's MWh at some 25 CNY


def test_contracts_shield_from_the_spot_price(once):
    """With every kWh at one spot price, generators together earn contracts plus the spot price of the rest."""
    world, shown = once("twin", SPOT)
    year, prices = world.setting.power, world.state.power["price"][0]
    curve = deals.contract_curve(deals.contracted(contracts_of(world), 1, len(year.fleet)), year.load_kwh, year.hours).sum(axis=0)
    expected = int(contracts_of(world).fen.sum()) + ((year.load_kwh - curve) * prices).sum() / 100
    assert shown["power.net_units"] == pytest.approx(expected, abs=100 * len(year.hours))


def test_a_dear_day_is_scaled_down_to_the_trigger(once):
    settings = "bidding: scarcity, cap: 5 CNY/kWh"
    _, free = once("tianjin", f"power.spot={{{settings}}}")
    capped, low = once("tianjin", f"power.spot={{{settings}, trigger: 0.25 CNY/kWh}}")
    daily = capped.state.power["price"][0].reshape(-1, 24).mean(axis=1)
    assert daily.max() <= 2500 and low["power.price"] < free["power.price"]


def test_the_forecast_is_settled_day_ahead_and_the_error_in_real_time(once):
    _, exact = once("twin", "power.spot={ahead: true, forecast_sd: 0%}")
    _, missed = once("twin", "power.spot={ahead: true, forecast_sd: 5%}")
    assert exact["power.imbalance"] == 0 < missed["power.imbalance"]


def test_zones_have_prices_that_differ_by_the_losses_between_them(once):
    world, shown = once("tianjin", "power.neighbours=true")
    rows = {region: value for region, metric, _, value in result(world).summary if metric == "power.price"}
    assert set(rows) == {"120000", "beijing", "hebei_north", "hebei_south"}
    assert all(abs(value / rows["120000"] - 1) < 0.05 for value in rows.values()) and shown["power.arrived"] > 0
    assert "power.imports" in shown and shown.get("power.congestion_rent", 0) >= 0


def test_a_full_line_separates_prices_and_its_rent_lies_on_a_named_account(played, tmp_path):
    shutil.copytree(resources.path("configs", "grid", "tianjin"), tmp_path / "tight")
    links = tmp_path / "tight" / "links.csv"
    rows = [line.split(",") for line in links.read_text(encoding="utf-8").splitlines()]
    into = [row for row in rows if "tianjin" in row[1:3]]
    for row in into:
        row[3] = "300"  # MW
    links.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    text = "marketsim: 1\ntitle: {zh: 紧, en: Tight}\nextends: tianjin-2020\npower: {grid: tight, neighbours: true, spot: {}, resolution: typical-days}\n"
    (tmp_path / "tight.yaml").write_text(text, encoding="utf-8")
    world = played(tmp_path / "tight.yaml", seed=7)
    reconciled(world)
    shown = {(region, metric): value for region, metric, _, value in result(world).summary}
    assert len(into) == 3 and shown["120000", "power.price"] > shown["hebei_south", "power.price"] + 1
    rent = shown["120000", "power.congestion_rent"]
    assert rent == world.ledger.held(0)[world.ledger.accounts.index("congestion-rent")] > 0
    hours = int(world.setting.power.hours.days.sum())
    assert shown["120000", "power.arrived"] <= 3 * 300_000 * hours


def test_a_run_goes_on_from_a_checkpoint_to_the_same_figures(founded):
    settings = (TYPICAL, "power.spot={bidding: roth-erev}", "power.green={share: 10%, value: 0.03 CNY/kWh}")
    whole, half, after = (founded("twin", seed=3, settings=settings) for _ in range(3))
    play(whole)
    stop = [due.tick for due in half.agenda if due.institution == "delivery"][20]
    for due in half.agenda:
        if due.tick <= stop:
            half.state.now = due.tick
            half.step()
    play(restore(after, save(half)))
    assert result(after).summary == result(whole).summary


def test_prices_of_every_hour_and_zone_are_in_the_series(played):
    world = played("twin", settings=(SPOT,))
    rows = power_series(world, "990000")
    assert len(rows) == len(world.setting.power.hours) and {row[3] for row in rows} == {"power.price"}
    assert [row[5] for row in rows[:24]] == (world.state.power["price"][0, :24] / 10).tolist()


def test_green_power_is_the_least_of_three_and_a_certificate_is_used_once(once):
    world, shown = once("twin", "power.green={share: 10%, value: 0.03 CNY/kWh, unbundled: 5%}")
    year, ledger, asset = world.setting.power, world.ledger, world.ledger.asset("certificate")
    plants = year.fleet.rank == 0
    made = int(world.state.generation[plants].sum())
    assert 0 < shown["power.green"] <= min(made, world.state.power["bill by firm"].size * 10**12)
    issued = -ledger.held(asset)[ledger.accounts.index("issuer")]
    assert issued == int((world.state.generation[plants].sum(axis=1) // 1000).sum())
    used = ledger.held(asset)[ledger.accounts.index("surrendered")]
    assert used == int(world.state.power["certificates"].sum()) and not ledger.balance[asset, : len(world.setting.firms.id), AVAILABLE].any()
    paid = shown["power.green"] * 3 // 1000  # 0.03 CNY/kWh is 3 fen per kWh … in fen
    alone = shown["power.green_alone"] * 0.231 / 1000
    assert shown["power.green_value"] == pytest.approx(1000 * (paid + alone), rel=1e-3)


def test_certificates_without_delivery_count_up_to_half_of_the_saving_needed(once):
    from marketsim.simulation.power.support import green_deduction

    green = "power.green={{share: 1%, value: 0.03 CNY/kWh, unbundled: 20%, counts: {}}}"
    world, shown = once("tianjin", green.format("true"))
    free = green_deduction(world)
    half = int(world.setting.power_kwh.sum() * 0.03) // 2
    assert free.sum() == shown["power.green"] + min(shown["power.green_alone"], half)
    plain, _ = once("tianjin", green.format("false"))
    assert not green_deduction(plain).any()
    assert (world.state.targets["used"] <= plain.state.targets["used"]).all() and world.state.targets["used"].sum() < plain.state.targets["used"].sum()


def test_the_mechanism_pays_the_difference_both_ways_and_shrinks_when_little_is_bid(once):
    world, shown = once("twin", "power.mechanism={volume: 10 TWh, cap: 0.32 CNY/kWh}")
    year = world.setting.power
    bid = int(year.extras.covered_ppm.max())
    assert bid == pytest.approx(800_000, abs=2)  # all that is bid / 125 %
    covered = (world.state.generation * year.extras.covered_ppm[:, None] // 10**6).sum(axis=0)
    contracts = contracts_of(world)
    lots = np.maximum(deals.contracted(contracts, 0, len(year.buyer)).sum(axis=0) // 1000, 1)
    fen = np.zeros(12, np.int64)
    np.add.at(fen, contracts.month, contracts.fen)
    owed = covered * (int(year.extras.strike_tick.max()) - fen // (lots * 10))
    assert world.state.power["moved.mechanism"].tolist() == np.abs((owed + 50) // 100).tolist() and shown["power.mechanism_volume"] > 0


def test_capacity_is_paid_by_the_kilowatt_and_levied_on_all_use(once):
    world, shown = once("twin", "power.capacity_share=30%")
    _, plain = once("twin")
    # two coal plants of 600 MW together: 600,000 kW × 330 CNY × 30 %
    assert shown["power.net_units"] - plain["power.net_units"] == 600_000 * 99 * 100
    assert shown["power.capacity"] == 2 * 600_000 * 99 * 100
    assert shown["power.net_users"] < plain["power.net_users"] and shown["power.net_small"] < plain["power.net_small"]


def test_retailers_net_their_users_deviations_and_give_back_too_much_margin(once):
    _, plain = once("twin")
    world, shown = once("twin", "power.retail={share: 100%, fee: 0.01 CNY/kWh}")
    assert shown["power.fines"] < plain["power.fines"], "deviations of many users net"
    retailer = world.ledger.accounts.index("retailer")
    capped, _ = once("twin", "power.retail={share: 100%, fee: 0.01 CNY/kWh, most: 0.001 CNY/kWh}")
    kept = int(capped.ledger.held(0)[retailer])
    year = capped.setting.power
    used = sum(row[3] for row in capped.state.readings if row[0] == "power metered")
    assert kept < world.ledger.held(0)[retailer] and kept <= used * year.market_ppm // 10**6 // 10 + 12


def test_the_peak_costs_more_and_the_valley_less_for_who_pays_planned_tariffs(once):
    _, plain = once("twin")
    _, peak = once("twin", "power.time_of_use={peak: [18, 19], valley: []}")
    _, valley = once("twin", "power.time_of_use={peak: [], valley: [2, 3]}")
    assert peak["power.net_small"] < plain["power.net_small"] < valley["power.net_small"]
    year = once("twin")[0].setting.power
    evening = year.load_kwh[np.isin(year.hours.hour, (18, 19))].sum() / year.load_kwh.sum()
    assert peak["power.net_small"] / plain["power.net_small"] == pytest.approx(1 + 0.6 * evening, abs=0.002)
    assert peak["power.net_units"] == plain["power.net_units"], "the grid company keeps the difference"
