"""How far the comparison carries: in how many other assumptions the sign of a difference holds, and which ones turn it."""

from collections.abc import Mapping, Sequence

from marketsim.report.blocks import Block, figure, table, text
from marketsim.report.words import Pair, beside, listed, pair, tell

NAMED = 3
"""So many of the assumptions that turn a sign are named in the verdict; the table has all."""


def survives(page: Mapping, first: str, second: str, gap: float) -> list[Pair]:
    """In how many assumptions the difference in cost keeps its sign, and with what it turns; nothing where the study made no such sweep."""
    told = page["scorecard"].get("robustness")
    differences = _differences(told, "cost", first, second) if told else None
    if not differences:
        return []
    holds = held(differences, gap)
    known, kept = sum(one is not None for one in holds), sum(one is True for one in holds)
    views = any("view" in one for one in told["assumptions"])
    places = {"held": (str(kept),) * 2, "count": (str(known),) * 2}
    found = [tell("survives" if views else "survives_views", places)]
    turned = [pair(one) for one, keeps in zip(told["assumptions"], holds, strict=True) if keeps is False]
    if turned:
        names = listed(turned[:NAMED], "、")
        if len(turned) > NAMED:
            names = tell("changes_more", {"list": names, "count": (str(len(turned) - NAMED),) * 2})
        found.append(tell("changes", {"list": names}))
    return found


def section(page: Mapping) -> list[Block]:
    """A row an assumption, a column a pair of options: the difference in cost, and a mark where its sign is another than in the study."""
    told = page["scorecard"].get("robustness")
    cost = page["scorecard"]["criteria"].get("cost")
    if not told or not cost or "cost" not in told["criteria"]:
        return []
    labels = {option["key"]: pair(option) for option in page["options"]}
    heads, columns = [tell("assumption")], []
    for gap in cost["differences"]:
        differences = _differences(told, "cost", gap["first"], gap["second"])
        if differences and gap["mean"] is not None:
            heads.append(beside(beside(labels[gap["first"]], ("−", "−")), labels[gap["second"]]))
            columns.append([_cell(value, keeps, cost["unit"]) for value, keeps in zip(differences, held(differences, gap["mean"]), strict=True)])
    rows = [[pair(words), *cells] for words, *cells in zip(told["assumptions"], *columns, strict=True)] if columns else []
    return [text(tell("robust_note", {"seeds": (str(told["seeds"]),) * 2}), "fine"), *table(heads, rows, "robustness")] if rows else []


def held(differences: Sequence[float | None], sign: float) -> list[bool | None]:
    """For each assumption whether the sign is that of `sign`; None where nothing is known."""
    return [None if value is None else value * sign > 0 for value in differences]


def _cell(value: float | None, keeps: bool | None, unit: str) -> dict | None:
    shown = figure(None if value is None else [value, unit], 3)
    if shown and keeps is False:
        shown["text"] = ("▼ " + shown["text"][0], "▼ " + shown["text"][1])
    return shown


def _differences(told: Mapping, criterion: str, first: str, second: str) -> list[float | None] | None:
    """The differences first − second under each assumption."""
    for one in told["criteria"].get(criterion, ()):
        if {one["first"], one["second"]} == {first, second}:
            sign = 1 if one["first"] == first else -1
            return [None if value is None else sign * value for value in one["differences"]]
    return None
