"""The sentences a report opens with, computed from its figures, and careful about what one run can say.

They speak of these assumptions and this run only. They forecast nothing and recommend nothing: one run cannot tell two
options apart, and the sentence that says so is always there.
"""

from collections.abc import Mapping

from marketsim.report.figures import show
from marketsim.report.words import Pair, listed, pair, tell

REACHED = 2
"""Lowest grade that counts as met: 0 missed, 1 basically met, 2 met, 3 exceeded."""


def verdict(page: Mapping) -> list[Pair]:
    """Every sentence that the figures of a page allow, most important first."""
    figures = city(page)
    return [*_gain(figures), *_targets(page), *_prices(page, figures), *_shortfalls(page, figures), *_caution(page)]


def city(page: Mapping) -> Mapping:
    """The figures of the whole city: metric → [value, unit]."""
    return page["figures"].get(page["about"]["city"], {})


def districts(page: Mapping) -> list[Mapping]:
    """The districts of the city, in the order of the region's data."""
    return [region for region in page["about"]["regions"] if region["role"] == "district"]


def districts_met(page: Mapping) -> tuple[int, int] | None:
    """(districts that met their targets, districts assessed), or None where none was assessed."""
    grades = [grade for _, grade in _graded(page)]
    return (sum(grade >= REACHED for grade in grades), len(grades)) if grades else None


def official_share(page: Mapping) -> float | None:
    """Share of the numbers behind the run that are official, None where no source is named."""
    numbers = sum(source["numbers"] for source in page["sources"])
    return sum(s["numbers"] for s in page["sources"] if s["grade"] == "official") / numbers if numbers else None


def _graded(page: Mapping) -> list[tuple[Mapping, int]]:
    found = [(region, page["figures"].get(region["key"], {}).get("assess.grade")) for region in districts(page)]
    return [(region, grade[0]) for region, grade in found if grade]


def _gain(figures: Mapping) -> list[Pair]:
    if not {"cost.no_trade", "cost.market", "cost.least"} <= figures.keys():
        return []
    (none, unit), (market, _), (least, _) = (figures[f"cost.{name}"] for name in ("no_trade", "market", "least"))
    places = {"cost": show(market, unit, 3), "apart": show(abs(none - market), unit, 3), "most": show(none - least, unit, 3)}
    key = "less" if market <= none else "more"
    if "cost.share_of_gain" in figures:
        key, places["share"] = f"{key}_of_gain", show(*figures["cost.share_of_gain"], 2)
        kept = figures.get("cost.banked", (0, "fen"))
        return [tell(key, places)] + ([tell("kept_counts", {"kept": show(*kept, 3)})] if kept[0] else [])
    return [tell(key, places)]


def _targets(page: Mapping) -> list[Pair]:
    graded = _graded(page)
    if not graded:
        return []
    missed = [pair(region) for region, grade in graded if grade < REACHED]
    counts = {"all": (str(len(graded)),) * 2, "met": (str(len(graded) - len(missed)),) * 2}
    return [tell("some_met", counts | {"missed": listed(missed, "、")}) if missed else tell("all_met", counts)]


def _prices(page: Mapping, figures: Mapping) -> list[Pair]:
    items = []
    for right in page["about"]["rights"]:
        last, least = (figures.get(f"{right['key']}.price_{name}") for name in ("last_quarter", "least"))
        if last and least:
            items.append(tell("price_item", {"right": pair(right), "last": show(*last, 3), "least": show(*least, 3)}))
    return [tell("prices", {"list": listed(items)})] if items else []


def _shortfalls(page: Mapping, figures: Mapping) -> list[Pair]:
    known = [(right, figures.get(f"{right['key']}.shortfall")) for right in page["about"]["rights"]]
    known = [(right, figure) for right, figure in known if figure]
    short = [(pair(right), show(*figure, 3)) for right, figure in known if figure[0] > 0]
    if short:
        return [tell("short", {"list": listed([(name[0] + amount[0], f"{name[1]} {amount[1]}") for name, amount in short])})]
    return [tell("covered")] if known else []


def _caution(page: Mapping) -> list[Pair]:
    share = official_share(page)
    return [tell("one_run")] + ([tell("official_share", {"share": show(share, "1", 2)})] if share is not None else [])
