"""Budgets, loans, lead times and output given up: what each changes, and that with none of them nothing changes."""

import csv
import shutil

import numpy as np
import pytest

from marketsim import resources
from marketsim.domain.ledger import MONEY
from marketsim.scenario import load
from marketsim.simulation import run
from marketsim.simulation.found import found
from marketsim.simulation.result import result
from marketsim.simulation.years import close

QUICK = ("power=null", "targets=null", "markets.water=null")


def shown(world) -> dict:
    return {metric: value for _, metric, _, value in result(world).summary}


def spent_share(world) -> np.ndarray:
    value = world.setting.firms.value_added_fen
    return world.state.spent_fen["measures"][value > 0] / value[value > 0]


def test_a_budget_binds_and_takes_the_best_first(played):
    free, tight = played("twin", settings=QUICK), played("twin", settings=(*QUICK, "firms.capital=0.03%"))
    assert spent_share(free).max() > 0.0003 >= spent_share(tight).max() > 0
    assert 0 < shown(tight)["carbon.saved"] < shown(free)["carbon.saved"]
    menu, begun = tight.setting.menu, tight.state.begun
    ratio = menu.saving[0] / np.maximum(menu.cost_cny, 1e-9)
    both = [firm for firm in np.unique(menu.firm[begun]) if (~begun & (menu.firm == firm)).any()]
    better = [ratio[begun & (menu.firm == firm)].max() > ratio[~begun & (menu.firm == firm)].max() for firm in both]
    assert np.mean(better) > 0.8, "who has to choose takes what saves most for its cost"


def test_a_loan_pays_for_measures_and_goes_back_with_interest(played):
    poor = (*QUICK, "working_capital=0%")
    lent = played("twin", settings=(*poor, "firms.credit=50%", "firms.credit_rate=10%"))
    loans = [batch for tick, batch in lent.ledger.journal]
    outside = lent.ledger.accounts.index("outside")
    into = sum(int(b.amount[(b.asset == MONEY) & (b.source == outside)].sum()) for b in loans)
    assert into > 0 and not lent.state.invested["loan_fen"].any(), "all could pay back"
    assert (lent.ledger.balance.sum(axis=(1, 2)) == 0).all()


def test_who_cannot_repay_stays_in_debt(founded):
    from marketsim.simulation.invest import lend, repay

    world = founded("twin", settings=(*QUICK, "firms.credit=50%", "firms.credit_rate=10%"))
    rows = np.array([0, 1])
    world.post(lend(world, rows, np.array([1000, 2001])))
    assert world.state.invested["loan_fen"][:2].tolist() == [1000, 2001] == world.ledger.balance[MONEY, :2, 0].tolist()
    world.post(repay(world))
    assert world.state.invested["loan_fen"][:2].tolist() == [100, 200] and not world.ledger.balance[MONEY, :2, 0].any()


@pytest.fixture(scope="module")
def slow_city(tmp_path_factory):
    """The textbook city whose measures above 20 CNY/t take 500 days."""
    home = tmp_path_factory.mktemp("slow")
    shutil.copytree(resources.path("configs", "regions", "textbook"), home / "slow")
    text = resources.path("scenarios", "textbook.yaml").read_text(encoding="utf-8").replace("region: textbook", "region: slow")
    (home / "slow.yaml").write_text(text, encoding="utf-8")
    with (home / "slow" / "measures.csv").open(encoding="utf-8", newline="") as file:
        head, *steps = csv.reader(file)
    for step in steps:
        step[head.index("lead_days")] = "500" if float(step[head.index("cost_cny_per_unit")]) > 20 else "0"
    with (home / "slow" / "measures.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *steps])
    return home / "slow.yaml"


def test_a_measure_that_needs_time_works_two_years_later(slow_city):
    """At a ceiling of 200 everything pays; 10 and 5 percent can be had at once, the rest ordered in the first year works in the third."""
    rows = run(load(slow_city, ("firms.lead_times=true", "years=3")), 1).summary
    found = {metric: value for _, metric, _, value in rows}
    saved = [rows_of(rows, f"{year}carbon.saved") for year in ("2020.", "2021.", "")]
    at_once = 10**6 * (10 * 10 + 5 * 10)
    assert saved[0] == saved[1] == pytest.approx(at_once, rel=0.02)
    assert saved[2] >= 6e8 and found["cost.standing"] > found["2020.cost.measures"] > 0
    plain = run(load(slow_city), 1).summary
    assert rows_of(plain, "carbon.saved") == pytest.approx(6e8, rel=0.02), "off, nothing waits"


def rows_of(rows, name: str):
    return next(value for _, metric, _, value in rows if metric == name)


def test_measures_of_later_years_are_known_only_where_time_counts():
    late = found(load("tianjin-2020", ("power=null", "firms.lead_times=true", "years=4")), 1)
    plain = found(load("tianjin-2020", ("power=null",)), 1)
    assert len(late.setting.choices) > len(plain.setting.choices) and late.setting.late.any() and not plain.setting.late.any()
    assert not late.setting.menu.saving[:, late.setting.late].any()


def test_output_is_given_up_where_its_margin_is_worth_less_than_the_rights_it_saves(played):
    dear = played("twin", settings=(*QUICK, "firms.output={most: 5%, margin: 100%}"))
    cheap = played("twin", settings=(*QUICK, "firms.output={most: 5%, margin: 0.1%}"))
    plain = played("twin", settings=QUICK)

    def given_up(world) -> int:
        return int((world.state.begun & (world.setting.choices.measure < 0)).sum())

    assert given_up(dear) < given_up(cheap) > 0
    assert shown(cheap)["carbon.price_least"] <= shown(plain)["carbon.price_least"], "the benchmark knows the choice as well"
    assert (cheap.ledger.balance.sum(axis=(1, 2)) == 0).all()


def test_output_given_up_comes_back_with_the_year():
    scenario = load("tests/data/twin.yaml", (*QUICK, "firms.output={most: 1%, margin: 2%}", "years=2"))
    world = found(scenario, 1)
    world.state.begun[:] = True
    later = found(scenario, 1, carried=close(world, 1))
    cut = later.setting.choices.measure < 0
    assert cut.any() and not later.state.begun[cut].any() and later.state.begun[~cut].all()
