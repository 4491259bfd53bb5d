"""The report: one safe file in two languages whose figures are those of the run."""

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pandas
import pytest

from marketsim.domain.accounts import KIND_NAMES
from marketsim.messages import catalogue
from marketsim.policy.assessment.performance import GRADES_EN, GRADES_ZH
from marketsim.report import build, comparison, study_page
from marketsim.report.blocks import scale
from marketsim.report.document import document
from marketsim.report.figures import show
from marketsim.report.sections import BY_RIGHT, POWER
from marketsim.report.terminal import scorecard
from marketsim.report.verdict import verdict
from marketsim.report.words import tell
from marketsim.simulation.metrics import METRICS, declared

HAN = re.compile(r"[\u4e00-\u9fff]")
HOSTILE = ["<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "javascript:alert(1)", "&lt;b&gt;", "\u202egnp.exe", "]]>-->", "'\" onmouseover=x", "{{7*7}}", "<!--<script>"]
VENDOR = Path(build.__code__.co_filename).parent / "vendor"


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, text: str):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def inside(made: object) -> Iterator[object]:
    """Every mapping and list within a document, itself included; the names of columns in CSV files aside."""
    yield made
    for child in (value for key, value in made.items() if key != "columns") if isinstance(made, dict) else made if isinstance(made, (list, tuple)) else ():
        if isinstance(child, (dict, list, tuple)):
            yield from inside(child)


def pairs(made: object) -> list[tuple[str, str]]:
    """Every text in two languages that a document shows."""
    return [tuple(one) for one in inside(made) if isinstance(one, (list, tuple)) and len(one) == 2 and all(isinstance(text, str) for text in one)]


def test_one_file_without_outside_requests(page):
    text = build(page)
    tags = Tags(text).tags
    assert not [value for _, attrs in tags for key, value in attrs.items() if key in ("src", "href", "action", "srcset", "style") or key.startswith("on")]
    assert {tag for tag, _ in tags} <= set("html head meta title style body header main noscript p script".split())
    outside = set(re.findall(r"https?://[^\"'` ]*", text))
    assert outside <= {f"http://www.w3.org/{name}" for name in ("1999/xlink", "2000/svg", "2000/xmlns/", "XML/1998/namespace")}, outside
    assert len(text.encode()) < 1_500_000


