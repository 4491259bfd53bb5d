"""What the law hands from one compliance year to the next: offsets not used, targets that go on, and totals that stay whole."""

from dataclasses import replace

import numpy as np

from marketsim.scenario import load
from marketsim.simulation import run
from marketsim.simulation.found import found
from marketsim.simulation.institutions import agenda
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
