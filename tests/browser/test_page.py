"""The report in a browser: no network, quick, in both languages, on paper, with the figures of the files, and deaf to hostile names."""

import csv
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pandas
import pytest

from marketsim.report import study_page
from marketsim.report.document import document
from marketsim.report.html import build, freeze

HAN, LATIN = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]{3,}")
NAMES = re.compile(r"marketsim|English|[\w./-]+\.(csv|yaml|json)|CSV|CNY|MWh|kWh|tce|sha256:[0-9a-f]*|compare|0\.\d+\.\d+\+\w+")
HOSTILE = json.loads((Path(__file__).parents[1] / "data" / "hostile.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def page(study):
    return study_page.assemble(study)


@pytest.fixture
def opened(chromium, tmp_path):
    """A function that opens HTML from a file with the network off; what it asked for and complained about are kept."""
    context = chromium.new_context(viewport={"width": 1060, "height": 900}, offline=True, accept_downloads=True)
    tab = context.new_page()
    tab.asked, tab.said = [], []
    tab.on("request", lambda request: tab.asked.append(request.url))
    tab.on("console", lambda message: tab.said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: tab.said.append(str(error)))
    tab.on("dialog", lambda dialog: (tab.said.append("dialog"), dialog.dismiss()))

    def show(html: str, lang: str = "en"):
        (tmp_path / "report.html").write_text(html, encoding="utf-8")
        tab.goto("about:blank")
        tab.asked.clear()
        tab.goto(f"file://{tmp_path}/report.html#lang={lang}")
        tab.wait_for_selector("#verdict")
        return tab

    yield show
    context.close()


def every_panel(tab) -> str:
    """The text of the page with each tab opened once and every chart drawn."""
    texts = [tab.inner_text("body")]
    for n in range(tab.locator('[role="tab"]').count()):
        button = tab.locator('[role="tab"]').nth(n)
        if button.count():
            button.click()
            texts.append(tab.inner_text("main"))
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    return "\n".join([*texts, " ".join(tab.locator("svg text").all_text_contents())])


def test_it_opens_from_a_file_without_network(opened, page):
    html = build(page)
    assert len(html.encode()) <= 1_500_000
    tab = opened(html)
    every_panel(tab)
    assert [url.split(":")[0] for url in tab.asked] == ["file"] and not tab.said


def test_it_is_painted_within_a_second(opened, page):
    html = build(page)
    times = []
    for _ in range(3):
        tab = opened(html)
        tab.wait_for_timeout(300)
        times.append(tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    assert min(times) <= 1000, times


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_string_is_left_in_the_other_language(opened, page, lang):
    tab = opened(build(page), lang)
    assert tab.get_attribute("html", "lang") == lang
    text = every_panel(tab)
    text = text.replace(tab.inner_text("#switch"), "")
    text = text.split("Reproduce this result")[0].split("复现此结果")[0] if lang == "en" else text
    if lang == "en":
        assert not [line for line in text.splitlines() if HAN.search(line)]
    else:
        sources = {source[key] for source in page["sources"] for key in ("file", "source")}
        lines = [line for line in text.splitlines() if not any(line.strip() in name or name in line for name in sources)]
        assert not [line for line in lines if LATIN.search(NAMES.sub("", line))]


def test_the_switch_changes_the_language_and_the_address_keeps_it(opened, page):
    tab = opened(build(page), "en")
    tab.click("#switch")
    assert tab.inner_text("h1") == "三个方案" and "lang=zh" in tab.url
    tab.reload()
    tab.wait_for_selector("#verdict")
    assert tab.inner_text("h1") == "三个方案"


def test_it_prints_on_a4(opened, page):
    tab = opened(build(page))
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 688, "height": 1000})
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    wide = tab.evaluate("[...document.querySelectorAll('section, svg, table')].filter(e => e.getBoundingClientRect().right > 690).map(e => e.tagName + e.className + ' ' + e.closest('section').id)")
    assert not wide
    drawn = tab.evaluate("() => { dispatchEvent(new Event('beforeprint')); return [...document.querySelectorAll('.chart svg')].map(svg => svg.getAttribute('width')); }")
    assert set(drawn) == {"640"}, "paper does not wait for the next frame"
    assert len(tab.pdf(prefer_css_page_size=True)) > 30_000


def test_every_district_is_printed_on_a_sheet_of_its_own(opened, page):
    tab = opened(build(page))
    names = tab.locator("#district_pages [role='tab']").all_text_contents()
    tab.locator("#district_pages [role='tab']").nth(2).click()
    before = tab.inner_text("#district_pages")
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(names) > 10 and tab.locator("#district_pages .sheet h3").all_text_contents() == names
    assert not tab.locator("[role='tablist']:visible").count() and not tab.evaluate("[...document.querySelectorAll('.chart')].filter(place => !place.firstChild).length")
    paper = tab.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", paper)) >= len(names) + 3
    tab.emulate_media(media="screen")
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.inner_text("#district_pages") == before and tab.locator("#district_pages [role='tab'][aria-selected='true']").text_content() == names[2]


def test_the_figures_of_the_page_are_those_of_the_summary(opened, page, study):
    tab = opened(build(page))
    summary = pandas.read_csv(study / "summary.csv", dtype={"region": str})
    medians = summary.groupby(["option", "region", "metric"])["value"].median()
    table = tab.locator('#benchmark table')
    for n, option in enumerate(("plain", "twin", "dear")):
        shown = [float(value) for value in table.locator(f"tbody tr td:nth-child({n + 2}) data").evaluate_all("all => all.map(one => one.getAttribute('value'))")]
        assert shown == [medians[option, "120000", f"cost.{name}"] for name in ("no_trade", "market", "least", "share_of_gain")]
    rows = tab.locator("#scorecard .score tbody tr").filter(has_text="Total cost")
    shown = [float(value) for value in rows.locator("data").evaluate_all("all => all.map(one => one.getAttribute('value'))")]
    assert shown == pytest.approx([medians[option, "120000", "cost.market"] for option in ("plain", "twin", "dear")])
    net = tab.evaluate("JSON.parse(document.getElementById('page').textContent).sections.find(s => s.key === 'payers').blocks[1].tabs[1].blocks[0].rows.reduce((sum, row) => sum + row[1], 0)")
    means = summary[summary["metric"].eq("cost.market") & summary["region"].eq("120000")].groupby("option")["value"].mean()
    assert net == pytest.approx(means["dear"] - means["plain"])


@pytest.mark.parametrize("how", ["phone", "many"])
def test_no_option_of_the_scorecard_stands_beyond_the_edge(opened, page, how):
    tab = opened(build(page))
    if how == "phone":
        tab.set_viewport_size({"width": 390, "height": 844})
    else:  # six options where three are
        tab.evaluate("""() => { const kept = document.getElementById("page"), all = JSON.parse(kept.textContent), found = all.sections.find((one) => one.key === "scorecard").blocks[0];
            found.options.push(...found.options); for (const row of found.rows) row.cells.push(...row.cells); kept.textContent = JSON.stringify(all); }""")
    tab.evaluate("() => { marketsim.render(JSON.parse(document.getElementById('page').textContent)); }")
    right = tab.evaluate("document.querySelector('#scorecard').getBoundingClientRect().right")
    beyond = tab.evaluate("right => [...document.querySelectorAll('#scorecard .score *')].filter(one => one.getBoundingClientRect().right > right).map(one => one.outerHTML.slice(0, 120))", right)
    assert not beyond
    assert tab.locator("#scorecard .score .who").count() == (3 if how == "phone" else 6) * tab.locator("#scorecard .score tbody tr").count()


def test_identical_options_are_a_tie_and_the_dearer_is_told_apart(opened, page):
    tab = opened(build(page))
    row = tab.locator("#scorecard .score tbody tr").filter(has_text="Total cost").locator("td")
    assert ["tie" in cell for cell in row.all_inner_texts()] == [True, True, False]
    assert "the sign holds in 8 of 8 observations" in tab.inner_text("#verdict")
    assert "“As today” costs" in tab.inner_text("#verdict") and "less than “Dearer”" in tab.inner_text("#verdict")
    assert "“The same” costs" in tab.inner_text("#verdict") and "less than “As today”" not in tab.inner_text("#verdict")


def test_without_colour_it_still_tells(opened, page):
    tab = opened(build(page))
    texts = tab.locator(".maps svg").first.locator(".small").all_text_contents()
    assert any("▼" in text for text in texts) and all(text == "" or text[0] in "▼●▲" for text in texts)
    assert tab.locator("[role=img]:not([aria-label])").count() == 0 and tab.locator("button:not([aria-label])").evaluate_all("all => all.every(one => one.textContent)")


def test_the_keyboard_walks_the_tabs(opened, page):
    tab = opened(build(page))
    tab.locator('#district_pages [role="tab"]').first.focus()
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
    assert tab.evaluate("document.activeElement.textContent") == tab.locator('#district_pages [role="tab"]').nth(1).inner_text()


def test_every_chart_and_table_gives_its_data_as_csv(opened, page):
    tab = opened(build(page))
    with tab.expect_download() as download:
        tab.locator("#markets .csv").first.click()
    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith("date,") and len(text.splitlines()) == 41
    assert tab.locator("figure:has(.chart)").count() == tab.locator("figure:has(.chart) .csv").count() > 3


def test_hostile_names_are_shown_and_never_run(opened, page):
    made = json.loads(json.dumps(document(page)))
    count = 0

    def spoil(node):
        nonlocal count
        if isinstance(node, list) and len(node) == 2 and all(isinstance(one, str) for one in node):
            count += 1
            return [HOSTILE[count % 30], HOSTILE[(count + 7) % 30]]
        if isinstance(node, list):
            return [spoil(one) for one in node]
        return {key: value if key in ("columns", "words", "scale") else spoil(value) for key, value in node.items()} if isinstance(node, dict) else node

    spoilt = spoil(made)
    spoilt["period"] = spoilt["sections"][-1]["blocks"][0]["text"] = HOSTILE[1]
    assert count > 500
    tab = opened(freeze(spoilt))
    text = every_panel(tab)
    tab.locator(".chart").first.hover(force=True)
    assert tab.evaluate("window.hit") is None and not tab.said
    assert [url.split(":")[0] for url in tab.asked] == ["file"]
    assert tab.locator("main script, main img, main iframe, main a, main style, main object").count() == 0
    assert "<script>window.hit=1</script>" in text and "<img src=x onerror=window.hit=1>" in text
    csv = tab.evaluate("marketsim.csv({ head: ['x'], rows: [['=1+1', '@x', '-5', -5]], name: 'x' })")
    assert csv == "x\n'=1+1,'@x,-5,-5\n"


class Tags(HTMLParser):
    """The elements of a page, without what their attributes say."""

    def __init__(self, html: str):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs)))