def test_the_policy_admits_exactly_the_style_and_the_scripts_of_the_page(page):
    text = build(page)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
    assert policy.startswith("default-src 'none'")
    for tag in ("style", "script"):
        bodies = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        wanted = {"'sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() + "'" for body in bodies}
        given = re.search(rf"{tag}-src ([^;]*)", policy).group(1).split()
        assert set(given) == wanted and len(given) == len(bodies)


def test_the_charts_are_the_ones_that_were_built():
    wanted = (VENDOR / "SHA256").read_text().split()[0]
    assert hashlib.sha256((VENDOR / "echarts.js").read_bytes()).hexdigest() == wanted
    assert (VENDOR / "echarts.js").stat().st_size < 900_000
    assert "Apache" in (VENDOR / "LICENSE").read_text() and "ECharts" in (VENDOR / "NOTICE").read_text()


def test_every_figure_on_the_page_is_a_figure_of_the_run(page):
    known = {repr(value) for metrics in page["figures"].values() for value, _ in metrics.values()} | {"0", "8"}  # sums; districts that met
    shown = [one["value"] for one in inside(document(page)["sections"]) if isinstance(one, dict) and isinstance(one.get("value"), str)]
    assert len(shown) > 100 and set(shown) <= known
    block = re.search(r'<script type="application/json" id="page">(.*?)</script>', build(page), re.DOTALL).group(1)
    assert json.loads(block) == json.loads(json.dumps(document(page)))


def test_a_waterfall_adds_up_to_what_the_city_pays(page):
    for n in range(16):
        page["figures"][str(120101 + n)]["cost.market"] = [10**9 * n, "fen"]
    block = next(one for one in inside(document(page)) if isinstance(one, dict) and one.get("shape") == "waterfall")
    assert sum(row[1] for row in block["rows"]) == page["figures"]["120000"]["cost.market"][0]


def test_flows_go_from_sellers_to_buyers(page):
    page["figures"]["120101"]["air.net_bought"], page["figures"]["120102"]["air.net_bought"] = [-5000, "kg"], [4000, "kg"]
    block = next(one for one in inside(document(page)) if isinstance(one, dict) and one.get("shape") == "flows")
    assert [(row[0][1], row[1][1], row[2]) for row in block["rows"]] == [("Heping", "Market: Carbon", 5000), ("Market: Carbon", "Hedong", 4000)]


def test_each_language_has_its_own_words(page):
    told = pairs(document(page))
    assert len(told) > 300
    assert not [en for _, en in told if HAN.search(en) and en != "中文"]
    latin = re.compile(r"[A-Za-z]{3,}")
    allowed = re.compile(r"English|marketsim|study\.yaml|tce|kWh|CNY|sha256:\w+|0\.1\.0\+abc|\w+\.csv|Census 2020|Shares by judgement|Journal articles")
    assert not [zh for zh, _ in told if latin.search(allowed.sub("", zh))]


def test_the_report_asks_for_declared_metrics_only(page):
    shown = {f"R.{name}" for name in BY_RIGHT} | {f"power.{name}" for name in POWER}
    assert shown <= set(METRICS)
    rights = tuple(right["key"] for right in page["about"]["rights"])
    names = {metric for metrics in page["figures"].values() for metric in metrics}
    assert not [name for name in names if declared(name, rights) is None]  # the example is shaped like a run


def test_every_sentence_of_the_report_is_in_the_catalogues_and_used():
    written = {key.removeprefix("report.") for key in catalogue("en") if key.startswith("report.")}
    source = "\n".join(path.read_text(encoding="utf-8") for path in Path(build.__code__.co_filename).parent.glob("*.py"))
    made = re.compile(r"(account|asset|power|grade|light|mark|better)\.\w+|(less|more)_of_gain")  # put together from a name and what follows
    assert not [key for key in written if not made.fullmatch(key) and not re.search(rf"""["']{re.escape(key)}["']""", source)]
    told = {f"account.{kind}" for kind in KIND_NAMES} | {f"power.{key}" for key in POWER} | set(BY_RIGHT)
    told |= {f"grade.{n}" for n in range(4)} | {f"light.{n}" for n in range(3)}
    assert told <= written
    assert [tell(f"grade.{n}") for n in range(4)] == list(zip(GRADES_ZH, GRADES_EN, strict=True))  # the rules' own names


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_becomes_markup(page, text):
    page["about"]["title"] = {"zh": text, "en": text}
    page["about"]["not_modelled"] = page["about"]["notices"] = [{"zh": text, "en": text}]
    page["run"]["command"] = page["run"]["code"] = page["run"]["digest"] = text
    for named in page["about"]["regions"] + page["about"]["rights"]:
        named.update(zh=text, en=text)
    for source in page["sources"]:
        source.update(file=text, source=text)
    made = build(page)
    plain = build({**page, "about": {**page["about"], "title": {"zh": "x", "en": "x"}}})
    assert [tag for tag, _ in Tags(made).tags] == [tag for tag, _ in Tags(plain).tags]
    assert len(re.findall(r"<script[ >]", made)) == len(re.findall(r"<script[ >]", plain))
    block = re.search(r'id="page">(.*?)</script>', made, re.DOTALL).group(1)
    assert not set("<>&") & set(block) and json.loads(block)["title"] == [text, text]


def test_a_run_with_little_to_say_still_has_a_report(page):
    page["figures"], page["series"], page["sources"] = {}, {}, []
    page["about"]["rights"] = []
    text = build(page, "en")
    made = json.dumps(document(page))
    assert "one run with one seed" in text and "NaN" not in made and "None" not in made


def test_the_verdict_follows_the_figures(page):
    city = page["figures"]["120000"]
    assert [en for _, en in verdict(page)][0] == (
        "Under these assumptions compliance in this market cost 1.21 bn CNY, 612 M CNY less than without trade; "
        "a perfect market would save 734 M CNY, of which it realised 83%."
    )
    city["cost.market"] = [200_000_000_000, "fen"]
    city["cost.share_of_gain"] = [-0.2405, "1"]
    city["fuel.shortfall"] = [0, "kgce"]
    sentences = verdict(page)
    assert "177 M CNY more than without trade" in sentences[0][1] and "比不交易高1.77 亿元" in sentences[0][0]
    assert tell("covered") in sentences
    assert not any("kept for the next year" in en for _, en in sentences)
    city["cost.banked"] = [1_090_000_000, "fen"]
    assert "the 10.9 M CNY that rights kept for the next year are worth" in verdict(page)[1][1]
    assert "8 of 16 districts" in sentences[1][1] and "津南" in sentences[1][0] and "和平" not in sentences[1][0]


def test_the_report_never_says_what_it_cannot_know(page):
    text = " ".join(f"{zh} {en}" for zh, en in pairs(document(page)["sections"])).lower()
    for word in ("forecast", "predict", "optimal", "optimum", "validated", "best", "legal", "预测", "最优", "最佳", "已验证", "合法"):
        assert word not in text, word
    assert "无法区分" in text and "cannot be told apart" in text and "10% of the inputs are official" in text


@pytest.mark.parametrize(("value", "unit", "zh", "en"), [
    (1_240_000_000_000, "fen", "124 亿元", "12.4 bn CNY"),
    (60_000_000_000, "kg", "6000 万吨", "60 Mt"),
    (23.456, "CNY/t", "23.46 元/吨", "23.46 CNY/t"),
    (0.8338, "1", "83.38%", "83.38%"),
    (-3.2, "percent", "-3.2%", "-3.2%"),
    (151, "days", "151 天", "151 days"),
    (5, "bushel", "5 bushel", "5 bushel"),
])  # fmt: skip
def test_figures_in_words(value, unit, zh, en):
    assert show(value, unit) == (zh, en)


@pytest.mark.parametrize(("most", "unit", "zh", "en"), [(2e12, "fen", (1e-10, "亿元"), (1e-11, "bn CNY")), (0.4, "1", (100, "%"), (100, "%")), (0, "CNY/t", (1, "元/吨"), (1, "CNY/t"))])
def test_an_axis_counts_in_the_reader_s_units(most, unit, zh, en):
    found = [(one["by"], one["unit"]) for one in scale(most, unit)]
    assert [by for by, _ in found] == pytest.approx([zh[0], en[0]]) and [name for _, name in found] == [zh[1], en[1]]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_terminal_gets_plain_text_that_fits(page, lang):
    text = scorecard(page, lang, io.StringIO())
    assert "\x1b" not in text and verdict(page)[0][0 if lang == "zh" else 1] in text
    assert not (lang == "en" and HAN.search(text))
    page["about"]["title"] = {"zh": "[red]x[/red]", "en": "[red]x[/red]"}
    assert "[red]x[/red]" in scorecard(page, lang, io.StringIO())


def test_who_sold_to_whom_is_added_up_from_the_journal(page):
    import pandas

    from marketsim.report.sections import flows
    from marketsim.study.page import traded

    rows = [("deliver", "air/2020", "120101-steel-1", "120102-paper-2", 5), ("deliver", "air/2021", "120101-steel-3", "120102-steel-1", 7),
            ("deliver", "air/2020", "120102-paper-2", "government/air", 2), ("pay", "money", "120102-paper-2", "120101-steel-1", 99)]  # fmt: skip
    found = traded(pandas.DataFrame(rows, columns=["move", "asset", "source", "target", "amount"]))
    assert found == {"air": {"districts": [["120101", "120102", 12], ["120102", "", 2]], "sectors": [["paper", "", 2], ["steel", "paper", 5], ["steel", "steel", 7]]}}
    for right in page["about"]["rights"]:
        right["base_unit"] = "kg"
    blocks = flows(page | {"trades": found})
    assert [block["name"] for block in blocks[1:]] == ["districts-air", "sectors-air"]
    assert blocks[1]["rows"][0] == [("和平", "Heping"), ("河东", "Hedong"), 12] and blocks[1]["how"]["sides"][0] == ["s120101", "b120102"]
    assert blocks[1]["rows"][1][1] == ("其他", "Others") and blocks[2]["rows"][2][:2] == [("steel", "steel")] * 2
    assert flows(page) == []


def test_net_flows_keep_two_districts_of_one_name_apart(page):
    from marketsim.report.sections import net_flows

    for n, amount in ((1, -5), (2, 4), (3, 1)):
        page["figures"][f"12010{n}"]["air.net_bought"] = [amount, "kg"]
    page["about"]["regions"][1].update(zh="和平", en="Heping")
    (block,) = net_flows(page)[1:]
    assert block["how"]["sides"] == [["s120101", "market"], ["market", "b120102"], ["market", "b120103"]] and len({row[1] for row in block["rows"]}) == 3


def test_a_difference_of_nothing_holds_no_sign():
    from marketsim.report.robust import held

    assert held([2.0, -1.0, 0.0, None], 5.0) == [True, False, False, None] and held([2.0, -1.0], -1) == [False, True]


def test_districts_that_pay_more_are_named_only_where_nearly_all_observations_say_so():
    rows = [(option, f"f{n}", 7, region, "cost.market", 1e9 + pay * (1 if n or region == "north" else -1))
            for n in range(5) for region in ("north", "south") for option, pay in (("old", 0), ("new", 2e8))]  # fmt: skip
    borne = study_page._borne(pandas.DataFrame(rows, columns=["option", "future", "seed", "region", "metric", "value"]), "old")
    assert borne == {"new": {"north": [2e8, 5, 5], "south": [1.2e8, 4, 5]}}
    regions = [{"key": key, "zh": key, "en": key.title(), "role": "district"} for key in ("north", "south")]
    options = [{"key": key, "zh": key, "en": key.title()} for key in ("old", "new")]
    told = comparison._payers({"about": {"regions": regions}, "options": options, "baseline": "old", "borne": borne})
    assert "under “Old” in at least 95 % of the observations: “New”: North +2 M CNY." in told[0][1] and "South" not in told[0][1]
    assert not comparison._payers({"about": {"regions": regions}, "options": options, "baseline": "old", "borne": {"new": {"north": [2e8, 4, 4]}}})
