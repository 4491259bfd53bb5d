"""What compare, sweep and search say, in both languages, and what they say to what makes no sense."""

import re
from types import SimpleNamespace

import pytest

from marketsim import cli_study
from marketsim.cli import main
from marketsim.errors import InputError
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
        "Pareto front (no other option is at least as good on every criterion): New", "Old: fails when x",
        "Total cost: every difference is known to ± 100 M CNY, as wanted (± 200 M CNY)",
    ]  # fmt: skip
    told = cli_study._sentences(CARD | {"goal": CARD["goal"] | {"reached": None}}, LABELS, "zh")
    assert "新" in told[0] and told[1] == "旧: 当 x" and "∞" in told[2] and "未达" in told[2]


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