def renamed(page: dict, n: int) -> dict:
    """A page with a hostile string in every field that holds a name, another one in each field, each moved on by `n`."""
    made, count = json.loads(json.dumps(page)), n

    def bad() -> str:
        nonlocal count
        count += 1
        return HOSTILE[count % 30]

    def name(record: dict) -> None:
        record.update(zh=bad(), en=bad())

    about = made["about"]
    for record in [about["title"], *about["regions"], *about["rights"], *about["notices"], *about["not_modelled"], *made["options"]]:
        name(record)
    for view in made["views"].values():
        view["about"], view["sources"] = about, made["sources"]
    for source in made["sources"]:
        source.update(file=bad(), source=bad())
    for key in ("name", "command", "code", "digest", "seed", "hash"):
        made["study"][key] = bad()
    about["period"] = [bad(), bad()]
    return made


def test_each_hostile_string_in_every_name_of_a_report(opened, page):
    clean = Tags(build(page)).found
    documents = []
    for n in range(30):
        made = renamed(page, n)
        assert Tags(build(made)).found == clean
        documents.append(document(made))
    assert {made["title"][0] for made in documents} == set(HOSTILE)
    tab = opened(freeze(documents[0]))
    text = every_panel(tab)
    draw = "([made, n]) => { marketsim.render(made); if (n % 5 === 0) dispatchEvent(new Event('beforeprint')); return document.body.innerText + document.querySelector('#main').textContent; }"
    text += "".join(tab.evaluate(draw, [made, n]) for n, made in enumerate(documents))
    assert all(one.split("\0")[0] in text for one in HOSTILE)
    assert tab.evaluate("window.hit") is None and not tab.said
    assert [url.split(":")[0] for url in tab.asked] == ["file"]
    assert tab.locator("main script, main img, main iframe, main a, main style, main object, main form, main video, main math, main link, main meta, main base").count() == 0


