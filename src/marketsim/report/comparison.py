"""The sections of a report about a study: its options side by side, in the futures and the luck they all met."""

from collections.abc import Mapping

from marketsim.messages import say
from marketsim.report import robust, sections
from marketsim.report.blocks import Block, chart, figure, scale, table, tabs, text
from marketsim.report.figures import show, show_apart, unit_words
from marketsim.report.scoreboard import amounts, sureness
from marketsim.report.scoreboard import verdict as judged
from marketsim.report.sections import POWER
from marketsim.report.verdict import districts, official_share
from marketsim.report.words import Pair, beside, listed, pair, quoted, tell

FEWEST, SURE, NAMED = 5, 0.95, 3
"""Observations below which no district is named as paying more, the share of them that must say so, and how many are named of an option."""
RIGHTS = ("cap", "free", "price_mean", "price_last_quarter", "price_least", "volume", "use", "auctioned", "shortfall", "banked")
ACROSS = ("assess.total_target", "assess.total_actual", "assess.intensity_actual", "assess.points", "cost.market")


def verdict(page: Mapping) -> list[Block]:
    """What the paired comparison allows to say, first of all on the first criterion, and how far it carries."""
    told, labels = page["scorecard"], {option["key"]: option for option in page["options"]}
    lines = list(zip(judged(told, labels, "zh"), judged(told, labels, "en"), strict=True))
    handed = {"labels": labels, "baseline": page["baseline"], "rights": page["about"]["rights"]}
    lines = _alone(page) + lines[:1] + _against(page) + list(zip(amounts(told, handed, "zh"), amounts(told, handed, "en"), strict=True)) + _payers(page) + lines[1:] + _short(page)
    lines.append((sureness(told, page["study"]["paired"], "zh"), sureness(told, page["study"]["paired"], "en")))
    share = official_share(page)
    lines += [tell("official_share", {"share": show(share, "1", 2)})] if share is not None else []
    return [text(line, "first" if n == 0 else "") for n, line in enumerate(lines)]


def _alone(page: Mapping) -> list[Pair]:
    """Of a study with one option, its cost and the spread of its runs: there is nothing to compare it with."""
    found = page["spread"].get("cost", {})
    if len(page["options"]) > 1 or not found:
        return []
    (one,) = found.values()
    option = next(option for option in page["options"] if option["key"] in found)
    return [tell("alone", {"option": pair(option)} | {end: show(one[end], "fen", 3) for end in ("median", "low", "high")})]


def _against(page: Mapping) -> list[Pair]:
    """Under these assumptions A costs X less than B, where the paired interval excludes zero."""
    found, labels = [], {option["key"]: quoted(pair(option)) for option in page["options"]}
    cost = page["scorecard"]["criteria"].get("cost")
    for gap in (gap for gap in (cost["differences"] if cost else []) if gap["apart"]):
        first, second = (gap["first"], gap["second"]) if gap["mean"] < 0 else (gap["second"], gap["first"])
        low, high = sorted(abs(gap[end]) for end in ("low", "high"))
        places = {"first": labels[first], "second": labels[second], "apart": show(abs(gap["mean"]), "fen", 3)}
        held, count = page["signs"][first][second]
        places |= {"held": (str(held),) * 2, "count": (str(count),) * 2}
        found.append(tell("cheaper", places | {"low": show(low, "fen", 3), "high": show(high, "fen", 3)}))
        found += robust.survives(page, first, second, -1)
    return found


def _payers(page: Mapping) -> list[Pair]:
    """The districts that pay more than under the baseline in nearly every observation, the most burdened first; with few observations none is named."""
    named, items = {region["key"]: pair(region) for region in districts(page)}, []
    for option in (option for option in page["options"] if option["key"] != page["baseline"]):
        borne = page["borne"].get(option["key"], {})
        more = sorted((key for key, (mean, held, count) in borne.items() if key in named and mean > 0 and count >= FEWEST and held >= SURE * count), key=lambda key: -borne[key][0])
        if more:
            told = [beside(named[key], tuple(f"+{text}" for text in show(borne[key][0], "fen", 3))) for key in more[:NAMED]]
            count = {"list": listed(told, "、"), "count": (str(len(more) - NAMED),) * 2}
            items.append(tell("payer" if len(more) <= NAMED else "payer_more", {"option": quoted(pair(option))} | count))
    base = next(pair(option) for option in page["options"] if option["key"] == page["baseline"])
    return [tell("pay_more", {"base": quoted(base), "list": (("；".join(zh for zh, _ in items)), "; ".join(en for _, en in items))})] if items else []


