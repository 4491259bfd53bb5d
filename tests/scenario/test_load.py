"""Loading: what a file extends, what settings, options and rules make of it, and the canonical text of the question."""

import json
import re
from datetime import date
from fractions import Fraction

import pytest

from marketsim import policy
from marketsim.errors import ProblemsFound
from marketsim.scenario import examine, load, names, reader, show
from marketsim.scenario.explain import explain
from marketsim.scenario.jsonschema import schema
from marketsim.units import Quantity

HEAD = "marketsim: 1\ntitle: {zh: 试, en: Trial}\nextends: tianjin-base\n"


@pytest.fixture
def write(tmp_path):
    def write(body: str, name: str = "trial", head: str = HEAD):
        path = tmp_path / f"{name}.yaml"
        path.write_text(head + body, encoding="utf-8")
        return path

    return write


def codes(path, settings=()) -> list[tuple[int, str]]:
    return [(problem.line, problem.number) for problem in examine(path, settings).problems]


def test_every_shipped_scenario_is_sound_and_short():
    assert {"tianjin-2020", "tianjin-base"} <= set(names.bases())
    for name, file in names.bases().items():
        scenario = load(name)
        assert scenario.name == name and scenario.region_path.is_dir()
        if file.parent.name == "scenarios":
            assert len(file.read_text(encoding="utf-8").splitlines()) <= 40


def test_values_arrive_in_base_units(write):
    market = load(write("markets: {carbon: {cap: 6000 万吨, first_price: 25 元/吨, reserve: 6.5%}}\n")).question.markets["carbon"]
    assert market.cap == Quantity(value=Fraction(60_000_000_000), dimension="kg")
    assert market.first_price == Quantity(value=Fraction(5, 2), dimension="fen/kg")
    assert market.reserve == Fraction(65, 1000)
    assert load("tianjin-base").question.calendar.start == date(2020, 1, 1)


def test_maps_merge_lists_replace_null_deletes(write):
    plain = load("tianjin-base").question
    changed = load(write("markets:\n  carbon: {cap: 60 MtCO2, auction: null}\nreport: {judge_by: [cost]}\n")).question
    assert changed.markets["carbon"].auction is None and plain.markets["carbon"].auction is not None
    assert changed.markets["carbon"].first_price == plain.markets["carbon"].first_price
    assert changed.report.judge_by == ["cost"]
    assert changed.markets["water"] == plain.markets["water"]


def test_another_rule_replaces_the_parameters_of_the_old(write):
    same = load(write("markets: {carbon: {allocation: {rule: grandfathering, factor: 90%}}}\n", "same"))
    other = load(write("markets: {carbon: {allocation: {rule: benchmarking, percentile: 20%}}}\n", "other"))
    assert same.question.markets["carbon"].allocation.parameters == {"factor": 0.9, "base_years": "mean"}
    assert other.question.markets["carbon"].allocation.parameters == {"percentile": 20.0}


def test_rules_get_plain_values_they_accept(write):
    body = (
        "markets:\n  carbon:\n    allocation: {rule: historical-intensity, factor: 98%}\n"
        "    compliance: {rule: surrender, offset_limit: 5%, fine_cny_per_lot: 20 CNY/t, bank_limit: null}\n"
        "  water:\n    compliance: {rule: surrender, fine_cny_per_lot: 8 CNY/m3}\n"
    )
    markets = load(write(body)).question.markets
    assert markets["carbon"].allocation.rule == "historical_intensity"
    assert markets["carbon"].compliance.parameters["fine_cny_per_lot"] == 20.0
    assert markets["water"].compliance.parameters["fine_cny_per_lot"] == 8000.0  # a lot is 1,000 m3
    for market in markets.values():
        for room, choice in (("allocation", market.allocation), ("compliance", market.compliance)):
            assert policy.rules(room)[choice.rule].make(choice.parameters)


