"""Corrections, entrants and rights that count consumption, each in a whole small run."""

import numpy as np
import pytest

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import entries
from marketsim.errors import InputError
from marketsim.policy.exact import scale
from marketsim.simulation import hand_out
from marketsim.simulation.comply import comply, verified_use
from marketsim.simulation.law.consumed import uses
from marketsim.simulation.hand_out import for_entrants, free_cap, reserve
from marketsim.simulation.result import result

ALONE = ("markets.energy=null", "markets.water=null", "targets=null", "power=null", "markets.carbon.calendar.open=2021-05-01")
BAND = "markets.carbon.correction={rule: ex_post_band, band: 5%}"
UNEVEN = "activity.firm_sd=15%"


def summary(world):
    return {metric: value for region, metric, _, value in result(world).summary if region == "120000"}


def test_free_amounts_are_corrected_only_outside_the_band(played):
    plain, banded = (played("tianjin", settings=(*ALONE, UNEVEN, *more)) for more in ((), (BAND,)))
    right = banded.setting.rights[0]
    before, after, used = plain.state.final[0], banded.state.final[0], verified_use(banded, right)
    inside = (used <= scale(before, 1.05)) & (used >= scale(before, 0.95))
    change = banded.state.law["corrected/carbon"]
    assert (change == after - before).all() and (change[inside] == 0).all() and (change < 0).any()
    shrunk = used < scale(before, 0.95)
    assert (change[shrunk] == (used - scale(before, 0.95))[shrunk]).all()
    assert 0 < after.sum() <= free_cap(right) and not banded.ledger.balance.sum(axis=(1, 2)).any()
    told = summary(banded)
    assert told["carbon.corrected_up"] - told["carbon.corrected_down"] == change.sum()
    assert "carbon.corrected_up" not in summary(plain)


def test_entrants_are_served_out_of_the_reserve(played):
    served = ("markets.carbon.entrants={rule: new_entrant, reserve: 6%}", "activity.entrants=10%")
    without, world = (played("tianjin", settings=(*ALONE, *more)) for more in (served[1:], served))
    right, new = world.setting.rights[0], world.setting.entrant
    got = for_entrants(world.setting, right)
    assert new.any() and not got[~new].any() and 0 < got.sum() <= reserve(right)
    assert (world.state.final[0] == without.state.final[0] + got).all() and not without.state.final[0][new].any()
    issued = -int(world.ledger.held(right.asset)[world.ledger.accounts.index("issuer")])
    assert issued <= right.market.cap.value and not world.ledger.balance.sum(axis=(1, 2)).any()
    assert summary(world)["carbon.for_entrants"] == got.sum()


@pytest.mark.parametrize("rule", ["output_based", "per_value_added"])
def test_entrants_are_served_once_and_not_at_the_cost_of_others(founded, played, rule):
    """Rules that look at this year's output or value added would serve an entrant as well, and again out of the reserve."""
    served = (*ALONE, "activity.entrants=10%", "markets.carbon.entrants={rule: new_entrant}", f"markets.carbon.allocation={{rule: {rule}}}")
    world = founded("tianjin", settings=served)
    new = world.setting.entrant
    assert (world.state.final[0][new] == for_entrants(world.setting, world.setting.rights[0])[new]).all()
    wide = played("tianjin", settings=(*served, "markets.carbon.correction={rule: ex_post_band, band: 100%}"))
    assert wide.state.law["corrected/carbon"].sum() >= 0, "a band this wide takes nothing back; what entrants got is no part of what the others share"
    told = summary(wide)
    assert told["carbon.unissued"] >= 0 and told["carbon.cap"] >= told["carbon.issued"]


WATER = ("markets.energy=null", "markets.carbon=null", "targets=null", "power=null", "markets.water.calendar.open=2021-05-01")


def test_a_right_that_counts_consumption_is_exchanged_by_consumption(played):
    """A litre not withdrawn by industry (0.24) stands for 0.24 of a right; irrigation (0.63) withdraws 8/21 litre with it."""
    plain, world = (played("tianjin", settings=(*WATER, *more)) for more in ((), ("markets.water.consumption={rule: consumption_ratio}",)))
    setting, used = world.setting, np.array(uses(world.setting.firms, world.setting.city))
    for use, coefficient in (("irrigation", 0.63), ("industry", 0.24), ("urban", 0.30)):
        here = (used == use) & (plain.setting.base_use[0] > 0)
        assert here.any()
        assert (setting.base_use[0][here] == scale(plain.setting.base_use[0][here], coefficient)).all()
        assert setting.menu.saving[0][here[setting.menu.firm]].sum() == pytest.approx(coefficient * plain.setting.menu.saving[0][here[plain.setting.menu.firm]].sum())
    told, covered = summary(world), setting.firms.covered[0]
    drawn, kept = verified_use(plain, plain.setting.rights[0])[covered], verified_use(world, world.setting.rights[0])[covered]
    assert told["water.returned"] == pytest.approx((setting.use[0][covered] * (10**6 / setting.consumed_ppm[0][covered] - 1)).sum(), rel=0.05)
    assert kept.sum() < drawn.sum() and not world.ledger.balance.sum(axis=(1, 2)).any()


