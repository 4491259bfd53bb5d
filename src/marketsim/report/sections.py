"""The sections of the report, each a function from the page's data to HTML, empty where the run has nothing to say."""

from collections.abc import Mapping, Sequence
from html import escape

from marketsim.report import svg
from marketsim.report.figures import BASE_UNITS, show, unit_words
from marketsim.report.verdict import REACHED, city, districts, districts_met, verdict
from marketsim.report.words import Pair, beside, both, listed, pair, tell, word

BY_RIGHT = ("cap", "free", "auctioned", "offsets", "use", "surrendered", "banked", "shortfall",
            "volume", "days_traded", "price_mean", "price_last_quarter", "price_least")  # fmt: skip
POWER = ("demand", "generation", "imports", "contracted", "unserved", "traded_share", "contract_price")
_COSTS = ("no_trade", "market", "least")
_GRADES = ("official", "literature", "estimate")


def section(key: str, body: str) -> str:
    """A titled section; nothing at all for an empty body."""
    return f'<section id="{key}"><h2>{word(key)}</h2>{body}</section>' if body else ""


def figure(found: Sequence | None, digits: int | None = 4) -> str:
    """HTML of a [value, unit] figure, a dash where there is none; the exact value stands in its data attribute."""
    if not found:
        return "–"
    value, unit = found
    return f'<data value="{value!r}">{both(show(value, unit, digits))}</data>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of HTML cells; the first cell of a row is its heading."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "".join(
        f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>" for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>'


def notices(page: Mapping) -> str:
    """What the reader must know before anything else: counterfactual rights, and notices of the scenario."""
    unreal = [right for right in page["about"]["rights"] if right["counterfactual"]]
    lines = []
    if unreal:
        told = tell("not_in_force", {"list": listed([pair(right) for right in unreal], "、")})
        lines.append(f"<b>{word('counterfactual')}</b> {both(told)}")
    lines += [both(pair(text)) for text in page["about"].get("notices", [])]
    return f'<div class="notice">{"<br>".join(lines)}</div>' if lines else ""


def opening(page: Mapping) -> str:
    """The verdict: the first sentence large, the others below it."""
    first, *rest = (both(sentence) for sentence in verdict(page))
    return section("verdict", f'<p class="first">{first}</p>' + "".join(f"<p>{text}</p>" for text in rest))


def scorecard(page: Mapping) -> str:
    """Large figures, then the balance and the trade of each right."""
    known, met = city(page), districts_met(page)
    cards = [(word(key), figure(known[f"cost.{key}"], 2)) for key in ("share_of_gain",) if f"cost.{key}" in known]
    if met:
        cards.append((word("met"), f"{met[0]} / {met[1]}"))
    cards += [(both(beside(pair(r), tell("price_last_quarter"))), figure(known[f"{r['key']}.price_last_quarter"], 3))
              for r in page["about"]["rights"] if f"{r['key']}.price_last_quarter" in known]  # fmt: skip
    large = "".join(f'<div class="card"><b>{value}</b><span>{name}</span></div>' for name, value in cards)
    return section("scorecard", f'<div class="cards">{large}</div>' * bool(cards) + _by_right(page))


def _by_right(page: Mapping) -> str:
    known, rights = city(page), page["about"]["rights"]
    rows = []
    for name in BY_RIGHT:
        found = [known.get(f"{right['key']}.{name}") for right in rights]
        if any(found):
            rows.append([word(name), *map(figure, found)])
    return table([word("right"), *(both(pair(right)) for right in rights)], rows) if rows else ""


def assessed(page: Mapping) -> str:
    """Tile map and table of the districts' targets, points and grades."""
    columns = ("total_target", "total_actual", "intensity_target", "intensity_actual", "light", "points", "grade")
    used = [name for name in columns if any(f"assess.{name}" in page["figures"].get(r["key"], {}) for r in districts(page))]
    if not used:
        return ""
    rows, marks = [], {}
    for region in districts(page):
        known = page["figures"].get(region["key"], {})
        cells = {name: figure(known.get(f"assess.{name}")) for name in used}
        if "assess.light" in known:
            light = int(known["assess.light"][0])
            told = word(f"light.{light}")
            cells["light"] = f'<data value="{light}"><i class="lamp light{light}"></i>{told}</data>'
        if "assess.grade" in known:
            grade = int(known["assess.grade"][0])
            below, name = "▼ " if grade < REACHED else "", tell(f"grade.{grade}")
            cells["grade"] = f'<data value="{grade}" class="grade grade{grade}">{below}{both(name)}</data>'
            marks[region["key"]] = (f"grade{grade}", (below + name[0], below + name[1]))
        rows.append([both(pair(region)), *(cells[name] for name in used)])
    placed = [region for region in page["about"]["regions"] if region["role"] != "city"]
    drawing = svg.tiles(tell("districts"), placed, marks) if placed and marks else ""
    key = svg.legend([(f"grade{n}", tell(f"grade.{n}")) for n in range(4)])
    body = f'<figure class="map">{drawing}<figcaption>{key}{word("missed_mark")}</figcaption></figure>' if drawing else ""
    return section("districts", body + table([word("district"), *map(word, used)], rows))