def test_composed_rules(write):
    parts = "parts: [{rule: grandfathering, factor: 98%, share: 60%}, {rule: per_head, share: 40%}]"
    choice = load(write(f"markets: {{carbon: {{allocation: {{rule: hybrid, {parts}}}}}}}\n")).question.markets["carbon"].allocation
    assert choice.parameters["parts"] == [{"rule": "grandfathering", "factor": 0.98, "share": 0.6}, {"rule": "per_head", "share": 0.4}]
    broken = parts.replace("per_head", "per_hed").replace("60%", "0.6")
    assert codes(write(f"markets: {{carbon: {{allocation: {{rule: hybrid, {broken}}}}}}}\n")) == [(4, "MS203"), (4, "MS102")]


def test_regions_become_codes(write):
    question = load(write("markets: {carbon: {regions: [滨海新区, 120105, 河北省, Heping]}}\n")).question
    assert question.markets["carbon"].regions == ["120116", "120105", "130000", "120101"]


def test_extends_a_file_beside_it(write):
    write("seed: 7\nscale: 2\n", "middle")
    top = write("scale: 3\n", "top", HEAD.replace("tianjin-base", "middle.yaml"))
    assert (load(top).question.seed, load(top).question.scale) == (7, 3)


def test_settings_lie_over_the_file_and_are_checked_like_it(write):
    path = write("seed: 7\n")
    question = load(path, ("seed=9", "markets.carbon.cap=60 MtCO2", "markets.carbon.allocation={rule: per-head}")).question
    assert question.seed == 9 and question.markets["carbon"].cap.value == 6 * 10**10
    assert question.markets["carbon"].allocation.rule == "per_head"
    with pytest.raises(ProblemsFound) as found:
        load(path, ("markets.carbn.cap=60 MtCO2", "seed", "scale=none"))
    assert codes(path, ("seed: 1\nscale=2",)) == [(1, "MS106")]
    told = [(p.file, p.line, p.column, p.number) for p in found.value.problems]
    assert told == [("--set", 1, 9, "MS301"), ("--set", 2, 1, "MS106"), ("--set", 3, 8, "MS104")]


def test_options_and_uncertainties_are_checked_by_what_they_make(write):
    good = (
        "options:\n  tight:\n    label: {zh: 紧, en: Tight}\n    set: {markets.carbon.cap: 60 MtCO2, markets.water: null}\n"
        "uncertainty:\n  activity.growth: {low: -3%, mode: 1.5%, high: 5%}\n  firms.attention: {values: [10%, 20%]}\n"
        "report: {baseline: tight}\n"
    )
    question = load(write(good)).question
    assert question.options["tight"].set["markets.carbon.cap"] == "60 MtCO2" and len(question.uncertainty) == 2
    assert codes(write(good.replace("60 MtCO2", "60 Mtce"))) == [(7, "MS202")]
    assert codes(write(good.replace("[10%, 20%]", "[10%, 200%]"))) == [(10, "MS204")]
    assert codes(write(good.replace("low: -3%", "low: 6 t"))) == [(9, "MS202")]
    assert codes(write(good.replace("low: -3%", "low: 3%"))) == [(9, "MS209")]
    assert codes(write("uncertainty: {activity.growth: {mean: 1%, sd: 2 t}}\n")) == [(4, "MS202")]
    assert codes(write("uncertainty: {activity.growth: {mean: 1%, sd: -2%}}\n")) == [(4, "MS204")]


def test_a_chain_of_files_has_an_end(write):
    for number in range(12):
        write("", f"link{number}", HEAD.replace("tianjin-base", f"link{number + 1}.yaml"))
    assert [problem.number for problem in examine(write("", "link12").parent / "link0.yaml").problems] == ["MS112"]
    assert examine(write("", "link12").parent / "link5.yaml").scenario