def test_hostile_names_in_the_files_of_a_city_reach_the_page_as_text(opened, tmp_path):
    from marketsim.scenario import load
    from marketsim.simulation.run import run
    from marketsim.study import page as one_run
    from marketsim.study import store

    data, left = Path(__file__).parents[1] / "data", [one for one in HOSTILE if not set(one) & set('\0"\u202e')]
    for name in ("twin-city", "twin-grid"):
        shutil.copytree(data / name, tmp_path / name)
    for file in ("regions.csv", "sectors.csv", "meters.csv", "measures.csv", "views.csv"):
        rows = list(csv.DictReader((tmp_path / "twin-city" / file).open(encoding="utf-8")))
        for n, row in enumerate(rows):
            row |= {"name_zh": left[(2 * n) % len(left)] + "甲" * n, "name_en": left[(2 * n + 1) % len(left)] + "x" * n}
        with (tmp_path / "twin-city" / file).open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    question = re.sub(r"title: .*", "title: " + json.dumps({"zh": HOSTILE[0], "en": HOSTILE[1]}), (data / "twin.yaml").read_text(encoding="utf-8"))
    (tmp_path / "twin.yaml").write_text(question, encoding="utf-8")
    scenario = load(tmp_path / "twin.yaml")
    result = run(scenario, scenario.seed, None)
    summary = store.summary_table(result.summary, option="base", future="base", seed=1)
    manifest = {key: HOSTILE[2] for key in ("name", "hash", "seed", "option", "future", "code", "digest", "command")} | {"about": result.report, "sources": result.sources}
    tab = opened(build(one_run.assemble(manifest, summary, result.series)))
    text = every_panel(tab)
    assert HOSTILE[1] in text and HOSTILE[2] in text and left[1] in text
    assert tab.evaluate("window.hit") is None and not tab.said and [url.split(":")[0] for url in tab.asked] == ["file"]


