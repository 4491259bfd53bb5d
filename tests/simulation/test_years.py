"""Several compliance years: what goes over from one to the next, and what a foreseen tightening does to prices."""

import numpy as np

from marketsim.domain.accounts import MOVE_NAMES
from marketsim.scenario import load
from marketsim.simulation import run
from marketsim.simulation.found import found
from marketsim.simulation.institutions import agenda
from marketsim.simulation.run import play
from marketsim.simulation.years import close, in_year

TWIN = "tests/data/twin.yaml"
QUICK = ("power=null", "targets=null", "markets.water=null")


def city(rows) -> dict:
    return {metric: value for _, metric, _, value in rows}


def test_the_first_of_three_years_is_the_year_alone():
    alone, three = run(load(TWIN, QUICK), 1), run(load(TWIN, (*QUICK, "years=3")), 1)
    first = city(three.summary)
    for metric, value in city(alone.summary).items():
        if not metric.startswith("reconcile."):
            assert first[f"2020.{metric}"] == value, metric
    assert three.journal[: len(alone.journal)].drop(columns=["number"]).equals(alone.journal.drop(columns=["number"]))


def test_what_is_banked_is_issued_again_and_nothing_is_lost():
    scenario = load(TWIN, (*QUICK, "years=2"))
    world = found(scenario, 1)
    world.agenda = agenda(world)
    play(world)
    banked, cash = world.ledger.held(1)[: len(world.setting.firms.id)].copy(), world.ledger.held(0).copy()
    carried = close(world, 1)
    assert (carried.bank[0] == banked).all() and banked.sum() > 0
    assert not world.ledger.held(1)[: len(banked)].any(), "the closed year holds nothing"
    later = found(type(scenario)(**{**vars(scenario), "question": in_year(scenario.question, 1)}), 1, carried=carried)
    later.agenda = agenda(later)
    assert later.setting.calendar.start.year == 2021
    assert (later.setting.firms.id == world.setting.firms.id).all() and not (later.setting.use == world.setting.use).all()
    later.state.now = later.agenda[0].tick
    later.step()
    holders = carried.cash_fen > 0
    assert carried.begun.any() and (later.state.begun == carried.begun).all(), "measures stay"
    standing = np.zeros(len(cash), dtype=np.int64)
    np.add.at(standing, later.setting.choices.firm[carried.begun], later.setting.choices.cost_fen[carried.begun])
    assert (later.ledger.held(0)[holders] == (cash - standing)[holders]).all() and (later.ledger.held(1)[: len(banked)] == banked).all()


def test_the_journal_of_all_years_is_one_double_entry():
    result = run(load(TWIN, (*QUICK, "years=3")), 2)
    journal, shown = result.journal, city(result.summary)
    assert set(journal.move) <= set(MOVE_NAMES) and (journal.number == np.arange(len(journal))).all()
    rights = journal[journal.asset == "carbon/2020"]
    into, out = rights.groupby("target").amount.sum(), rights.groupby("source").amount.sum()
    firms = [key for key in into.index if key.split("-")[0].isdigit()]
    assert (into[firms] - out.reindex(firms, fill_value=0) == 0).all(), "what firms held went over"
    assert shown["carbon.issued"] == shown["carbon.surrendered"] + shown["carbon.cancelled"] + shown["carbon.held"]
    assert result.series.tick.is_monotonic_increasing


def test_luck_differs_from_year_to_year_and_not_from_run_to_run():
    one, two = run(load(TWIN, (*QUICK, "years=2")), 1), run(load(TWIN, (*QUICK, "years=2")), 1)
    assert one.journal.equals(two.journal)
    assert city(one.summary)["carbon.use"] != city(one.summary)["2020.carbon.use"]
