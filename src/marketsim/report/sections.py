"""The sections of a report about one option, each a function from its page (names, figures, series) to blocks.

In a study the figures of such a page are the medians of the option's runs; the sections do not care.
"""

from collections.abc import Mapping, Sequence

from marketsim.report.blocks import Block, chart, figure, scale, table, tabs, text
from marketsim.report.figures import BASE_UNITS, show, unit_words
from marketsim.report.verdict import REACHED, city, districts, districts_met
from marketsim.report.words import Pair, beside, listed, pair, tell

BY_RIGHT = ("cap", "free", "auctioned", "offsets", "use", "surrendered", "banked", "shortfall",
            "volume", "days_traded", "price_mean", "price_last_quarter", "price_least")  # fmt: skip
POWER = ("demand", "generation", "imports", "contracted", "unserved", "traded_share", "contract_price")
ASSESSED = ("total_target", "total_actual", "intensity_target", "intensity_actual", "light", "points", "grade")
DISTRICT = ("free", "use", "net_bought")
COSTS = ("no_trade", "market", "least")
GRADES = ("official", "literature", "estimate")
MARKS = ("▼▼", "▼", "●", "▲")
"""How a grade looks without colour: missed, basically met, met, exceeded."""


def notices(page: Mapping) -> list[Block]:
    """What the reader must know before anything else: counterfactual rights, and notices of the scenario."""
    unreal = [pair(right) for right in page["about"]["rights"] if right["counterfactual"]]
    lines = [tell("not_in_force", {"list": listed(unreal, "、")})] if unreal else []
    lines += [pair(notice) for notice in page["about"].get("notices", [])]
    return [{"kind": "notice", "lines": lines}] if lines else []


def cards(page: Mapping) -> list[Block]:
    """A few large figures: the gain realised, districts that met their targets, the price of each right."""
    known, met = city(page), districts_met(page)
    found = [{"name": tell("share_of_gain"), "figure": figure(known["cost.share_of_gain"], 2)}] if "cost.share_of_gain" in known else []
    found += [{"name": tell("met"), "figure": {"value": str(met[0]), "text": (f"{met[0]} / {met[1]}",) * 2}}] if met else []
    for right in page["about"]["rights"]:
        if f"{right['key']}.price_last_quarter" in known:
            found.append({"name": beside(pair(right), tell("price_last_quarter")), "figure": figure(known[f"{right['key']}.price_last_quarter"], 3)})
    return [{"kind": "cards", "cards": found}] if found else []


def by_right(page: Mapping) -> list[Block]:
    """The balance and the trade of each right, a column a right."""
    known, rights = city(page), page["about"]["rights"]
    rows = []
    for name in BY_RIGHT:
        found = [known.get(f"{right['key']}.{name}") for right in rights]
        if any(found):
            rows.append([tell(name), *map(figure, found)])
    return table([tell("right"), *map(pair, rights)], rows, "rights")


def graded(figures: Mapping) -> tuple[int, dict] | None:
    """The grade of a district and the cell that shows it, by word, mark and colour; a median between two grades counts as the lower."""
    if "assess.grade" not in figures:
        return None
    grade = int(figures["assess.grade"][0])
    below, name = "▼ " if grade < REACHED else "", tell(f"grade.{grade}")
    return grade, {"value": repr(figures["assess.grade"][0]), "text": (below + name[0], below + name[1]), "css": f"grade grade{grade}"}


def assessed(page: Mapping) -> list[Block]:
    """The dual-control table: each district's targets, points, grade and warning light."""
    used = [name for name in ASSESSED if any(f"assess.{name}" in page["figures"].get(r["key"], {}) for r in districts(page))]
    rows = []
    for region in districts(page):
        known = page["figures"].get(region["key"], {})
        cells = {name: figure(known.get(f"assess.{name}")) for name in used}
        if "assess.light" in known:
            light = int(known["assess.light"][0])
            cells["light"] = {"value": repr(known["assess.light"][0]), "text": tell(f"light.{light}"), "css": f"light light{light}"}
        if "assess.grade" in known:
            cells["grade"] = graded(known)[1]
        rows.append([pair(region), *(cells[name] for name in used)])
    return table([tell("district"), *map(tell, used)], rows, "districts") if used else []