def _short(page: Mapping) -> list[Pair]:
    """How many districts fall short under each option, by their median grade."""
    items = []
    for option in page["options"]:
        grades = [sections.graded(page["views"][option["key"]]["figures"].get(r["key"], {})) for r in districts(page)]
        grades = [grade[0] for grade in grades if grade]
        if grades:
            items.append(beside(quoted(pair(option)), (f"{sum(grade < 2 for grade in grades)}/{len(grades)}",) * 2))
    return [tell("short_of", {"list": listed(items)})] if items else []


def scorecard(page: Mapping) -> list[Block]:
    """A row a criterion, a column an option: median, 90 % interval of the runs on one axis, and the mark of the paired comparison."""
    told, rows = page["scorecard"], []
    for name, one in told["criteria"].items():
        spread = page["spread"].get(name, {})
        if not spread:
            continue
        ends = [value for found in spread.values() for value in (found["low"], found["high"])]
        cells = []
        for option in page["options"]:
            found, mark = spread.get(option["key"]), one["options"][option["key"]]["mark"]
            shown = None if found is None else {"median": figure([found["median"], one["unit"]], 3), "low": found["low"], "high": found["high"], "at": found["median"],
                                                "between": tell("between", {"low": show(found["low"], one["unit"], 3), "high": show(found["high"], one["unit"], 3)})}  # fmt: skip
            cells.append({"mark": mark, "word": tell(f"mark.{mark}") if mark else ("", ""), "found": shown})
        rows.append({"name": _named(f"study.{name}"), "better": tell(f"better.{one['better']}"), "low": min(ends), "high": max(ends), "cells": cells})
    return [{"kind": "score", "options": [pair(option) for option in page["options"]], "rows": rows, "name": "scorecard"}, text(tell("score_note"), "fine")] if rows else []


def _named(key: str) -> Pair:
    return say(key, {}, "zh"), say(key, {}, "en")


def differences(page: Mapping) -> list[Block]:
    """Each pair of options on each criterion: the mean paired difference and its adjusted interval."""
    labels, rows = {option["key"]: pair(option) for option in page["options"]}, []
    for name, one in page["scorecard"]["criteria"].items():
        for gap in one["differences"]:
            if gap["low"] is not None:
                pairing = beside(beside(quoted(labels[gap["first"]]), ("−", "−")), quoted(labels[gap["second"]]))
                rows.append([_named(f"study.{name}"), pairing, *({"value": repr(gap[end]), "text": show_apart(gap[end], one["unit"], 3)} for end in ("mean", "low", "high")), tell("apart" if gap["apart"] else "not_apart")])
    head = [tell("criterion"), tell("pairing"), tell("difference"), tell("lower_end"), tell("upper_end"), tell("told")]
    found = table(head, rows, "differences")
    return [{"kind": "details", "summary": tell("differences"), "blocks": found}] if found else []


def maps(page: Mapping) -> list[Block]:
    """A tile map for each option, by the districts' median grades."""
    drawn = [block for option in page["options"] for block in sections.tiles(page["views"][option["key"]], pair(option))]
    return [{"kind": "maps", "maps": drawn, "note": tell("missed_mark")}] if drawn else []


def markets(page: Mapping) -> list[Block]:
    """Price fan (median, half and nine tenths of the runs) and volume of each right under every option."""
    panels = []
    for right in page["about"]["rights"]:
        prices = page["fans"].get(f"{right['key']}.price", {})
        if not prices:
            continue
        blocks = [_fan(page, right, "price", prices)]
        volumes = page["fans"].get(f"{right['key']}.volume", {})
        if volumes:
            blocks.append(_fan(page, right, "volume", volumes))
        panels.append((pair(right), blocks))
    return tabs(tell("right"), panels)