def test_canonical_text_knows_values_not_spelling(write):
    one = load(write("markets: {carbon: {cap: 60 MtCO2}}\nseed: 4\n", "one"))
    two = load(write("# a remark\nseed: 3\nmarkets:\n  carbon:\n    cap: 6000 万吨\n", "two"))
    other = load(write("markets: {carbon: {cap: 61 MtCO2}}\nseed: 3\n", "other"))
    assert one.canonical == two.canonical != other.canonical
    data = json.loads(one.canonical)
    assert data["markets"]["carbon"]["cap"] == 60_000_000_000 and data["markets"]["carbon"]["first_price"] == 2.5
    assert one.canonical == json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_show_says_where_each_value_was_set(write):
    scenario = load(write("seed: 7\n"), ("scale=2",))
    rows = {row.key: row for row in show.rows(scenario)}
    assert rows["seed"].text == "7" and rows["seed"].place.endswith("trial.yaml:4")
    assert rows["scale"].place == "--set:1"
    assert rows["markets.carbon.cap"].place.startswith("tianjin-base.yaml:")
    assert rows["working_capital"].place == "" and rows["markets.water.call_share"].text
    assert "extends" not in rows
    assert show.difference(load("tianjin-base", ("seed=7",)), load("tianjin-base", ("seed=8",))) == []
    assert show.difference(load("tianjin-base"), load("tianjin-base", ("markets.carbon.cap=75000 kt",))) == []
    assert show.difference(load("tianjin-base"), load("tianjin-base", ("scale=2",))) == ["scale: 1 → 2"]


def test_explain_knows_keys_rules_rooms_and_codes():
    assert any("75.0 MtCO2" in line for line in explain("markets.carbon.cap"))
    assert explain("cap")[0] == "markets.*.cap" and "总量" in explain("cap", "zh")[1]
    assert any("factor = 0.98" in line for line in explain("grandfathering"))
    assert any("price_band" in line for line in explain("stability"))
    assert any("MS201" in line for line in explain("MS201"))


def test_every_key_and_rule_can_be_explained_in_both_languages():
    from marketsim.scenario import shape

    for lang in ("en", "zh"):
        for path in shape.keys():
            assert explain(path, lang)
        for room in policy.ROOMS:
            for rule in policy.rules(room):
                assert explain(rule, lang)


def test_json_schema_comes_from_the_same_classes():
    made = schema()
    market = made["$defs"]["Market"]["properties"]
    assert made["required"] == ["marketsim"] and made["additionalProperties"] is False
    assert set(made["properties"]) >= {"markets", "options", "uncertainty", "runs", "report"}
    (allocation, nothing) = market["allocation"]["anyOf"]
    assert nothing == {"type": "null"} and allocation["additionalProperties"] is False
    assert {"grandfathering", "historical-intensity"} <= set(allocation["properties"]["rule"]["enum"])
    assert {"factor", "percentile"} <= set(allocation["properties"])
    assert schema("zh")["$defs"]["Market"]["properties"]["cap"]["description"].startswith("权益总量")
    pattern = re.compile(market["cap"]["anyOf"][0]["pattern"])
    assert pattern.match("60 MtCO2") and pattern.match("8200 万tce") and not pattern.match("60") and not pattern.match("60%")
    assert re.match(market["reserve"]["anyOf"][0]["pattern"], "6.5%") and not re.match(market["reserve"]["anyOf"][0]["pattern"], "0.065")
    dotted = re.compile(made["$defs"]["Option"]["properties"]["set"]["propertyNames"]["pattern"])
    assert dotted.match("markets.carbon.cap") and dotted.match("markets.carbon.allocation.factor")
    assert not dotted.match("markets.carbon.capp")


def test_scalars_are_yaml_1_2():
    tree, problems = reader.read_text(
        "peak: 12:30\nisland: no\ncode: 0120\nbig: 1e5\nyes: true\nhex: 0x1F\nnone: ~\nquoted: '7'\nempty:\n", "t"
    )
    assert not problems
    plain = tree.plain()
    assert plain["peak"] == "12:30" and plain["island"] == "no" and plain["code"] == "0120" and plain["hex"] == "0x1F"
    assert plain["yes"] is True and plain["none"] is None and plain["quoted"] == "7" and plain["empty"] is None
    assert plain["big"] == 100_000


def test_a_file_of_more_than_a_megabyte_is_refused(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text("# " + "x" * 78 + "\n" + ("# " + "x" * 78 + "\n") * 13_000, encoding="utf-8")
    assert codes(path) == [(0, "MS014")]
    assert codes(tmp_path) == [(0, "MS018")] and codes(tmp_path / "none.yaml") == [(0, "MS017")]
    assert codes("a\0b.yaml") == [(0, "MS018")] and codes("/dev/null") == [(0, "MS018")]