def tiles(page: Mapping, title: Pair) -> list[Block]:
    """The tile map of the districts' grades, its title counting those that fell short."""
    found, missed = [], 0
    for region in (region for region in page["about"]["regions"] if region["role"] != "city"):
        grade = graded(page["figures"].get(region["key"], {}))
        missed += grade is not None and grade[0] < REACHED
        shown = {"css": f"grade{grade[0]}", "text": (f"{MARKS[grade[0]]} {tell(f'grade.{grade[0]}')[0]}", f"{MARKS[grade[0]]} {tell(f'grade.{grade[0]}')[1]}")} if grade else {"css": "plain", "text": ("", "")}
        found.append({"key": region["key"], "name": pair(region), "row": region["row"], "col": region["col"], "height": region.get("height", 1), **shown})
    if not any(tile["css"] != "plain" for tile in found):
        return []
    count = (str(missed), str(len(districts(page))))
    told = tell("falling_short", {"title": title, "missed": (count[0],) * 2, "all": (count[1],) * 2})
    return [{"kind": "tiles", "title": told, "tiles": found, "shapes": page["about"].get("shapes", {})}]


def markets(page: Mapping) -> list[Block]:
    """Price and volume of each right, day by day, with the least-cost price as a line."""
    about, known, panels = page["about"], city(page), []
    for right in about["rights"]:
        price, volume = (page["series"].get(f"{right['key']}.{name}", {}).get(about["city"]) for name in ("price", "volume"))
        if not price:
            continue
        traded = dict(zip(volume["dates"], volume["values"], strict=True)) if volume else {}
        priced = dict(zip(price["dates"], price["values"], strict=True))
        rows = [[day, priced.get(day), traded.get(day)] for day in sorted({*priced, *traded})]
        how = {"lines": [{"name": tell("price"), "column": 1, "bands": []}], "scale": scale(max(priced.values()), price["unit"])}
        least = known.get(f"{right['key']}.price_least")
        how["level"] = {"value": least[0], "name": beside(tell("price_least"), show(*least, 3))} if least else None
        if any(traded.values()):
            how["bars"] = [{"name": tell("volume"), "column": 2}]
            how["bar_scale"] = scale(max(traded.values()), volume["unit"])
        title = beside(pair(right), unit_words(price["unit"]))
        panels.append((pair(right), [chart("days", title, (("date", f"price {price['unit']}", f"volume {volume['unit'] if volume else ''}"), rows), f"market-{right['key']}", how)]))
    return [block for _, blocks in panels for block in blocks]


def payers(page: Mapping) -> list[Block]:
    """What each district pays for measures, offsets and fines, added up to what the city pays."""
    rows = [[pair(region), page["figures"].get(region["key"], {}).get("cost.market", [None])[0]] for region in districts(page)]
    rows = [row for row in rows if row[1] is not None]
    whole = city(page).get("cost.market")
    if not rows or not whole:
        return []
    rest = whole[0] - sum(value for _, value in rows)
    rows += [[tell("elsewhere"), rest]] if rest else []
    how = {"scale": scale(whole[0], "fen"), "total": tell("together")}
    return [text(tell("payers_note"), "fine"), chart("waterfall", tell("payers"), (("district", "fen"), rows), "payers", how)]


def flows(page: Mapping) -> list[Block]:
    """Who sold to whom between districts and between sectors; where the journal is not at hand, the districts' net sales and purchases."""
    if not page.get("trades"):
        return net_flows(page)
    names = {
        "districts": ("between_districts", {region["key"]: pair(region) for region in page["about"]["regions"]}),
        "sectors": ("between_sectors", {one["key"]: pair(one) for one in page["about"].get("sectors", [])} | {"government": tell("account.government")}),
    }  # fmt: skip
    panels = []
    for right in (right for right in page["about"]["rights"] if right["key"] in page["trades"]):
        blocks = []
        for kind, (title, known) in names.items():
            traded = page["trades"][right["key"]][kind]
            name = {key: known.get(key, (key, key)) if key else tell("others") for row in traded for key in row[:2]}
            rows = [[name[seller], name[buyer], amount] for seller, buyer, amount in traded]
            sides = [["s" + seller, "b" + buyer] for seller, buyer, _ in traded]
            blocks.append(_flow(beside(pair(right), tell(title)), rows, sides, right["base_unit"], f"{kind}-{right['key']}"))
        panels.append((pair(right), blocks))
    return [text(tell("trades_note"), "fine"), *tabs(tell("right"), panels)] if panels else []


