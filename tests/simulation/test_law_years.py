"""What this year's law means for the next: bars by the compliance record, growth that is not approved, quotas; and what does not count."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from marketsim.scenario import load
from marketsim.simulation.law import credit
from marketsim.simulation.law.claims import audit
from marketsim.simulation.columns import by_district
from marketsim.simulation.law.follow_up import carried_law
from marketsim.simulation.found import found
from marketsim.simulation.institutions import agenda
from marketsim.simulation.judge import counted, lights, watched
from marketsim.simulation.result import result
from marketsim.simulation.run import play
from marketsim.simulation.years import close, in_year

TWIN_PATH = Path(__file__).resolve().parents[1] / "data" / "twin.yaml"
SHORT = ("power=null", *(f"markets.{key}.calendar.open=2021-06-01" for key in ("carbon", "water")))
TARGETS = "targets={meter: carbon, total: 9.0 MtCO2, intensity_cut: 3%%, shared_by: {rule: equal_rate}, assessment: {rule: points}%s}"


def two_years(played, *settings):
    """The worlds of two years, the second begun where the first closed."""
    first = played("twin", 3, (*SHORT, *settings))
    carried = close(first, 1)
    scenario = load(TWIN_PATH, (*SHORT, *settings))
    second = found(replace(scenario, question=in_year(scenario.question, 1)), 3, carried=carried)
    second.agenda = agenda(second)
    return first, second


def test_who_defaults_may_not_trade_next_year(played):
    tight = ("markets.carbon.allocation.factor=60%", "markets.carbon.shortfall_price=6 CNY/t", "markets.carbon.auction=null", "markets.carbon.offsets=null",
             "credit={rule: credit_record, penalty: 100, line: 95}")  # fmt: skip
    first, second = two_years(played, *tight)
    right = second.setting.rights[0]
    out = credit.barred(second, right)
    short = first.state.settled[right.key].shortfall > 0
    assert out.any() and not out[~np.any([one.shortfall > 0 for one in first.state.settled.values()], axis=0)].any() and out[short].any()
    assert (second.state.law["score"] == first.state.law["score"]).all()
    play(second)
    sent = {int(owner) for _, batch in second.ledger.journal for owner in batch.source[(batch.asset == right.asset) & (batch.move == 6)]}
    assert not sent & set(np.flatnonzero(out).tolist()), "nobody who is barred delivers"
    assert not second.ledger.balance.sum(axis=(1, 2)).any()
    told = {metric: value for _, metric, _, value in result(second).summary}
    assert told["credit.mean"] < 100


def test_a_missed_target_stops_growth_and_an_exceeded_one_earns_quota(played):
    strict = TARGETS % ", consequences: {rule: consequences, extra_quota: 5%}"
    first, second = two_years(played, strict, "activity.growth=4%", "activity.common_sd=0%", "activity.firm_sd=0%")
    grade = first.state.targets["grade"]
    assert (grade == 0).any()
    law = carried_law(first)
    here = np.array([region.adcode for region in first.setting.city.districts])
    missed = np.isin(first.setting.firms.region, here[grade == 0])
    grows = ~first.setting.firms.is_kind("irrigation")
    assert (second.setting.output_ppm[missed & grows] == 1_040_000).all(), "no growth beyond this year's"
    assert (second.setting.output_ppm[~missed & grows] == 1_081_600).all()
    assert (law["quota"][grade == 3] == 1_050_000).all() and (law["quota"][grade != 3] == 10**6).all()
    told = {(region, metric): value for region, metric, _, value in result(first).summary}
    assert told[str(here[grade == 0][0]), "next.funds"] == 0.8


def test_feedstock_and_new_renewables_do_not_count(played):
    left_out = ", exclusions: {rule: exclusions, renewables: growth, feedstock: true}, feedstock: {works: 20%}, renewables: 12%, renewables_before: 8%"
    plain = played("twin", 3, (*SHORT, TARGETS % ""))
    sectors = plain.setting.firms.sectors
    world = played("twin", 3, (*SHORT, TARGETS % left_out.replace("works", sectors[0])))
    right = watched(world)
    used = world.state.targets["used"]
    counts = counted(world, right, used)
    assert (counts < used).all() and (counted(plain, watched(plain), used) == used).all()
    feed = by_district(world, np.where(world.setting.firms.sector == 0, world.setting.use[right.index] // 5, 0))
    assert (used - counts >= feed * 9 // 10).all() and (used - counts <= feed * 3 // 2 + used // 20).all()


def test_lights_are_a_pure_reading(played):
    world = played("twin", 3, (*SHORT, TARGETS % ""))
    before = {name: column.copy() for name, column in world.state.targets.items()}
    shown = lights(world, 11)
    assert set(shown.intensity.tolist()) | set(shown.consumption.tolist()) <= {1, 2, 3}
    assert all((world.state.targets[name] == column).all() for name, column in before.items())


def test_who_gains_against_the_rule_of_today(played):
    world = played("tianjin", settings=("markets.carbon=null", "markets.water=null", "power=null", "markets.energy.calendar.open=2021-06-01",
                                        "targets.shared_by={rule: population}", "targets.today={rule: value_added}"))  # fmt: skip
    gain = {region: value for region, metric, _, value in result(world).summary if metric == "assess.gain"}
    assert sum(gain.values()) == 0 and max(gain.values()) > 0 and len(gain) == 16
    other = played("tianjin", settings=("markets.carbon=null", "markets.water=null", "power=null", "markets.energy.calendar.open=2021-06-01",
                                        "targets.shared_by={rule: value_added}"))  # fmt: skip
    codes = [str(region.adcode) for region in world.setting.city.districts]
    assert [gain[code] for code in codes] == (world.state.targets["total"] - other.state.targets["total"]).tolist()


def test_units_claimed_twice_are_told(played):
    """Feedstock that does not count against the target but got free rights; power priced by generators and owed by users."""
    alone = ("markets.carbon=null", "markets.water=null", "markets.energy.calendar.open=2021-06-01", "power.resolution=typical-days")
    twice = ("targets.exclusions={rule: exclusions, feedstock: true}", "targets.feedstock={petrochem: 25%}", "power.pass_through=50%", "power.priced_rights=[energy]")
    plain, world = played("tianjin", settings=alone), played("tianjin", settings=(*alone, *twice))
    assert audit(plain) == ()
    found = {one.switch: one.amount for one in audit(world)}
    assert set(found) == {"keep one of: pass-through, indirect obligation", "keep one of: feedstock exclusion, quota"}
    free = world.state.final[0][world.setting.firms.sector == world.setting.firms.sectors.index("petrochem")]
    assert found["keep one of: feedstock exclusion, quota"] == pytest.approx(free.sum() / 4, rel=0.001)
    told = {metric: value for _, metric, _, value in result(world).summary if metric.startswith("audit.")}
    assert told == {"audit.pass-through+indirect-obligation": found["keep one of: pass-through, indirect obligation"],
                    "audit.feedstock-exclusion+quota": found["keep one of: feedstock exclusion, quota"]}


def test_ecological_districts_are_ranked_without_output(played):
    """Who grows most loses its lead where output is struck out in its zone: by hand from three indicators of equal weight."""
    rank = ", ranking: {rule: differentiated, ecological_zones: [ecological]}"
    world = played("twin", 3, (*SHORT, TARGETS % rank))
    told = {(region, metric): value for region, metric, _, value in result(world).summary if metric.startswith("assess.")}
    targets = world.state.targets
    made = by_district(world, world.setting.firms.value_added_fen)
    table = [targets["output"] / made, (targets["start"] - targets["comparable"]) / targets["start"], (targets["total"] - targets["used"]) / targets["total"]]
    scaled = [100.0 * (column > column.min()) for column in table]  # of two districts one has all, the other nothing
    key, ecological = sum(column[0] for column in scaled) / 3, sum(column[1] for column in scaled[1:]) / 2
    assert told["990101", "assess.score"] == pytest.approx(key) and told["990102", "assess.score"] == pytest.approx(ecological)
    assert {told["990101", "assess.rank"], told["990102", "assess.rank"]} == {1, 2}
    assert ("990101", "assess.score") not in {(region, metric) for region, metric, _, _ in result(played("twin", 3, (*SHORT, TARGETS % ""))).summary}
