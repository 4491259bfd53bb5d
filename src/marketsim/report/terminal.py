"""The scorecard on a terminal: the verdict and a few tables, coloured on a terminal and plain text elsewhere."""

from collections.abc import Mapping
from typing import TextIO

from marketsim.report.figures import show
from marketsim.report.verdict import city, districts_met, verdict
from marketsim.report.words import pair, tell

_ROWS = ("cap", "use", "shortfall", "volume", "price_last_quarter", "price_least")
_COSTS = {"cost.no_trade": "no_trade", "cost.market": "market", "cost.least": "least", "cost.banked": "kept", "cost.share_of_gain": "share_of_gain"}


def scorecard(page: Mapping, lang: str, file: TextIO) -> str:
    """What `marketsim run` shows of a page, in `lang`; colour, width and box lines are those that `file` can take."""
    from rich.console import Console

    console = Console(file=file, highlight=False)
    at = 0 if lang == "zh" else 1
    with console.capture() as capture:
        console.print(pair(page["about"]["title"])[at], style="bold", markup=False)
        for n, sentence in enumerate(verdict(page)):
            console.print(sentence[at], style="bold" if n == 0 else None, markup=False, soft_wrap=True)
        for table in (_rights(page, at), _costs(page, at)):
            if table.row_count:
                console.print(table)
    return capture.get()


def _rights(page: Mapping, at: int):
    known, rights = city(page), page["about"]["rights"]
    table = _table([tell("right")[at], *(pair(right)[at] for right in rights)])
    for name in _ROWS:
        found = [known.get(f"{right['key']}.{name}") for right in rights]
        if any(found):
            table.add_row(tell(name)[at], *(show(*figure, 4)[at] if figure else "–" for figure in found))
    return table


def _costs(page: Mapping, at: int):
    known, met = city(page), districts_met(page)
    rows = [(tell(name)[at], show(*known[metric], 4)[at]) for metric, name in _COSTS.items() if metric in known]
    rows += [(tell("met")[at], f"{met[0]} / {met[1]}")] if met else []
    table = _table([tell("cost")[at], ""])
    for row in rows:
        table.add_row(*row)
    return table


def _table(head: list[str]):
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for n, name in enumerate(head):
        table.add_column(Text(name), justify="right" if n else "left", overflow="fold")
    return table
