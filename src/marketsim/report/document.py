"""From the data of a run or a study to the document the page draws: titled sections of blocks, and the page's own words."""

from collections.abc import Mapping

from marketsim.report import comparison, robust, sections
from marketsim.report.blocks import section, text
from marketsim.report.verdict import verdict
from marketsim.report.words import pair, tell

WORDS = ("csv", "data", "run_preview", "run_all", "stop", "stale", "options", "futures", "history", "save", "freeze", "preview", "left",
         "stopped", "working", "lost", "no_script", "seeds", "name", "duplicate", "remove", "side_by_side", "ready", "failed", "in_language",
         "begin_with", "add_lever", "add_future")  # fmt: skip


def document(page: Mapping) -> dict:
    """`marketsim.report/1`: the page's data with its title, its sections and its words. `page` is of one run or of a study."""
    title, about = pair(page["about"]["title"]), page["about"]
    made = _study(page) if "study" in page else _run(page)
    kept = {key: page[key] for key in ("schema", "run", "study", "options") if key in page}
    return kept | {
        "title": title, "period": " – ".join(about.get("period", ())), "notices": sections.notices(page), "sections": made,
        "words": {key: tell(key) for key in WORDS},
    }  # fmt: skip


def _run(page: Mapping) -> list[dict]:
    sentences = [text(words, "first" if n == 0 else "") for n, words in enumerate(verdict(page))]
    made = {
        "verdict": sentences, "scorecard": sections.cards(page) + sections.by_right(page),
        "districts": [*_map(page), *sections.assessed(page)], "markets": sections.markets(page),
        "payers": sections.payers(page), "flows": sections.flows(page), "benchmark": sections.benchmark(page),
        "power": sections.power(page), "district_pages": sections.district_pages(page),
        "reconciliation": sections.reconciliation(page), "grades": sections.data_grades(page),
        "limits": sections.limits(page), "reproduce": sections.reproduce(page["run"]),
    }  # fmt: skip
    return [one for key, blocks in made.items() for one in section(key, blocks)]


def _map(page: Mapping) -> list[dict]:
    drawn = sections.tiles(page, pair(next(r for r in page["about"]["regions"] if r["role"] == "city")))
    return [{"kind": "maps", "maps": drawn, "note": tell("missed_mark")}] if drawn else []


def _study(page: Mapping) -> list[dict]:
    made = {
        "verdict": comparison.verdict(page), "scorecard": [*comparison.scorecard(page), *comparison.differences(page)],
        "robustness": robust.section(page),
        "districts": [*comparison.maps(page), *comparison.by_option(page, sections.assessed)], "markets": comparison.markets(page),
        "payers": comparison.payers(page), "flows": comparison.by_option(page, sections.flows), "benchmark": comparison.benchmark(page),
        "rights": comparison.rights(page), "power": comparison.power(page), "district_pages": comparison.district_pages(page),
        "grades": sections.data_grades(page), "limits": sections.limits(page), "reproduce": sections.reproduce(page["study"]),
    }  # fmt: skip
    return [one for key, blocks in made.items() for one in section(key, blocks)]
