"""The vocabulary of a report: figures, tables, charts and texts as plain data, which the page draws and knows nothing behind.

Every text is a (Chinese, English) pair. A figure carries its exact value as it stands in `summary.csv` and the same in words.
A chart is a table with a note on how to draw it, so each can be had as CSV.
"""

import re
from collections.abc import Mapping, Sequence

from marketsim.report.figures import show
from marketsim.report.words import Pair, tell

_NUMBER = re.compile(r"^(-?[0-9.]+) ?(.*)$")
Block = dict
Cell = object
"""None, a pair, a figure, or a mapping of `text` and `css`."""


def figure(found: Sequence | None, digits: int | None = 4) -> dict | None:
    """A [value, unit] as the page shows it; None stays None."""
    if not found:
        return None
    value, unit = found
    return {"value": repr(value), "text": show(value, unit, digits)}


def text(words: Pair, css: str = "") -> Block:
    """A paragraph."""
    return {"kind": "text", "text": words, "css": css}


def table(head: Sequence[Pair], rows: Sequence[Sequence[Cell]], name: str) -> list[Block]:
    """A table, as a list of one block or of none; the first cell of a row is its heading; `name` names its CSV file."""
    return [{"kind": "table", "head": list(head), "rows": [list(row) for row in rows], "name": name}] if rows else []


def tabs(name: Pair, panels: Sequence[tuple[Pair, list[Block]]], sheets: bool = False) -> list[Block]:
    """Blocks of which the reader chooses one; a single panel needs no choice."""
    panels = [(title, blocks) for title, blocks in panels if blocks]
    if len(panels) == 1:
        return panels[0][1]
    return [{"kind": "tabs", "name": name, "sheets": sheets, "tabs": [{"name": title, "blocks": blocks} for title, blocks in panels]}] if panels else []


def chart(shape: str, title: Pair, table: tuple[Sequence[str], Sequence[Sequence]], name: str, how: Mapping) -> Block:
    """A chart: `shape` is one of days, bars, waterfall, flows; `table` its columns and rows; `how` what the shape asks for."""
    columns, rows = table
    return {"kind": "chart", "shape": shape, "title": title, "columns": list(columns), "rows": [list(row) for row in rows], "name": name, "how": dict(how)}


def scale(most: float, unit: str) -> list[dict]:
    """How an axis up to `most` counts in Chinese and in English: factor on the value, and the unit in words."""
    probe = abs(most) or 1.0
    found = []
    for words in show(probe, unit, 12):
        number, symbol = _NUMBER.match(words).groups()
        found.append({"by": float(number) / probe, "unit": symbol})
    return found


def section(key: str, blocks: Sequence[Block | None]) -> list[dict]:
    """A titled section, as a list of one or, where there is nothing to show, of none."""
    kept = [block for block in blocks if block]
    return [{"key": key, "title": tell(key), "blocks": kept}] if kept else []
