"""The lint of local favours: every lever of a scenario is listed with its simulated cost; none, none."""

import json

import pytest

from marketsim import resources
from marketsim.cli import main
from marketsim.scenario import load
from marketsim.study.favours import favours

TEXTBOOK = resources.path("scenarios", "textbook.yaml")
CAP = "markets.carbon.cap=1.4 MtCO2"
SPLIT = "markets.carbon.allocation.sector_factors={flat: 0.7, steep: 0.7}"
FREE = "favours=[{regions: [Flat], market: carbon, free: 110%}]"
LEVERS = "favours=[{regions: [Steep], market: carbon, buys_outside: false}, {regions: [Flat], market: carbon, free: 110%}]"


def test_without_levers_nothing_is_found():
    told = favours(load(TEXTBOOK, (SPLIT,)), 3)
    assert told["levers"] == [] and told["outlay_fen"] == pytest.approx(24e8, rel=0.05)


def test_each_lever_is_listed_with_what_it_costs(capsys):
    """Who may not buy pays at least the 3 M CNY that trade would have saved; more free rights under a cap mostly move money."""
    told = favours(load(TEXTBOOK, (SPLIT, CAP, LEVERS)), 3)
    ban, free = told["levers"]
    assert (ban["code"], free["code"]) == ("trade-ban", "free-factor")
    assert ban["cost_fen"] > 3e8 > 10 * abs(favours(load(TEXTBOOK, (SPLIT, CAP, FREE)), 3)["levers"][0]["cost_fen"])
    assert ban["key"] == "favours.0.buys_outside" and ban["who"] == ["990202"]
    arguments = ["favours", str(TEXTBOOK), "--seed", "3", "--set", SPLIT, "--set", CAP, "--set", LEVERS]
    assert main([*arguments, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == told
    assert main([*arguments, "--lang", "zh"]) == 1
    assert "favours.0.buys_outside" in capsys.readouterr().out
