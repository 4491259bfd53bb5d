"""The report: one safe file in two languages whose figures are those of the run."""

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from marketsim.domain.accounts import KIND_NAMES
from marketsim.messages import catalogue
from marketsim.policy.assessment.performance import GRADES_EN, GRADES_ZH
from marketsim.report import build
from marketsim.report.figures import show
from marketsim.report.sections import BY_RIGHT, POWER
from marketsim.report.svg import ticks
from marketsim.report.terminal import scorecard
from marketsim.report.verdict import verdict
from marketsim.report.words import tell
from marketsim.simulation.metrics import METRICS, declared

HAN = re.compile(r"[\u4e00-\u9fff]")
HOSTILE = ["<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "javascript:alert(1)", "&lt;b&gt;", "\u202egnp.exe", "]]>-->", "'\" onmouseover=x", "{{7*7}}"]


class Parsed(HTMLParser):
    """Tags with their attributes, and the text under each language, outside scripts, styles and the title."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.text, self.data, self._open = [], {"zh": [], "en": [], None: []}, [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self._open.append((tag, dict(attrs).get("lang") if tag != "html" else None))
        if tag == "data":
            self.data.append(dict(attrs)["value"])

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        inside = [tag for tag, _ in self._open]
        if not {"script", "style", "title"} & set(inside):
            self.text[next((lang for _, lang in reversed(self._open) if lang), None)].append(data)


def test_one_file_without_outside_requests(page):
    text = build(page)
    tags = Parsed(text).tags
    assert not [value for _, attrs in tags for key, value in attrs.items() if key in ("src", "href", "action", "srcset", "style") or key.startswith("on")]
    assert not {"link", "img", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in tags}
    assert "://" not in text and "@import" not in text and "url(" not in text
    assert len(text.encode()) < 1_500_000


def test_the_policy_admits_exactly_the_style_and_script_of_the_page(page):
    text = build(page)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
    assert policy.startswith("default-src 'none'")
    for kind, tag in (("style", "style"), ("script", "script")):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL).group(1)
        wanted = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{wanted}'" in policy


def test_every_figure_on_the_page_is_a_figure_of_the_run(page):
    known = {repr(value) for metrics in page["figures"].values() for value, _ in metrics.values()} | {"0"}  # 0: sums
    shown = Parsed(build(page)).data
    assert len(shown) > 100 and set(shown) <= known
    block = re.search(r'<script type="application/json" id="page">(.*?)</script>', build(page), re.DOTALL).group(1)
    assert json.loads(block) == page


def test_each_language_has_its_own_words(page):
    parsed = Parsed(build(page))
    assert not [text for text in parsed.text["en"] if HAN.search(text) and text != "中文"]
    latin = re.compile(r"[A-Za-z]{3,}")
    assert not [text for text in parsed.text["zh"] if latin.search(text) and text not in ("English",)]
    assert len(parsed.text["zh"]) == len(parsed.text["en"]) > 300
    assert not [text for text in parsed.text[None] if HAN.search(text)]


def test_the_report_asks_for_declared_metrics_only(page):
    shown = {f"R.{name}" for name in BY_RIGHT} | {f"power.{name}" for name in POWER}
    assert shown <= set(METRICS)
    rights = tuple(right["key"] for right in page["about"]["rights"])
    names = {metric for metrics in page["figures"].values() for metric in metrics}
    assert not [name for name in names if declared(name, rights) is None]  # the example is shaped like a run


def test_every_sentence_of_the_report_is_in_the_catalogues_and_used():
    written = {key.removeprefix("report.") for key in catalogue("en") if key.startswith("report.")}
    source = "\n".join(path.read_text(encoding="utf-8") for path in Path(build.__code__.co_filename).parent.glob("*.py"))
    made = re.compile(r"(account|asset|power|grade|light)\.\w+|(less|more)_of_gain")  # put together from a name and what follows
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
    parsed = Parsed(build(page))  # also asserts that every element is closed in order
    assert {tag for tag, _ in parsed.tags} <= EXPECTED
    assert not [key for _, attrs in parsed.tags for key in attrs if key.startswith("on")]
    assert sum(tag == "script" for tag, _ in parsed.tags) == 2
    assert any(text in "".join(parts) for parts in (parsed.text["zh"], parsed.text["en"]))


EXPECTED = set(
    "html head meta title style body header button span p h1 main section h2 h3 div b data table thead tbody tr th td br "
    "small figure figcaption svg text rect line polyline g i details summary ul li pre code script".split()
)


def test_a_run_with_little_to_say_still_has_a_report(page):
    page["figures"], page["series"], page["sources"] = {}, {}, []
    page["about"]["rights"] = []
    text = build(page, "en")
    assert "one run with one seed" in text and "NaN" not in text and "None" not in text


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
    assert "8 of 16 districts" in sentences[1][1] and "津南" in sentences[1][0] and "和平" not in sentences[1][0]


def test_the_report_never_says_what_it_cannot_know(page):
    parsed = Parsed(build(page))
    text = " ".join(parsed.text["zh"] + parsed.text["en"]).lower()
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


@pytest.mark.parametrize(("low", "high"), [(0, 30), (0, 0.97), (0, 0), (5, 5), (-3, 4e9), (0, 1e-7), (19, 25.3)])
def test_ticks_cover_and_are_few(low, high):
    marks = ticks(low, high)
    assert marks[0] <= low and marks[-1] >= high and 1 < len(marks) <= 8 and marks == sorted(set(marks))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_terminal_gets_plain_text_that_fits(page, lang):
    text = scorecard(page, lang, io.StringIO())
    assert "\x1b" not in text and verdict(page)[0][0 if lang == "zh" else 1] in text
    assert not (lang == "en" and HAN.search(text))
    page["about"]["title"] = {"zh": "[red]x[/red]", "en": "[red]x[/red]"}
    assert "[red]x[/red]" in scorecard(page, lang, io.StringIO())


BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(not BROWSER, reason="needs chromium")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_browser_opens_it_in_the_language_of_the_address(page, lang, tmp_path):
    (tmp_path / "report.html").write_text(build(page, "zh"), encoding="utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
               "--enable-logging=stderr", "--dump-dom", f"file://{tmp_path}/report.html#{lang}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert f'<html lang="{lang}">' in done.stdout
    assert "Content Security Policy" not in done.stderr and "Uncaught" not in done.stderr
