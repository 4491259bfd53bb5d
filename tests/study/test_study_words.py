"""What compare, sweep and search say, in both languages, and what they say to what makes no sense."""

import io
import re
from types import SimpleNamespace

import pytest

from marketsim import cli_study
from marketsim.cli import main
from marketsim.errors import InputError
from marketsim.report.scoreboard import scoreboard
from marketsim.study import compare, robust, search
from marketsim.study.design import check

STUDY = """marketsim: 1
title: {zh: 小研究, en: A small study}
extends: tianjin-2020
options:
  today:   {label: {zh: 现行, en: Today}, set: {markets.carbon.allocation.factor: 98%}}
"""
CARD = {
    "options": ["a", "b"], "criteria": {"cost": {"unit": "fen"}, "equity": {"unit": "1"}}, "efficient": ["b"],
    "goal": {"criterion": "cost", "share": 0.02, "wanted": 2e10, "reached": 1e10},
    "requirements": {"fails": {"a": {"prim": {"en": "fails when x", "zh": "当 x"}, "tree": {"en": "fails when x", "zh": "当 x"}}}},
    "sensitivity": {"cost": {"a": {"k": {"mu_star": 1e10, "sigma": None}, "l": {"mu_star": 2e10, "sigma": 1e8}}, "b": {}}, "equity": {"a": {"k": {"first": 0.5, "first_se": 0.1}}}},
}  # fmt: skip
LABELS = {"a": {"en": "Old", "zh": "旧"}, "b": {"en": "New", "zh": "新"}}


def test_front_failures_and_goal_are_told_once_in_either_language():
    assert cli_study._sentences(CARD, LABELS, "en") == [
        "Pareto front (no other option is at least as good on every criterion): “New”", "Old: fails when x",
        "Total cost: every difference is known to ± 100 M CNY, as wanted (± 200 M CNY)",
    ]  # fmt: skip
    told = cli_study._sentences(CARD | {"goal": CARD["goal"] | {"reached": None}}, LABELS, "zh")
    assert "新" in told[0] and told[1] == "旧: 当 x" and "∞" in told[2] and "未达" in told[2]


def judged(mean, low, high, **marks):
    """A criterion as the scorecard tells it: two options, the first better by `mean`."""
    options = {name: {"mean": 1.0, "mark": marks.get(name, "tie")} for name in ("a", "b")}
    return {"options": options, "differences": [{"first": "a", "second": "b", "mean": mean, "low": low, "high": high}], "observations_needed": None}


def told_in_full(lang, labels=LABELS, paired=True, **handed):
    """What `compare` prints of two options that are told apart by 10 of 100 points."""
    told = {
        "options": ["a", "b"], "runs": {"done": 12}, "observations": 6, "planner": {}, "regret": {}, "handed_out": handed,
        "criteria": {"attainment": judged(0.1, 0.05, 0.15) | {"unit": "1"}, "cost": judged(0, 0, 0) | {"unit": "fen"}},
    }  # fmt: skip
    rights = [{"key": "fuel", "zh": "用能权", "en": "Fuel right", "base_unit": "kgce"}]
    about = {"title": {"zh": "题", "en": "Title"}, "labels": labels, "rights": rights, "baseline": "a", "paired": paired}
    return scoreboard(told, about, lang, io.StringIO())


def test_differences_of_shares_are_points_and_intervals_say_what_they_allow_for():
    text = told_in_full("en")
    assert "-10 [-15, -5] pp" in text and "none" in text  # the second option less the baseline; costs never differ
    assert "12 runs are done, 6 independent observations; every option met the same futures and the same luck." in text
    assert "95 % ones for all comparisons together (2, Bonferroni)" in text
    assert "-10 [-15, -5] 个百分点" in told_in_full("zh") and "同样的情景与随机" not in told_in_full("zh", paired=False)
    assert "the same luck" not in told_in_full("en", paired=False) and "luck of its own" in told_in_full("en", paired=False)


def test_labels_with_commas_stay_apart_in_a_list():
    assert "“Old, older”, “New” cannot be told apart" in told_in_full("en", {"a": {"en": "Old, older", "zh": "旧"}, "b": LABELS["b"]})


def test_options_that_hand_out_other_amounts_are_told_before_their_costs_are_compared():
    assert "“New”: Fuel right -2 Mtce (-2%). Costs then differ by the amount" in told_in_full("en", a={"fuel": 1e11}, b={"fuel": 0.98e11})
    assert "Costs then differ" not in told_in_full("en", a={"fuel": 1e11}, b={"fuel": 1e11 - 9e7})


def test_a_sweep_tells_the_strongest_key_first_with_units_and_labels():
    options = {name: SimpleNamespace(label=SimpleNamespace(model_dump=lambda name=name: LABELS[name])) for name in LABELS}
    scenario = SimpleNamespace(question=SimpleNamespace(options=options))
    assert cli_study._influence(CARD, scenario, "en") == [
        "Total cost · Old", "  l: mean effect over its range 200 M CNY, spread of that 1 M CNY", "  k: mean effect over its range 100 M CNY",
        "Inequality (Gini) · Old", "  k: share of variance alone 0.50 ± 0.10",
    ]  # fmt: skip
    assert cli_study._influence(CARD, scenario, "zh")[0] == "总成本 · 旧"


@pytest.mark.parametrize(
    "ask", [lambda lang: compare.until("cost", lang), lambda lang: robust.requirement("x", ["cost"], lang), lambda lang: robust.requirement("cost <= lots", ["cost"], lang),
            lambda lang: search.varied("a.b 1 2", lang), lambda lang: search.varied("a.b = x .. 2", lang), lambda lang: check("lhs", [], 3, lang), lambda lang: check("sobol", ["k"], 12, lang)],
)  # fmt: skip
def test_misuse_is_told_in_the_language_asked_for(ask):
    told = {}
    for lang in ("en", "zh"):
        with pytest.raises(InputError) as found:
            ask(lang)
        told[lang] = str(found.value)
    assert re.search("[一-鿿]", told["zh"]) and not re.search("[一-鿿]", told["en"])


@pytest.mark.parametrize(
    "words, told",
    [(["sweep", "s.yaml", "--design", "lhs"], "uncertainty:"), (["search", "s.yaml"], "--vary"), (["sweep", "s.yaml", "--design", "lhs", "--n", "0"], "--n"),
     (["compare", "s.yaml", "--until", "cost ± 2"], "cost ± 2%"), (["compact", "."], "."), (["verify", "."], "manifest.json")],
)  # fmt: skip
def test_the_command_line_refuses_before_anything_runs(words, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(STUDY, encoding="utf-8")
    assert main([*words, "--lang", "zh"]) == 2
    assert told in capsys.readouterr().err and not (tmp_path / "results").exists()
