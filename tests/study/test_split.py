"""Targets under every rule side by side: gains cancel, today's row is zero, what cannot be split is told."""

import json
from pathlib import Path

import pytest

from marketsim.cli import main
from marketsim.errors import InputError
from marketsim.policy import choices
from marketsim.policy.decomposition import shapley
from marketsim.scenario import load
from marketsim.simulation import judge
from marketsim.simulation.found import found
from marketsim.study.split import split

TWIN = Path(__file__).resolve().parents[1] / "data" / "twin.yaml"


def test_every_rule_splits_the_same_goal_and_gains_cancel():
    told = split(load(TWIN))
    assert set(told["rules"]) == set(choices("decomposition")) and not told["refused"]
    for row in told["rules"].values():
        assert sum(row["targets"]) == told["goal"] and sum(row["gain"]) == 0
        assert row["winners"] == sum(gain > 0 for gain in row["gain"])
    assert not any(told["rules"][told["today"]]["gain"])
    assert len({tuple(row["targets"]) for row in told["rules"].values()}) > 5, "rules differ"


def test_todays_row_is_what_a_run_hands_out_with_the_scenarios_own_parameters():
    settings = ("targets.shared_by={rule: functional_zone, zones: {ecological: 0.5}}",)
    world = found(load(TWIN, settings))
    judge.set_targets(world)
    told = split(load(TWIN, settings))
    assert told["rules"]["functional_zone"]["targets"] == world.state.targets["allowed"].tolist()


def test_a_rule_that_cannot_split_is_told_with_its_reason(monkeypatch):
    monkeypatch.setattr(shapley, "MOST", 1)
    told = split(load(TWIN))
    assert list(told["refused"]) == ["shapley"] and "at most 1" in told["refused"]["shapley"]
    assert "shapley" not in told["rules"] and len(told["rules"]) == len(choices("decomposition")) - 1


def test_bounds_of_todays_rule_that_cannot_be_kept_are_an_error():
    tight = ("targets.intensity_cut=40%", "targets.shared_by={rule: equal_rate, highest_rate: 30%}")
    with pytest.raises(InputError, match="within the bounds"):
        split(load(TWIN, tight))


def test_without_targets_there_is_nothing_to_split(capsys):
    with pytest.raises(InputError, match="no `targets`"):
        split(load(TWIN, ("targets=null",)))
    assert main(["split", str(TWIN), "--set", "targets=null"]) == 2
    assert "targets" in capsys.readouterr().err


def test_the_command_prints_json_and_lines(capsys):
    assert main(["split", str(TWIN), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == split(load(TWIN))
    assert main(["split", str(TWIN), "--lang", "zh"]) == 0
    assert "东岸区" in capsys.readouterr().out