def _fan(page: Mapping, right: Mapping, name: str, found: Mapping) -> Block:
    """`found`: option → {unit, dates, quantiles (5, days)}; bands go from the outermost inwards."""
    unit = next(iter(found.values()))["unit"]
    days = sorted({day for one in found.values() for day in one["dates"]})
    columns, lines, table = ["date"], [], [[day] for day in days]
    shares = tuple(enumerate(("5%", "25%", "median", "75%", "95%"))) if name == "price" else ((2, "median"),)
    most = 0.0
    for option in (option for option in page["options"] if option["key"] in found):
        one = found[option["key"]]
        at, first = {day: n for n, day in enumerate(one["dates"])}, len(columns)
        for place, share in shares:
            columns.append(f"{option['key']} {share} {unit}")
            for row in table:
                row.append(one["quantiles"][place][at[row[0]]] if row[0] in at else None)
        most = max([most, *one["quantiles"][shares[-1][0]]])
        bands = [[first, first + 4], [first + 1, first + 3]] if name == "price" else []
        lines.append({"name": pair(option), "column": first + len(shares) // 2, "bands": bands})
    title = beside(beside(pair(right), tell(name)), unit_words(unit) if name == "price" else ("", ""))
    how = {"lines": lines, "scale": scale(most, unit), "level": None}
    return chart("days", title, (columns, table), f"{name}-{right['key']}", how)


def payers(page: Mapping) -> list[Block]:
    """Against the baseline: what each district pays more or less on average, and the city's net."""
    base, panels = page["baseline"], []
    for option in (option for option in page["options"] if option["key"] != base):
        rows = [[pair(region), page["means"][option["key"]][region["key"]] - page["means"][base][region["key"]]]
                for region in districts(page) if region["key"] in page["means"][option["key"]] and region["key"] in page["means"][base]]  # fmt: skip
        whole = [page["means"][key].get(page["about"]["city"]) for key in (option["key"], base)]
        if not rows or None in whole:
            continue
        rest = whole[0] - whole[1] - sum(value for _, value in rows)
        rows += [[tell("elsewhere"), rest]] if rest else []
        most = max(abs(value) for _, value in rows)
        how = {"scale": scale(max(most, abs(whole[0] - whole[1])), "fen"), "total": tell("net")}
        title = tell("against_base", {"option": pair(option), "base": next(pair(one) for one in page["options"] if one["key"] == base)})
        panels.append((pair(option), [chart("waterfall", title, (("district", "fen"), rows), f"payers-{option['key']}", how)]))
    return [text(tell("mean_note"), "fine"), *tabs(tell("option"), panels)] if panels else []


def by_option(page: Mapping, made) -> list[Block]:
    """A section of one option, for each option in a tab of its own."""
    return tabs(tell("option"), [(pair(option), made(page["views"][option["key"]])) for option in page["options"]])


def across(page: Mapping, region: str, names: list[tuple[Pair, str]], name: str) -> list[Block]:
    """A row a figure, a column an option: median and, where the runs differ, the 90 % interval."""
    rows = []
    for title, metric in names:
        cells = []
        for option in page["options"]:
            found = page["views"][option["key"]]["figures"].get(region, {}).get(metric)
            low, high = page["ranges"][option["key"]].get(region, {}).get(metric, (None, None))
            cell = figure(found, 4)
            if cell and low != high:
                cell["note"] = tell("between", {"low": show(low, found[1], 3), "high": show(high, found[1], 3)})
            cells.append(cell)
        if any(cells):
            rows.append([title, *cells])
    return table([tell("median"), *(pair(option) for option in page["options"])], rows, name)


def rights(page: Mapping) -> list[Block]:
    """The figures of each right under every option."""
    panels = []
    for right in page["about"]["rights"]:
        names = [(tell(name), f"{right['key']}.{name}") for name in RIGHTS]
        panels.append((pair(right), across(page, page["about"]["city"], names, f"right-{right['key']}")))
    return tabs(tell("right"), panels)


def power(page: Mapping) -> list[Block]:
    """The electricity year under every option."""
    return across(page, page["about"]["city"], [(tell(f"power.{key}"), f"power.{key}") for key in POWER], "power")


def benchmark(page: Mapping) -> list[Block]:
    """No trade, this market and a perfect market under every option, and the share of the gain that was realised."""
    names = [*((tell(name), f"cost.{name}") for name in sections.COSTS), (tell("kept"), "cost.banked"), (tell("share_of_gain"), "cost.share_of_gain")]
    return across(page, page["about"]["city"], names, "benchmark")


def district_pages(page: Mapping) -> list[Block]:
    """A page for each district with every option side by side."""
    told = {"assess": lambda name: tell(name), "cost": lambda name: tell("pays")}
    names = [(told[metric.split(".")[0]](metric.split(".")[1]), metric) for metric in ACROSS]
    for right in page["about"]["rights"]:
        names += [(beside(pair(right), tell(name)), f"{right['key']}.{name}") for name in sections.DISTRICT]
    return tabs(tell("district"), [(pair(region), across(page, region["key"], names, f"district-{region['key']}")) for region in districts(page)], sheets=True)
