"""Governments of districts that act on their lights: each act does what it says, quota and money are conserved, off changes nothing."""

import numpy as np
import pytest

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY
from marketsim.errors import ProblemsFound
from marketsim.scenario import load
from marketsim.simulation.law import govern
from marketsim.simulation.columns import by_district
from marketsim.simulation.comply import verified_use
from marketsim.simulation.result import result

QUICK = ("power=null", "markets.water=null", "targets.total=9.7 MtCO2")
OUTPUT = "firms.output={most: 5%, margin: 60%}"
SPLIT = ("power=null", "markets.water=null", "targets.shared_by={rule: population}", "targets.total=13 MtCO2", "targets.intensity_cut=0%")
"""One district behind its target, the other ahead."""
TRADING = "governments={trade: [carbon], budget: 5%}"


def acting(what: str) -> tuple[str, ...]:
    return (*QUICK, OUTPUT, f"governments={{{what}}}")


def totals(world, metric: str) -> int:
    return sum(value for _, name, _, value in result(world).summary if name == metric)


def used(world) -> np.ndarray:
    return by_district(world, verified_use(world, world.setting.rights[0]))


def sound(world) -> None:
    assert (world.ledger.balance.sum(axis=(1, 2)) == 0).all()
    assert not world.ledger.balance[MONEY, govern._accounts(world)].any(), "what is left of the budgets went back"


@pytest.fixture(scope="module")
def waiting(played):
    return played("twin", settings=(*QUICK, OUTPUT))


def test_a_district_that_is_behind_withholds_what_is_still_to_come(played, waiting):
    world = played("twin", settings=acting("acts: [tighten], tighten: 2%"))
    sound(world)
    behind = [int(region) for what, region, _, amount in world.state.readings if what == "government tightened" and amount > 0]
    assert behind and totals(world, "govern.tightened") == waiting.state.final[0].sum() - world.state.final[0].sum()
    elsewhere = ~np.isin(world.setting.firms.region, behind)
    assert (world.state.final[0, elsewhere] == waiting.state.final[0, elsewhere]).all()
    assert used(world).sum() < used(waiting).sum(), "firms that get less save more"


def test_a_subsidy_is_paid_for_measures_and_stays_within_the_budget(played):
    loose = ("markets.carbon.allocation.factor=110%", "markets.carbon.cap=13 MtCO2", "markets.carbon.first_price=5 CNY/t")
    idle, world = (played("twin", settings=(*QUICK, *loose, f"governments={{acts: [subsidise], subsidy: {share}, budget: 0.05%}}")) for share in ("0%", "60%"))
    sound(world)
    paid, budget = totals(world, "govern.subsidised"), by_district(world, world.setting.firms.value_added_fen).sum() * 5 // 10_000
    assert 0 < paid <= budget and totals(idle, "govern.subsidised") == 0
    assert used(world).sum() < used(idle).sum(), "what would not pay by itself is done"
    cost = world.setting.choices.cost_fen[world.state.begun & ~idle.state.begun]
    assert paid == pytest.approx(0.6 * cost.sum(), rel=1e-6)


def test_output_falls_by_order_and_no_further_than_needed(played, waiting):
    world = played("twin", settings=acting("acts: [curtail], light: yellow"))
    sound(world)
    assert totals(world, "govern.curtailed") > 0
    cut = world.state.begun & (world.setting.choices.measure < 0)
    places = np.unique(world.setting.firms.region[world.setting.choices.firm[cut]])
    noted = {int(region) for what, region, _, _ in world.state.readings if what == "government curtailed"}
    assert set(places.tolist()) == noted and used(world).sum() < used(waiting).sum()
    assert played("twin", settings=(*acting("acts: [curtail]"), "targets.total=99 MtCO2", "targets.intensity_cut=-20%")).state.readings == [
        row for row in waiting.state.readings if not row[0].startswith("government")], "nobody behind, nothing ordered"


def test_targets_are_traded_from_who_is_ahead_to_who_is_behind(played):
    before, after = played("twin", settings=SPLIT), played("twin", settings=(*SPLIT, TRADING))
    sound(after)
    for name in ("total", "allowed"):
        moved = after.state.targets[name] - before.state.targets[name]
        assert moved.sum() == 0 and moved.any(), "quota is conserved to the unit"
    assert totals(after, "carbon.governments_bought") == np.maximum(moved, 0).sum()
    place = int(np.argmax(moved))
    assert after.state.targets["total"][place] > before.state.targets["total"][place]


def test_money_of_a_trade_goes_from_government_to_government(founded):
    world = founded("twin", settings=(*SPLIT, TRADING))
    while not any(key.startswith("lights") for key in world.state.targets):
        world.state.now = world.agenda[world.state.done].tick
        world.step()
        if world.state.targets and "lights 2" not in world.state.targets:
            before = world.ledger.balance[MONEY, govern._accounts(world), AVAILABLE].copy()
    change = world.ledger.balance[MONEY, govern._accounts(world), AVAILABLE] - before
    bought = {row[1]: row[3] for row in world.state.readings if row[0] == "government bought carbon"}
    right = world.setting.rights[0]
    assert bought and change.sum() == 0 and change.min() < 0
    price = int(world.state.close_tick[0]) * right.instrument.tick_fen
    assert -change.min() >= sum(bought.values()) // right.instrument.lot_base * price, "at the last price or above"


def test_free_amounts_are_traded_between_districts_and_conserved(played):
    split = "markets.carbon.allocation={rule: per_head}"
    quick = ("power=null", "targets.meter=water", "targets.total=9000 万m3", split)
    before = played("twin", settings=quick)
    after = played("twin", settings=(*quick, "governments={trade: [carbon], budget: 5%}"))
    moved = by_district(after, after.state.final[0]) - by_district(before, before.state.final[0])
    assert after.state.final[0].sum() == before.state.final[0].sum() and moved.any() and moved.sum() == 0
    assert (after.state.final[0] >= 0).all()
    sound(after)


def test_without_governments_nothing_changes(played):
    plain, idle = played("twin", settings=QUICK), played("twin", settings=(*QUICK, "governments={acts: []}"))
    assert (plain.state.final == idle.state.final).all() and (plain.state.begun == idle.state.begun).all()
    assert plain.state.days == idle.state.days


@pytest.mark.parametrize(("settings", "said"), [
    (("governments={acts: [subsidise]}", "targets=null"), "targets"), (("governments={acts: [curtail]}",), "firms.output"),
    (("governments={trade: [gold]}",), "gold"), (("governments={acts: [pray]}",), "pray")])
def test_what_governments_need_is_told(settings, said):
    with pytest.raises(ProblemsFound) as found:
        load("tests/data/twin.yaml", settings)
    assert any(said in problem.render("en") for problem in found.value.problems)
