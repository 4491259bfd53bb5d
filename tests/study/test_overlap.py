"""Rights together and each alone: the same luck, the figures of single runs, and what is priced twice."""

import json
from pathlib import Path

import pytest

from marketsim.cli import main
from marketsim.scenario import load
from marketsim.simulation.run import run
from marketsim.study.overlap import overlap, twice_priced

TWIN = Path(__file__).resolve().parents[1] / "data" / "twin.yaml"
SMALL = tuple(f"markets.{key}.calendar.open=2021-05-01" for key in ("carbon", "water"))
PASSED_ON = ("power.pass_through=25%", "power.priced_rights=[carbon]")


@pytest.fixture(scope="module")
def told():
    return overlap(load(TWIN, SMALL), 3)


def test_together_is_the_run_itself(told):
    rows = {(region, metric): value for region, metric, _, value in run(load(TWIN, SMALL), 3).summary}
    city = next(region for region, metric in rows if metric == "cost.least")
    for right, figures in told["rights"].items():
        for name, value in figures["together"].items():
            assert value == rows[city, f"{right}.{name}"]
    assert told["cost_fen"]["together"] == rows[city, "cost.market"]


def test_each_right_alone_is_a_run_without_the_others(told):
    rows = {(region, metric): value for region, metric, _, value in run(load(TWIN, (*SMALL, "markets.carbon=null", "targets=null")), 3).summary}
    city = next(region for region, metric in rows if metric == "cost.least")
    alone = told["rights"]["water"]["alone"]
    assert alone["use"] == rows[city, "water.use"] and alone["cost_fen"] == rows[city, "cost.market"]
    assert set(told["rights"]) == {"carbon", "water"}
    assert told["cost_fen"]["sum_alone"] == sum(one["alone"]["cost_fen"] for one in told["rights"].values())


def test_power_priced_by_generators_and_owed_by_users_is_told_with_its_amount():
    assert twice_priced(load(TWIN)) == ()
    found, whole = twice_priced(load(TWIN, PASSED_ON)), twice_priced(load(TWIN, ("power.pass_through=100%", *PASSED_ON[1:])))
    assert [one.who for one in found] == ["carbon of power used"]
    assert found[0].amount == pytest.approx(whole[0].amount / 4, abs=1) and whole[0].amount > 0


def test_the_command_prints_the_same_as_json_and_as_lines(capsys, told):
    arguments = ["overlap", str(TWIN), "--seed", "3"]
    for setting in SMALL:
        arguments += ["--set", setting]
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == told
    assert main([*arguments, "--lang", "zh"]) == 0
    printed = capsys.readouterr().out
    assert "单独" in printed and "水床" in printed and "carbon.use" in printed