def net_flows(page: Mapping) -> list[Block]:
    """Net sales and purchases of the districts in the market of each right: sellers on the left, buyers on the right."""
    panels = []
    for right in page["about"]["rights"]:
        bought = [(region, page["figures"].get(region["key"], {}).get(f"{right['key']}.net_bought")) for region in districts(page)]
        bought = [(region, found) for region, found in bought if found and found[0]]
        if not bought:
            continue
        market, rows, sides = tell("market_of", {"right": pair(right)}), [], []
        for region, found in bought:
            rows.append([pair(region), market, -found[0]] if found[0] < 0 else [market, pair(region), found[0]])
            sides.append(["s" + region["key"], "market"] if found[0] < 0 else ["market", "b" + region["key"]])
        panels.append((pair(right), [_flow(pair(right), rows, sides, bought[0][1][1], f"flows-{right['key']}")]))
    return [text(tell("flows_note"), "fine"), *tabs(tell("right"), panels)] if panels else []


def _flow(title: Pair, rows: list, sides: list, unit: str, name: str) -> Block:
    """A chart of flows; `sides` names the two nodes of each row, so that two of one name stay two."""
    sums: dict[str, float] = {}
    for (left, right), row in zip(sides, rows, strict=True):
        sums[left], sums[right] = sums.get(left, 0) + row[2], sums.get(right, 0) + row[2]
    return chart("flows", title, (("seller", "buyer", unit), rows), name, {"scale": scale(max(sums.values()), unit), "sides": sides})


def benchmark(page: Mapping) -> list[Block]:
    """Three costs on one scale, the share of the gain, and the market's price beside the planner's interval."""
    known = city(page)
    if not all(f"cost.{name}" in known for name in COSTS):
        return []
    rows = [[tell(name), known[f"cost.{name}"][0]] for name in COSTS]
    how = {"scale": scale(max(row[1] for row in rows), known["cost.market"][1]), "texts": [show(*known[f"cost.{name}"], 4) for name in COSTS]}
    blocks = [chart("bars", tell("benchmark"), (("case", "fen"), rows), "benchmark", how)]
    if "cost.share_of_gain" in known:
        blocks += table([tell("benchmark"), tell("amount")], [[tell("share_of_gain"), figure(known["cost.share_of_gain"], 3)]], "gain")
    lines = []
    for right in page["about"]["rights"]:
        found = {end: known.get(f"{right['key']}.price_{end}") for end in ("last_quarter", "least", "least_low", "least_high")}
        if found["least"]:
            lines.append([pair(right), *(figure(found[end]) for end in found)])
    head = [tell("right"), tell("price_last_quarter"), tell("price_least"), tell("lower_end"), tell("upper_end")]
    return blocks + table(head, lines, "prices")


def power(page: Mapping) -> list[Block]:
    """The electricity year in one row of figures each."""
    known = city(page)
    rows = [[tell(f"power.{key}"), figure(known[f"power.{key}"])] for key in POWER if f"power.{key}" in known]
    return table([tell("power"), tell("amount")], rows, "power")


def district(page: Mapping, region: Mapping) -> list[Block]:
    """Everything known of one district."""
    known = page["figures"].get(region["key"], {})
    rows = [[tell(name), figure(known.get(f"assess.{name}"))] for name in ASSESSED if f"assess.{name}" in known and name not in ("light", "grade")]
    rows += [[tell("grade"), graded(known)[1]]] if "assess.grade" in known else []
    rows += [[tell("pays"), figure(known["cost.market"])]] if "cost.market" in known else []
    for right in page["about"]["rights"]:
        rows += [[beside(pair(right), tell(name)), figure(known[f"{right['key']}.{name}"])] for name in DISTRICT if f"{right['key']}.{name}" in known]
    return table([pair(region), tell("amount")], rows, f"district-{region['key']}")


