"""What the law hands from one compliance year to the next: offsets not used, targets that go on, and totals that stay whole."""

from dataclasses import replace

import numpy as np
import pytest

from marketsim.errors import InputError
from marketsim.scenario import load
from marketsim.simulation import invest, judge, run
from marketsim.simulation.columns import by_district
from marketsim.simulation.found import found
from marketsim.simulation.institutions import agenda
from marketsim.simulation.judge import lights, saved, watched
from marketsim.simulation.run import play
from marketsim.simulation.years import close, in_year

TWIN = "tests/data/twin.yaml"
QUICK = ("power=null", "targets=null", "markets.water=null")
CHEAP = ("markets.carbon.offsets={supply: 1 MtCO2, price_low: 1 CNY/t, price_high: 2 CNY/t}", "markets.carbon.compliance={rule: surrender, offset_limit: 2%}")


def following(scenario, world):
    """The world of the next year, its first acts done."""
    carried = close(world, 1)
    later = found(replace(scenario, question=in_year(scenario.question, 1)), 3, carried=carried)
    later.agenda = agenda(later)
    later.state.now = later.agenda[0].tick
    later.step()
    return carried, later


def test_offsets_not_used_stay_valid_next_year(played):
    settings = (*QUICK, *CHEAP, "years=3")
    first = played("twin", 1, settings)
    right, firms = first.setting.rights[0], len(first.setting.firms.id)
    kept = first.ledger.held(right.offset_asset)[:firms].copy()
    carried, later = following(load(TWIN, settings), first)
    assert not first.ledger.held(right.offset_asset)[:firms].any(), "the closed year holds none"
    assert (carried.offsets[0] == kept).all() and (later.ledger.held(right.offset_asset)[:firms] == kept).all()

    told = {metric: value for _, metric, _, value in run(load(TWIN, settings), 1).summary}
    opening = 0
    for year in ("2020.", "2021.", ""):
        bought, used, left = (told[f"{year}carbon.{name}"] for name in ("offsets_bought", "offsets", "offsets_kept"))
        assert opening + bought == used + left, year
        opening = left
    assert opening > 0 and told["reconcile.carbon-offset/2022.firm"] == opening