def markets(page: Mapping) -> str:
    """Price and volume of each right, day by day, with the least-cost price as a line."""
    about, known, charts = page["about"], city(page), []
    for right in about["rights"]:
        price, volume = (page["series"].get(f"{right['key']}.{name}", {}).get(about["city"]) for name in ("price", "volume"))
        if not price:
            continue
        least, traded = (known.get(f"{right['key']}.{name}") for name in ("price_least", "volume"))
        drawing = svg.daily(pair(right), price, volume, least[0] if least else None)
        key = [("line", beside(tell("price"), unit_words(price["unit"])))]
        key += [("dash", beside(tell("price_least"), show(*least, 3)))] if least else []
        key += [("volume", beside(tell("volume"), show(*traded, 3)))] if volume and traded else []
        charts.append(f"<figure><h3>{both(pair(right))}</h3>{drawing}<figcaption>{svg.legend(key)}</figcaption></figure>")
    return section("markets", "".join(charts))


def benchmark(page: Mapping) -> str:
    """Three costs on one scale, the share of the gain, and the market's price beside the planner's interval."""
    known = city(page)
    if not all(f"cost.{name}" in known for name in _COSTS):
        return ""
    rows = [(tell(name), known[f"cost.{name}"][0], show(*known[f"cost.{name}"], 4)) for name in _COSTS]
    body = f"<figure>{svg.bars(tell('benchmark'), rows)}</figure>"
    if "cost.share_of_gain" in known:
        body += f'<p>{word("share_of_gain")}: <b>{figure(known["cost.share_of_gain"], 3)}</b></p>'
    lines = []
    for right in page["about"]["rights"]:
        low, least, high = (known.get(f"{right['key']}.price_least{end}") for end in ("_low", "", "_high"))
        if least:
            apart = low and high and low[0] < high[0]
            interval = f"{figure(least)} [{figure(low)} … {figure(high)}]" if apart else figure(least)
            lines.append([both(pair(right)), figure(known.get(f"{right['key']}.price_last_quarter")), interval])
    return section("benchmark", body + (table([word("right"), word("price_last_quarter"), word("price_least")], lines) if lines else ""))


def power(page: Mapping) -> str:
    """The electricity year in one row of figures."""
    known = city(page)
    rows = [[word(f"power.{key}"), figure(known[f"power.{key}"])] for key in POWER if f"power.{key}" in known]
    return section("power", table([word("power"), word("amount")], rows) if rows else "")


def reconciliation(page: Mapping) -> str:
    """Balances of every asset by kind of account, to the base unit, with their sum: zero, or the run is wrong."""
    assets: dict[str, dict[str, Sequence]] = {}
    for metric, found in city(page).items():
        if metric.startswith("reconcile."):
            asset, _, account = metric.removeprefix("reconcile.").rpartition(".")
            assets.setdefault(asset, {})[account] = found
    assets = {asset: rows for asset, rows in assets.items() if any(found[0] for found in rows.values())}
    accounts = list(dict.fromkeys(account for rows in assets.values() for account, found in rows.items() if found[0]))
    if not accounts:
        return ""
    head = [word("account")]
    rows = [[word(f"account.{account}")] for account in accounts] + [[f"<b>{word('sum')}</b>"]]
    for asset, found in assets.items():
        unit = next(iter(found.values()))[1]
        head.append(f"{both(_asset_name(page, asset))}<br><small>{both(BASE_UNITS.get(unit, (unit, unit)))}</small>")
        total = sum(value for value, _ in found.values())
        for row, value in zip(rows, [*(found[a][0] if a in found else None for a in accounts), total], strict=True):
            row.append("–" if value is None else f'<data value="{value!r}">{value:,}</data>')
    return section("reconciliation", table(head, rows))


def _asset_name(page: Mapping, asset: str) -> Pair:
    """Name of an asset of the ledger: `money`, or a right, its offsets (`KEY-offset`), its vintage (`KEY/2020`)."""
    name, _, vintage = asset.partition("/")
    key = name.removesuffix("-offset")
    found = next((pair(right) for right in page["about"]["rights"] if right["key"] == key), None)
    title = found or (tell(f"asset.{key}") if key in ("money", "power") else (key, key))
    if name != key:
        title = beside(title, tell("offsets"))
    return beside(title, (vintage, vintage)) if vintage else title


def data_grades(page: Mapping) -> str:
    """How many of the inputs are official, from the literature, or estimates, and where they come from."""
    counts: dict[str, int] = {}
    for source in page["sources"]:
        counts[source["grade"]] = counts.get(source["grade"], 0) + source["numbers"]
    if not counts:
        return ""
    rows = []
    for grade in (grade for grade in _GRADES if grade in counts):
        share = show(counts[grade] / sum(counts.values()), "1", 2)
        rows.append((tell(grade), counts[grade], beside((f"{counts[grade]:,} ·",) * 2, share)))
    origin = [[escape(str(s["file"])), word(s["grade"]), f"{s['numbers']:,}", escape(str(s["source"]))] for s in page["sources"]]
    detail = table(["", word("grades"), word("numbers"), word("source")], origin)
    return section("grades", f"<figure>{svg.bars(tell('grades'), rows)}</figure><details><summary>{word('source')}</summary>{detail}</details>")


def limits(page: Mapping) -> str:
    """What the run leaves out."""
    items = "".join(f"<li>{both(pair(text))}</li>" for text in page["about"].get("not_modelled", []))
    return section("limits", f"<ul>{items}</ul>" if items else "")


def reproduce(page: Mapping) -> str:
    """The command that gives the same result, and what to compare."""
    run = page["run"]
    lines = f"{word('seed')} {run['seed']} · {word('version')} {escape(run['code'])} · {word('digest')} <code>{escape(run['digest'])}</code>"
    return section("reproduce", f"<pre>{escape(run['command'])}</pre><p class='fine'>{lines}</p>")


SECTIONS = (opening, scorecard, assessed, markets, benchmark, power, reconciliation, data_grades, limits, reproduce)