def district_pages(page: Mapping) -> list[Block]:
    """A page for each district."""
    return tabs(tell("district"), [(pair(region), district(page, region)) for region in districts(page)], sheets=True)


def reconciliation(page: Mapping) -> list[Block]:
    """Balances of every asset by kind of account, to the base unit, with their sum: zero, or the run is wrong."""
    assets: dict[str, dict[str, Sequence]] = {}
    for metric, found in city(page).items():
        if metric.startswith("reconcile."):
            asset, _, account = metric.removeprefix("reconcile.").rpartition(".")
            assets.setdefault(asset, {})[account] = found
    assets = {asset: rows for asset, rows in assets.items() if any(found[0] for found in rows.values())}
    accounts = list(dict.fromkeys(account for rows in assets.values() for account, found in rows.items() if found[0]))
    head = [tell("account")]
    rows: list[list] = [[tell(f"account.{account}")] for account in accounts] + [[tell("sum")]]
    for asset, found in assets.items():
        unit = next(iter(found.values()))[1]
        name, base = _asset_name(page, asset), BASE_UNITS.get(unit, (unit, unit))
        head.append((f"{name[0]}（{base[0]}）", f"{name[1]} ({base[1]})"))
        total = sum(value for value, _ in found.values())
        for row, value in zip(rows, [*(found[a][0] if a in found else None for a in accounts), total], strict=True):
            row.append(None if value is None else {"value": repr(value), "text": (f"{value:,}",) * 2})
    return table(head, rows if accounts else [], "reconciliation")


def _asset_name(page: Mapping, asset: str) -> Pair:
    """Name of an asset of the ledger: `money`, or a right, its offsets (`KEY-offset`), its vintage (`KEY/2020`)."""
    name, _, vintage = asset.partition("/")
    key = name.removesuffix("-offset")
    found = next((pair(right) for right in page["about"]["rights"] if right["key"] == key), None)
    title = found or (tell(f"asset.{key}") if key in ("money", "power") else (key, key))
    if name != key:
        title = beside(title, tell("offsets"))
    return beside(title, (vintage, vintage)) if vintage else title


def data_grades(page: Mapping) -> list[Block]:
    """How many of the inputs are official, from the literature, or estimates, and where they come from."""
    counts: dict[str, int] = {}
    for source in page["sources"]:
        counts[source["grade"]] = counts.get(source["grade"], 0) + source["numbers"]
    if not counts:
        return []
    kept = [grade for grade in GRADES if grade in counts]
    shares = [beside((f"{counts[grade]:,} ·",) * 2, show(counts[grade] / sum(counts.values()), "1", 2)) for grade in kept]
    rows = [[tell(grade), counts[grade]] for grade in kept]
    bars = chart("bars", tell("grades"), (("grade", "numbers"), rows), "grades", {"scale": [{"by": 1, "unit": ""}] * 2, "texts": shares})
    origin = [[(str(s["file"]),) * 2, tell(s["grade"]), (f"{s['numbers']:,}",) * 2, (str(s["source"]),) * 2] for s in page["sources"]]
    detail = table([tell("file"), tell("grades"), tell("numbers"), tell("source")], origin, "sources")
    return [bars, {"kind": "details", "summary": tell("source"), "blocks": detail}]


def limits(page: Mapping) -> list[Block]:
    """What the run leaves out."""
    items = [pair(item) for item in page["about"].get("not_modelled", [])]
    return [{"kind": "list", "items": items}] if items else []


def reproduce(run: Mapping) -> list[Block]:
    """The command that gives the same result, and what to compare."""
    told = [beside(tell(key), (str(run[name]),) * 2) for key, name in (("seed", "seed"), ("version", "code"), ("digest", "digest"))]
    return [{"kind": "code", "text": run["command"]}, {"kind": "text", "text": listed(told, " · "), "css": "fine"}]
