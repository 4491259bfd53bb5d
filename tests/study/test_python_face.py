"""From Python: a scenario that was loaded is run as the file is, frames carry their units, odd inputs are told in a sentence."""

import re

import pytest

import marketsim
from marketsim.errors import InputError, MarketsimError

STUDY = """marketsim: 1
title: {zh: 小研究, en: Small}
extends: textbook
options:
  loose: {label: {zh: 宽, en: Loose}, set: {"markets.carbon.allocation.sector_factors": {flat: 0.8, steep: 0.8}}}
  tight: {label: {zh: 紧, en: Tight}, set: {"markets.carbon.allocation.sector_factors": {flat: 0.7, steep: 0.7}}}
runs: {seeds: 2}
"""


def test_a_loaded_scenario_is_run_as_its_file_is_and_frames_carry_units(tmp_path):
    scenario = marketsim.load("textbook")
    assert len(repr(scenario)) < 200
    one, two = marketsim.run(scenario, seed=3, out=tmp_path / "a"), marketsim.run("textbook", seed=3, out=tmp_path / "b")
    assert one.manifest["digest"] == two.manifest["digest"] and one.folder.name == two.folder.name
    assert one.manifest["command"] == two.manifest["command"] == "marketsim run textbook --seed 3"
    assert len(repr(one)) < 200 and one._repr_html_().startswith("<iframe")
    assert one.summary.attrs["units"]["carbon.use"] == "kg" and one.series.attrs["units"]["carbon.price"] == "CNY/t"
    assert one.journal.attrs["units"]["money"] == "fen" and set(one.journal["asset"]) <= set(one.journal.attrs["units"])


@pytest.mark.slow
def test_a_loaded_study_is_compared_as_its_file_is(tmp_path):
    (tmp_path / "small.yaml").write_text(STUDY, encoding="utf-8")
    study = marketsim.compare(marketsim.load(tmp_path / "small.yaml"), out=tmp_path / "out", jobs=1)
    again = marketsim.compare(str(tmp_path / "small.yaml"), out=tmp_path / "out", jobs=1)
    assert again.manifest == study.manifest and (study.runs["status"] == "done").all() and len(study.runs) == 4
    prices = study.over_time("carbon.price [CNY/t]")
    assert prices.attrs["units"] == {"mean": "CNY/t", "low": "CNY/t", "high": "CNY/t"} and study.series("carbon.price [CNY/t]").attrs["units"] == {"value": "CNY/t"}
    assert study.compare("tight", "loose", "cost.market").mean > 0
    with pytest.raises(InputError, match=re.escape("carbon.price [CNY/t]")):
        study.series("carbon.prise")


@pytest.mark.parametrize("face", [marketsim.run, marketsim.compare])
@pytest.mark.parametrize("what", [5, None, {}, b"x", True, "", ".", "nothing.yaml", "a\0b", "x" * 5000, "/dev/null", ["tianjin-2020"]])
def test_what_is_no_scenario_is_told_in_a_sentence(face, what):
    with pytest.raises(MarketsimError) as found:
        face(what)
    assert len(str(found.value)) > 20


@pytest.mark.parametrize(
    "face, odd",
    [(marketsim.run, {"seed": -1}), (marketsim.run, {"seed": 2**31}), (marketsim.run, {"seed": "7"}), (marketsim.run, {"seed": True}), (marketsim.run, {"out": 5}),
     (marketsim.compare, {"jobs": 0}), (marketsim.compare, {"jobs": "2"}), (marketsim.compare, {"until": "cost"}), (marketsim.compare, {"until": 5})],
)  # fmt: skip
def test_odd_arguments_are_told_before_anything_runs(face, odd):
    with pytest.raises(InputError):
        face("tianjin-2020", **odd)


@pytest.mark.parametrize("what", ["", "/", "/dev/null", 5, None, "x" * 5000])
def test_what_cannot_be_loaded_is_told_in_a_sentence(what):
    with pytest.raises(MarketsimError):
        marketsim.load(what)