def test_the_verdict_says_how_it_survives_other_assumptions(opened, page, study, tmp_path, monkeypatch):
    from marketsim.scenario import load
    from marketsim.study import parts, robustness
    from marketsim.study.parts import DONE, Outcome

    def runs(asked, folder, how, tell):
        """The dear option is cheaper where few measures can be had; elsewhere it costs a tenth more."""
        made, places = [], {future.name: dict(future.values) for future in asked.futures}
        for job in asked.jobs:
            few = places[job.future]["firms.availability"] == '"35%"'
            cost = (10**10 + job.seed) * ((9 if few else 11) if job.option == "dear" else 10) // 10
            made.append(Outcome(run=job.run, status=DONE, digest="sha256:0", summary=[("120000", "cost.market", "fen", cost), ("120000", "cost.least", "fen", 1)]))
        parts.commit(folder, made)
        return []

    monkeypatch.setattr(robustness, "run_missing", runs)
    found, _ = robustness.robustness(load(study.parent / "three.yaml"), tmp_path, None, None)
    made = json.loads(json.dumps(page))
    made["scorecard"]["robustness"] = found
    tab = opened(build(made))
    told = tab.inner_text("#verdict")
    assert "With abatement costs ±50 %, availability 35–100 % and the other CO2 view the sign holds in 6 of 12." in told
    assert "The ranking changes with: abatement costs at 50% + 35% of the measures at hand, " in told and "and 3 more." in told
    cells = tab.locator("#robustness tbody tr")
    assert cells.count() == 12
    turned = ["▼" in row and "35%" in row for row in cells.all_inner_texts()]
    assert sum(turned) == 6 and sum("35%" in row for row in cells.all_inner_texts()) == 6
    value = float(tab.locator("#robustness tbody tr").first.locator("data").nth(1).get_attribute("value"))
    assert value == -found["criteria"]["cost"][1]["differences"][0] or value == found["criteria"]["cost"][1]["differences"][0]
    tab.click("#switch")
    assert "12种假设中6种方向不变" in tab.inner_text("#verdict")
    made["scorecard"].pop("robustness")
    assert opened(build(made)).locator("#robustness").count() == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_words_of_a_comparison_claim_no_more_than_it_can(opened, page, lang):
    text = every_panel(opened(build(page), lang)).lower()
    for word in ("forecast", "predict", "optimal", "optimum", "validated", "compliant with", "预测", "最优", "最佳", "已验证", "合法", "合规"):
        assert word not in text
    assert ("cannot be told apart" if lang == "en" else "无法区分") in text and "Ltd" not in text and "有限公司" not in text


