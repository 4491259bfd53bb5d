"""Transfers on a real ledger: every posting nets to zero, and who cannot pay is refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, entries
from marketsim.errors import InputError, LedgerError
from marketsim.policy import rules
from marketsim.policy.transfers import recycling, surface_water, upstream
from marketsim.scenario import load
from marketsim.simulation import run
from marketsim.simulation.result import result
from marketsim.simulation.right import Law
from marketsim.simulation.law.transfers import pay, recycled


ROOT = Path(__file__).resolve().parents[2]


def balances(world) -> np.ndarray:
    accounts = world.ledger.accounts
    rows = [accounts.index(f"government/{region.adcode}") for region in world.setting.city.districts]
    return world.ledger.balance[MONEY, [*rows, accounts.index("treasury")], AVAILABLE].copy()


def funded(world, fen: int):
    outside, accounts = world.ledger.accounts.index("outside"), world.ledger.accounts
    for region in world.setting.city.districts:
        world.ledger.post(0, entries("transfer", MONEY, outside, accounts.index(f"government/{region.adcode}"), fen))
    return world


@pytest.mark.parametrize("by", ["population", "value_added", "none"])
def test_revenue_goes_back_to_the_fen(founded, by):
    world = founded("tianjin")
    rule = rules("transfers")["recycling"]
    before = balances(world)
    world.ledger.post(0, pay(world, recycled(world, Law(rule=rule, parameters=recycling.Parameters(by=by)), 4_500_000_001)))
    change = balances(world) - before
    assert change.sum() == 0 and change[-1] == (0 if by == "none" else -4_500_000_001)
    assert (change[:-1] >= 0).all()


def test_districts_compensate_one_another_through_the_treasury(founded):
    world = funded(founded("tianjin"), 10**9)
    before = balances(world)
    ranks = np.arange(16)
    world.ledger.post(0, pay(world, surface_water.apply(surface_water.Parameters(), surface_water.Rivers(
        pollution=ranks, change=ranks, outflow_inflow=ranks))))
    change = balances(world) - before
    assert change[-1] == 0 and change[0] == 140_000_000 and change[15] == -140_000_000 and change.sum() == 0


def test_a_government_without_money_cannot_pay(founded):
    world = founded("tianjin")
    border = upstream.Border(upstream=0, downstream=1, classes=np.full(12, 2))
    with pytest.raises(LedgerError):
        world.ledger.post(0, pay(world, upstream.apply(upstream.Parameters(), border)))


ALONE = ("markets.energy=null", "markets.water=null", "targets=null", "power=null", "markets.carbon.calendar.open=2021-06-01")
ALL = """transfers={rivers: {by: {rule: surface_water}, table: rivers-2021-11}, luan: {by: {rule: upstream}, table: luan-2016},
 moved: {by: {rule: tax_sharing}, table: moved-from-beijing}, zones: {by: {rule: ecological, rate_cny_per_point: 10}, table: ecology-zones},
 back: {by: {rule: recycling, by: population}}}""".replace("\n", "")


def rows_of(world):
    found = result(world).summary
    return {(region, metric): value for region, metric, _, value in found if metric.startswith("transfer")}


def test_a_run_executes_every_transfer_and_every_one_sums_to_zero(played):
    world = played("tianjin", settings=(*ALONE, ALL))
    assert not world.ledger.balance.sum(axis=(1, 2)).any() and (world.ledger.recount() == world.ledger.balance).all()
    told = rows_of(world)
    codes = [str(region.adcode) for region in world.setting.city.districts]
    by_key = {key: [told[code, f"transfer.{key}"] for code in codes] for key in ("rivers", "luan", "moved", "zones", "back")}
    # the published table of November 2021: Baodi first with 1.4 M CNY, paid by the last to the fen
    assert told["120115", "transfer.rivers"] == 140_000_000 and sum(by_key["rivers"]) == 0 and min(by_key["rivers"]) == -140_000_000
    assert told["130000", "transfer.luan"] == 10_000_000_000 and not any(by_key["luan"]), "the city pays Hebei"
    assert told["120116", "transfer.moved"] == -5_000_000_000 == -told["110000", "transfer.moved"], "half of 100 M CNY goes to Beijing"
    assert sum(by_key["zones"]) == 0 and told["120119", "transfer.zones"] > 0 > told["120101", "transfer.zones"]
    back = sum(by_key["back"])
    revenue = world.state.spent_fen["penalties"].sum() + sum(row[2] * 100 * row[3] / 1000 for row in world.state.readings if row[0] == "auction")
    assert back == pytest.approx(revenue, rel=1e-6) and back > 0 and min(by_key["back"]) >= 0
    net = [told[code, "transfers.net"] for code in codes]
    assert net == [sum(column) for column in zip(*by_key.values(), strict=True)]


def test_a_district_without_money_is_advanced_it_by_the_treasury(played):
    rivers = "transfers={rivers: {by: {rule: surface_water}, table: rivers-2021-11}}"
    poor, rich = (rows_of(played("tianjin", settings=(*ALONE, rivers, f"public_funds={share}"))) for share in ("0%", "1%"))
    assert poor["120000", "transfers.advanced"] > 0 == rich["120000", "transfers.advanced"]
    assert {key: value for key, value in poor.items() if "advanced" not in key[1]} == {key: value for key, value in rich.items() if "advanced" not in key[1]}


@pytest.mark.parametrize(("table", "why"), [("rivers-1999-01", "no table"), ("luan-2016", "no column 'pollution'")])
def test_a_table_that_does_not_fit_is_told(played, table, why):
    with pytest.raises(InputError, match=why):
        played("tianjin", settings=(*ALONE, f"transfers={{rivers: {{by: {{rule: surface_water}}, table: {table}}}}}"))


def test_what_is_invested_out_of_compensation_earns_in_later_years(played):
    """30 % of what a district receives is invested and earns 5 % a year: nothing in the first year, the same again on top in the third."""
    settings = (*ALONE, "years=3", "transfers={zones: {by: {rule: ecological, rate_cny_per_point: 10}, table: ecology-zones}}")
    told = {(region, metric): value for region, metric, _, value in run(load("scenarios/tianjin-2020.yaml", settings), 1).summary}
    got = [told[code, "2020.transfer.zones"] for code, metric in told if metric == "transfer.zones"]
    invested = [told[code, "2020.transfer.zones.invested"] for code, metric in told if metric == "transfer.zones"]
    assert invested == [max(fen, 0) * 3 // 10 for fen in got] and sum(invested) > 0
    yearly = sum(fen // 20 for fen in invested)
    assert ("120000", "2020.transfers.earned") not in told
    assert told["120000", "2021.transfers.earned"] == yearly and told["120000", "transfers.earned"] == 2 * yearly


def test_an_enclave_is_booked_where_statistics_are_kept(played, tmp_path):
    """Value added of 1 M CNY: all at the host while statistics are in place, 40 % at the origin where a share is agreed; cash is the same."""
    shutil.copytree(ROOT / "tests" / "data", tmp_path, dirs_exist_ok=True)
    (tmp_path / "projects.csv").write_text("origin,host,tax_cny,cost_cny,value_added_cny\nEast Bank,West Bank,100000,60000,1000000\ntreasury,West Bank,5000,0,10000\n", encoding="utf-8")
    cash = set()
    for more, origin in (("", 0), (", in_place: false, accounting_share: 40%", 40_000_000)):
        one = f"transfers={{park: {{by: {{rule: enclave{more}}}, table: projects.csv}}}}"
        world = played(tmp_path / "twin.yaml", settings=("power=null", "targets=null", "markets.water=null", "markets.carbon.calendar.open=2021-06-01", one))
        told = rows_of(world)
        host = 101_000_000 - origin - origin // 100
        assert (told["990101", "transfer.park.booked"], told["990102", "transfer.park.booked"]) == (origin, host)
        cash.add((told["990101", "transfer.park"], told["990102", "transfer.park"]))
        assert not world.ledger.balance.sum(axis=(1, 2)).any()
    assert cash == {(2_000_000, -2_250_000)}