def test_an_offset_kept_is_used_before_a_right_and_within_its_limit(played):
    """Firms that bring 5 % of their use in offsets surrender 2 % of it, the limit, and keep the rest."""
    settings = (*QUICK, *CHEAP, "years=2", "markets.carbon.offsets.supply=0 tCO2")
    scenario, first = load(TWIN, settings), played("twin", 1, settings)
    carried = close(first, 1)
    covered = first.setting.firms.covered[0]
    carried = replace(carried, offsets=np.where(covered, first.setting.use // 20, 0))
    later = found(replace(scenario, question=in_year(scenario.question, 1)), 1, carried=carried)
    later.agenda = agenda(later)
    play(later)
    settled = later.state.settled["carbon"]
    use = settled.due - carried.owed[0]
    assert (settled.offsets_used <= use // 50).all() and settled.offsets_used.sum() > 0
    left = later.ledger.held(later.setting.rights[0].offset_asset)[: len(covered)]
    assert (left == carried.offsets[0] - settled.offsets_used).all()


TARGETS = "targets={meter: water, total: %s, intensity_cut: 3%%, shared_by: {rule: equal_rate}, assessment: {rule: points%s}%s}"
STEADY = ("power=null", "markets.carbon=null", "markets.water.calendar.open=2021-05-20", "activity.growth=4%", "activity.common_sd=0%", "activity.firm_sd=0%")


def years_of(count, *settings):
    """Worlds of the first years of a run, each played to its end."""
    scenario, carried, worlds = load(TWIN, (*STEADY, *settings, f"years={count}")), None, []
    for year in range(count):
        world = found(replace(scenario, question=in_year(scenario.question, year)), 1, carried=carried)
        world.agenda = agenda(world)
        play(world)
        worlds.append(world)
        carried = close(world, year + 1)
    return worlds


def test_an_intensity_target_goes_on_from_year_to_year():
    """3 % a year under 4 % growth: after n years 0.97^n of the base intensity at 1.04^n of the output; use outside the facilities falls 1 % a year."""
    for year, world in enumerate(years_of(3, TARGETS % ("2 亿m3", "", "")), 1):
        targets, firms = world.state.targets, world.setting.firms
        base = world.setting.base_use[0].sum()
        assert abs(targets["allowed"].sum() / base - (0.97 * 1.04) ** year) < 1e-6
        assert abs(targets["projected"].sum() / firms.value_added_fen.sum() - 1.04**year) < 1e-6
        rest = firms.is_kind("residual")
        assert abs(world.setting.use[0][rest].sum() / world.setting.base_use[0][rest].sum() - (0.99 * 1.04) ** year) < 1e-5


def test_lights_see_what_measures_save(played):
    """A district whose measures save a tenth of its use is a tenth better on its light, in every month alike."""
    world = played("twin", 1, (*STEADY, TARGETS % ("2 亿m3", "", "")))
    choices = world.setting.choices
    world.state.begun[:] = False
    before = lights(world, 11)
    world.state.targets["total"] = world.state.targets["total"] * 0 + [int(used) for used in used_by(world)]
    assert (lights(world, 11).consumption == 3).all() and before.consumption.shape == (2,)
    world.state.targets["total"] -= 1
    assert (lights(world, 11).consumption == 2).all(), "one litre over"
    world.state.begun[:] = choices.saving[0] > 0
    assert (saved(world) > 0).all() and (lights(world, 11).consumption == 3).all()
    assert watched(world).key == "water"


def used_by(world):
    return by_district(world, world.state.metered[0])


def test_extra_quota_is_made_room_for(founded):
    """Who exceeded its target gets 5 % more before all make room in proportion: the city's total stays what it is, to the unit."""
    world = founded("twin", 1, (*STEADY, TARGETS % ("2 亿m3", "", "")))
    judge.set_targets(world)
    plain = world.state.targets["total"]
    world.state.law["quota"] = np.array([1_050_000, 1_000_000])
    judge.set_targets(world)
    first, second = world.state.targets["total"].tolist()
    whole = plain[0] * 105 // 100 + plain[1]
    assert first + second == plain.sum() == 2 * 10**11
    assert abs(first - plain[0] * 1.05 * plain.sum() / whole) <= 1 and first > plain[0]


def test_who_meets_the_incentive_need_not_answer_for_its_total(played):
    """2 % is asked, 1 % earns the incentive; the total cannot be met by anybody and would veto."""
    rule = ", total_points: 20, total_veto: true, intensity_veto: false"
    kept, freed = (played("twin", 1, (*STEADY, "firms.decision_days=1", TARGETS % ("1 亿m3", rule + more, ", incentive_cut: -30%" if more else "")))
                   for more in ("", ", incentive_exempts: true"))  # fmt: skip
    assert kept.state.targets["vetoed"].all() and not freed.state.targets["vetoed"].any()
    assert (freed.state.targets["points"] > kept.state.targets["points"]).all()
    with pytest.raises(InputError, match="targets.incentive_cut"):
        load(TWIN, (*STEADY, TARGETS % ("1 亿m3", ", incentive_exempts: true", "")))


def test_revenue_goes_back_to_those_who_paid_it(played):
    """By payments, what auctions brought in goes back to the districts whose firms bought, in proportion to what they paid."""
    world = played("twin", 1, ("power=null", "targets=null", "markets.water=null", "markets.carbon.calendar.open=2021-05-20",
                               "markets.carbon.allocation.factor=90%", "transfers={back: {by: {rule: recycling, by: paid}}}"))  # fmt: skip
    sold = [row for row in world.state.readings if row[0] == "auction"]
    paid = by_district(world, world.state.spent_fen["to government"])
    assert sold and paid.sum() > 0
    penalties = by_district(world, world.state.spent_fen["penalties"])
    assert abs(world.state.law["transfer/back"][: len(paid)] - paid - penalties).max() <= 1


def test_a_target_of_nothing_is_met_by_everybody_as_it_stands(founded):
    """0 % less with no district allowed to grow: what rounding leaves over is no growth that nobody may take."""
    world = founded("tianjin", 1, ("power=null", "targets.intensity_cut=0%", "targets.shared_by={rule: responsibility, lowest_rate: 0%}", "targets.total=7000 万tce"))
    judge.set_targets(world)
    assert (world.state.targets["allowed"] == world.state.targets["start"]).all()


def test_what_a_rule_refuses_names_its_key(founded):
    with pytest.raises(InputError, match="markets.water.allocation: .*no cap is given"):
        founded("twin", 1, ("power=null", "markets.water.allocation={rule: per_head}"))
    world = founded("twin", 1, ("power=null", "targets.total=1 tCO2", "targets.shared_by={rule: equal_rate, highest_rate: 50%}"))
    with pytest.raises(InputError, match="targets.shared_by: .*within the bounds"):
        judge.set_targets(world)


def test_debts_of_many_years_do_not_stop_who_looks_ahead():
    """Nothing is free and every shortfall is deducted twice: what is owed grows to many times the year's use, and the planner's path still ends."""
    done = run(load(TWIN, (*QUICK, "markets.carbon.calendar.open=2021-05-20", "years=5", "firms.outlook=planner",
                           "markets.carbon.allocation={rule: grandfathering, factor: 0%}")), 1)  # fmt: skip
    told = {metric: value for _, metric, _, value in done.summary}
    assert told["carbon.owed"] > 10 * told["carbon.use"]


@pytest.mark.parametrize("years", [1, 3])
def test_who_was_short_gets_no_loan_for_the_years_of_the_rule(years):
    """Half of what is needed is free and nothing can be bought outside: firms are short, and without cash of their own can pay for nothing while barred."""
    tight = ("targets=null", "markets.carbon.calendar.open=2021-05-20", "power=null", "markets.water=null", "firms.credit=50%", "years=3",
             f"markets.carbon.compliance={{rule: surrender, barred_years: {years}}}", "markets.carbon.auction=null", "markets.carbon.offsets=null",
             "markets.carbon.allocation={rule: grandfathering, factor: 50%}")  # fmt: skip
    scenario, carried, bars = load(TWIN, tight), None, []
    for year in range(2):
        world = found(replace(scenario, question=in_year(scenario.question, year)), 1, carried=carried)
        world.agenda = agenda(world)
        play(world)
        short = world.state.settled["carbon"].shortfall > 0
        carried = close(world, year + 1)
        bars.append(carried.law["no credit"])
        assert short.any() and (bars[-1][short] == years).all()
        assert (bars[-1][~short] == (0 if year == 0 else np.maximum(bars[0][~short] - 1, 0))).all()
    rows = np.flatnonzero(world.setting.firms.covered[0])
    world.ledger.balance[0] = 0
    barred = world.state.law["no credit"][rows] > 0
    assert barred.any() and not (invest._purse(world, rows)[barred] > 0).any()
    del world.state.law["no credit"]
    assert (invest._purse(world, rows) > 0).all()