@pytest.mark.parametrize("count", [1, 7])
def test_any_number_of_options_stands_side_by_side(opened, page, count):
    made, source = json.loads(json.dumps(page)), [option["key"] for option in page["options"]]
    keys = {f"o{n}": source[n % 3] for n in range(count)}
    made["options"] = [{"key": key, "zh": f"方案{key}", "en": f"Option {key}, by a name that is long"} for key in keys]
    for part in ("views", "ranges", "means"):
        made[part] = {key: page[part][old] for key, old in keys.items()}
    for part in ("fans", "spread"):
        made[part] = {name: {key: found[old] for key, old in keys.items() if old in found} for name, found in page[part].items()}
    made["baseline"] = "o0"
    for one in made["scorecard"]["criteria"].values():
        one["options"] = {key: one["options"][old] | {"mark": "tie" if count > 1 else ""} for key, old in keys.items()}
        one["differences"] = []
    tab = opened(build(made))
    text = every_panel(tab)
    assert tab.locator("#scorecard .score thead th, #scorecard .score tbody tr:first-child .who").count() == count == tab.locator("#districts .maps svg").count()
    assert ("with one option nothing is compared" in text) == (count == 1) and not tab.said
    if count > 1:  # the legend keeps to one line: nothing hides the curves
        rows = "svg => [...svg.querySelectorAll('text')].filter(one => one.textContent.startsWith('Option')).map(one => Math.round(one.getBoundingClientRect().y - svg.getBoundingClientRect().y))"
        above = [row for row in tab.locator("#markets svg").first.evaluate(rows) if row < 40]
        assert len(above) >= 2 and len(set(above)) == 1


def test_a_study_in_which_nothing_was_traded_has_no_flows_and_no_prices(opened, page):
    made = json.loads(json.dumps(page)) | {"fans": {}}
    for view in made["views"].values():
        for figures in view["figures"].values():
            figures.update({name: [0, unit] for name, (_, unit) in figures.items() if name.endswith(".net_bought")})
    tab = opened(build(made))
    every_panel(tab)
    assert tab.locator("#flows").count() == tab.locator("#markets").count() == 0 and tab.locator("#scorecard .score").count() == 1 and not tab.said