def test_a_limited_exchange_is_refused_by_a_market_with_one_price(founded):
    with pytest.raises(InputError, match="consumption.most"):
        founded("tianjin", settings=(*WATER, "markets.water.consumption={rule: consumption_ratio, most: 1}"))


def test_a_firm_with_half_a_base_year_may_ask_for_the_intensity_method(founded):
    """Tianjin 2021: under six months in the base year, own intensity times output of the year instead of a part of a year's use."""
    part = ("markets.energy=null", "markets.water=null", "targets=null", "power=null", "activity.part_year=20%")
    plain, asked = (founded("tianjin", settings=(*part, f"markets.carbon.allocation={{rule: grandfathering, factor: 98%{more}}}"))
                    for more in ("", ", intensity_below_months: 6"))  # fmt: skip
    setting = asked.setting
    short = setting.firms.covered[0] & (setting.months < 12)
    assert short.any() and set(setting.months[short].tolist()) <= {1, 2, 3, 4, 5}
    assert (plain.state.final[0][short] < asked.state.final[0][short]).all()
    assert asked.state.final[0][short] == pytest.approx(0.98 * setting.use[0][short], rel=0.01), "as much as it uses, less the factor"
    assert (plain.state.final[0][~short] == asked.state.final[0][~short]).all()


NEW = ("markets.carbon=null", "markets.water=null", "targets=null", "power=null", "markets.energy.calendar.open=2021-06-01", "activity.entrants=20%")


@pytest.mark.parametrize(("rule", "line"), [("purchase_above_line, line: 2", 2.0), ("purchase_by_factor, factor: 0.3", None)])
def test_new_projects_buy_energy_use_rights_by_the_rules_of_provinces(founded, played, rule, line):
    """Zhejiang: all new use of who is above the line. Henan: A × B × C / average, so who is at 1/B times the average buys all it uses."""
    world = founded("tianjin", settings=(*NEW, f"markets.energy.entrants={{rule: {rule}}}"))
    setting, right = world.setting, world.setting.rights[0]
    covered = setting.firms.covered[0]
    new, old = setting.entrant & covered, ~setting.entrant & covered & (setting.firms.value_added_fen > 0)
    use = setting.use[0].astype(float)
    made = np.maximum(setting.firms.value_added_fen * (setting.output_ppm / 1e6), 1)
    per_output = use / made * 1e6 / 1000  # tce per 10,000 CNY
    average = setting.base_use[0][old].sum() / setting.firms.value_added_fen[old].sum() * 1e3
    buys = np.where(per_output > line, use, 0) if line else 0.3 * use * per_output / average
    free = np.where(new, np.maximum(use - buys, 0), 0)
    assert (np.abs(world.state.final[0] - np.where(new, free, world.state.final[0])) <= 2 + use * 1e-6).all()
    assert 0 < free[new].sum() < use[new].sum() and (free[new] == 0).any()
    done = played("tianjin", settings=(*NEW, f"markets.energy.entrants={{rule: {rule}}}"))
    assert not done.ledger.balance.sum(axis=(1, 2)).any() and done.ledger.held(right.asset)[right.government] == 0


def test_what_a_true_up_cannot_take_back_is_owed_next_year(founded):
    """A firm that sold its first tranche before too much of it is taken back: this year it owes its use, the rest comes on top of the next."""
    world = founded("twin", 1, ("power=null", "targets=null", "markets.water=null", "firms.attention=0.1%", "markets.carbon.auction=null", "markets.carbon.offsets=null"))
    right, rows = world.setting.rights[0], np.flatnonzero(world.setting.firms.covered[0])
    sold = rows[0]
    while world.agenda[world.state.done].action is not hand_out.correct:
        world.state.now = world.agenda[world.state.done].tick
        world.step()
    held = int(world.ledger.balance[right.asset, sold, AVAILABLE])
    world.post(entries("transfer", right.asset, sold, rows[1], held - 1000))
    world.state.final[0, sold] = world.state.given[0, sold] - 5000
    world.post(hand_out.correct(world, right))
    assert world.ledger.held(right.asset)[sold] == 0 and world.state.owed[0, sold] == 0
    world.post(comply(world, right))
    settled = world.state.settled["carbon"]
    assert settled.due[sold] == verified_use(world, right)[sold]
    assert world.state.owed[0, sold] == settled.next_year_deduction[sold] + 4000
