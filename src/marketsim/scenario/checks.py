"""What no single key can tell: names that must exist, dates in order, shares that add up, floors below ceilings."""

from collections.abc import Iterator
from pathlib import Path as FilePath

from marketsim import units
from marketsim.agents import STRATEGIES
from marketsim.domain.region import views
from marketsim.errors import Problem
from marketsim.scenario import names
from marketsim.scenario.problems import bad_quantity, not_a_choice, out_of_bounds
from marketsim.scenario.schema import Market, Question
from marketsim.scenario.tree import Node, Path

MOST_RUNS = 1_000_000
SHAPES = ({"mean", "sd"}, {"low", "high"}, {"low", "mode", "high"}, {"values"})
"""The keys by which a distribution is recognised."""


def names_exist(tree: Node, folder: FilePath) -> list[Problem]:
    """Instruments, rights, holidays, grid, strategies and so on that the scenario names but nobody knows."""
    markets, zones = _keys(tree, ("markets",)), names.zones(tree.at(("power", "grid"))[0].text, folder)
    home = names.region_folder(tree.at(("region",))[0].text, folder)
    known = [
        (("calendar", "holidays"), names.holidays(), "holidays"),
        (("power", "grid"), names.grids() if zones is None else None, "grid"),
        (("power", "zone"), zones, "zone"),
        (("targets", "meter"), markets, "market"),
        (("report", "baseline"), _keys(tree, ("options",)), "option"),
        (("view",), views(home) if home else None, "view"),
    ]
    known.append((("power", "plants", "right"), markets, "market"))
    known += [(("markets", market, "instrument"), tuple(names.instruments()), "instrument") for market in markets]
    known += [(("links", link, "market"), markets, "market") for link in _keys(tree, ("links",))]
    for law in _keys(tree, ("transfers",)):
        table = ("transfers", law, "table")
        known.append((table, None if names.transfer_table(tree.at(table)[0].text, folder) else names.transfers(), "table"))
    found = []
    for path, choices, kind in known:
        node, reached = tree.at(path)
        if reached == path and isinstance(node.value, str) and choices is not None and node.value not in choices:
            found.append(not_a_choice(node, choices, path, kind))
    for path in strange_markets(tree, folder):
        rights = tuple(right.key for right in names.city(home).rights)
        found.append(_stranger(tree.at(path)[0], path, rights, "right"))
    return (
        found
        + _strange_strategies(tree, home)
        + _unknown_entries(tree, ("power", "priced_rights"), markets, "market")
        + _unknown_entries(tree, ("governments", "trade"), markets, "market")
    )


def _strange_strategies(tree: Node, home: FilePath | None) -> list[Problem]:
    """Strategies nobody knows, for all firms, by sector or for investors, and sectors the region has not."""
    known, sectors = tuple(STRATEGIES), _keys(tree, ("firms", "by_sector"))
    blocks = [("firms", "strategies"), ("firms", "investors"), *(("firms", "by_sector", sector) for sector in sectors)]
    found = [problem for block in blocks for problem in _unknown_keys(tree, block, known, "strategy")]
    for block in (("firms", "by_sector"), ("targets", "feedstock")):
        if home and _keys(tree, block):
            found += _unknown_keys(tree, block, tuple(sector.key for sector in names.city(home).sectors), "sector")
    return found


def strange_markets(tree: Node, folder: FilePath) -> list[Path]:
    """Markets whose name is no right of the region: what stands under them is not looked at."""
    home = names.region_folder(tree.at(("region",))[0].text, folder)
    rights = {right.key for right in names.city(home).rights} if home else set(_keys(tree, ("markets",)))
    return [("markets", name) for name in _keys(tree, ("markets",)) if name not in rights]


def _unknown_keys(tree: Node, path: Path, known: tuple[str, ...], kind: str) -> list[Problem]:
    """Keys of a block that name nothing."""
    block = tree.at(path)[0].value if _keys(tree, path) else {}
    return [_stranger(child, (*path, name), known, kind) for name, child in block.items() if name not in known]


def _stranger(child: Node, path: Path, known: tuple[str, ...], kind: str) -> Problem:
    """MS301 at a key that names nothing."""
    return not_a_choice(Node(value=path[-1], mark=child.key_mark or child.mark, text=path[-1]), known, path, kind)


def _unknown_entries(tree: Node, path: Path, known: tuple[str, ...], kind: str) -> list[Problem]:
    """Entries of a list that name nothing."""
    node, reached = tree.at(path)
    listed = node.value if reached == path and isinstance(node.value, list) else []
    return [not_a_choice(child, known, path, kind) for child in listed if child.text not in known]


def fits_together(question: Question, tree: Node) -> list[Problem]:
    """Cross-checks of a question whose single values are all right."""
    found = list(_ordered(tree, ("calendar",), ("start", "end"), {}))
    mixed = {("firms", "strategies"): question.firms.strategies}
    mixed |= {("firms", "by_sector", sector): shares for sector, shares in question.firms.by_sector.items()}
    for path, shares in mixed.items():
        total = sum(shares.values())
        if total != 1:
            node, _ = tree.at(path)
            mark = node.key_mark or node.mark
            found.append(mark.problem("MS306", {"total": units.words(total, "share")}, path=path))
    if sum(question.firms.investors.values()) > 1:
        node, _ = tree.at(("firms", "investors"))
        found.append(out_of_bounds(node, ("high", "100%"), ("firms.investors",)))
    for name, market in question.markets.items():
        found += _market(name, market, question, tree)
    found += _unmet(question, tree)
    runs = max(1, len(question.options)) * question.runs.seeds * question.runs.futures
    if runs > MOST_RUNS:
        mark = tree.at(("runs",))[0].key_mark or tree.mark
        found.append(mark.problem("MS308", {"runs": str(runs), "most": str(MOST_RUNS)}, path=("runs",)))
    return found


def _unmet(question: Question, tree: Node) -> Iterator[Problem]:
    """MS309 where governments are to act on what the scenario has not, or a table of one city's payments is asked of several."""
    for key, transfer in question.transfers.items() if question.copies > 1 else ():
        if transfer.table is not None:
            path = ("transfers", key, "table")
            yield tree.at(path)[0].mark.problem("MS309", {"first": ".".join(path), "second": "copies: 1"}, path)
    targets, exempts = question.targets, ("targets", "assessment", "incentive_exempts")
    if targets is not None and targets.incentive_cut is None and targets.assessment.parameters.get("incentive_exempts"):
        yield tree.at(exempts)[0].mark.problem("MS309", {"first": ".".join(exempts), "second": "targets.incentive_cut"}, exempts)
    governments = question.governments
    if governments is None:
        return
    node = tree.at(("governments",))[0]
    mark = node.key_mark or node.mark
    if question.targets is None:
        yield mark.problem("MS309", {"first": "governments", "second": "targets"}, ("governments",))
    if "curtail" in governments.acts and question.firms.output is None:
        yield mark.problem("MS309", {"first": "governments.acts: [curtail]", "second": "firms.output"}, ("governments", "acts"))


def distribution(dotted: str, node: Node) -> list[Problem]:
    """What is wrong with the form of one uncertainty: its keys, the order of its ends, its width.

    A wrong value is told where it is put in its place, not here.
    """
    path = ("uncertainty", dotted)
    if set(node.value) not in SHAPES:
        return [node.key_mark.problem("MS305", {}, path)]
    ends = [node.value[end] for end in ("mean", "sd", "low", "mode", "high") if end in node.value]
    try:
        amounts = [units.parse(end.text) for end in ends]
    except units.UnitError:
        return []
    if "sd" not in node.value:
        return [
            before.mark.problem("MS209", {"text": f"{before.text} .. {after.text}", "example": f"{after.text} .. {before.text}"}, path)
            for before, after, low, high in zip(ends, ends[1:], amounts, amounts[1:], strict=False)
            if low.dimension == high.dimension and low.value > high.value
        ]
    mean, width = amounts
    if not mean.dimension:
        return []  # told where it is put in its place: what the width should be is not known before
    if mean.dimension != width.dimension:
        error = units.UnitError("MS202", {"found": width.dimension, "expected": mean.dimension})
        return [bad_quantity(error, ends[1], mean.dimension, path)]
    return [out_of_bounds(ends[1], ("low", "0"), path)] if width.value < 0 else []


def _market(name: str, market: Market, question: Question, tree: Node) -> Iterator[Problem]:
    """Dates and prices of one market."""
    here: Path = ("markets", name)
    outer = {"start": str(question.calendar.start), "end": str(question.calendar.end)}
    order = ("open", "allocation", "verification", "true_up", "surrender")
    yield from _ordered(tree, (*here, "calendar"), order[1:], outer)
    yield from _ordered(tree, (*here, "calendar"), ("open", "surrender"), outer)
    if market.auction:
        yield from _dates(tree, (*here, "calendar", "open"), (*here, "auction", "day"))
        yield from _dates(tree, (*here, "auction", "day"), (*here, "calendar", "surrender"))
        yield from _below(tree, (*here, "auction", "reserve_price"), (*here, "shortfall_price"))
        if market.cap is not None and market.auction.volume.value > market.cap.value * market.reserve:
            node, _ = tree.at((*here, "auction", "volume"))
            kept = units.words(market.cap.value * market.reserve, market.cap.dimension)
            values = {"first": "auction.volume", "high": node.text, "second": "cap × reserve", "low": kept}
            yield node.mark.problem("MS304", values, (*here, "auction", "volume"))
    if market.suspended:
        span = ("day",) if market.suspended.until is None else ("day", "until")
        yield from _ordered(tree, (*here, "suspended"), span, outer)
    if market.offsets:
        yield from _below(tree, (*here, "offsets", "price_low"), (*here, "offsets", "price_high"))


def _ordered(tree: Node, block: Path, keys: tuple[str, ...], outer: dict[str, str]) -> Iterator[Problem]:
    """Dates of a block that are not in the order of `keys`, or outside the calendar of the run."""
    for earlier, later in zip(keys, keys[1:], strict=False):
        yield from _dates(tree, (*block, earlier), (*block, later))
    if outer:
        yield from _dates(tree, ("calendar", "start"), (*block, keys[0]))
        yield from _dates(tree, (*block, keys[-1]), ("calendar", "end"))


def _dates(tree: Node, earlier: Path, later: Path) -> Iterator[Problem]:
    """MS303 where two dates (texts in ISO form, which sort as dates do) stand the wrong way round."""
    first, second = tree.at(earlier)[0], tree.at(later)[0]
    if first.text > second.text:
        at = _own(tree, second, first)
        values = {
            "first": ".".join(map(str, earlier)), "low": first.text,
            "second": ".".join(map(str, later)), "high": second.text,
        }  # fmt: skip
        yield at.mark.problem("MS303", values, earlier)


def _below(tree: Node, lower: Path, upper: Path) -> Iterator[Problem]:
    """MS304 where a price that must not exceed another does."""
    low, high = tree.at(lower)[0], tree.at(upper)[0]
    if units.parse(low.text).value > units.parse(high.text).value:
        values = {"first": str(lower[-1]), "high": low.text, "second": str(upper[-1]), "low": high.text}
        yield _own(tree, high, low).mark.problem("MS304", values, path=lower)


def _own(tree: Node, one: Node, other: Node) -> Node:
    """Of two values that do not fit, the one that the user's own file sets; `other` where both or neither are."""
    return one if one.mark.file == tree.mark.file != other.mark.file else other


def regions(tree: Node, folder: FilePath) -> tuple[dict[Path, list[str]], list[Problem]]:
    """Adcodes of the districts that markets are limited to, by path; and names nobody or more than one bears."""
    node, reached = tree.at(("region",))
    if not reached or not isinstance(node.value, str):
        return {}, []  # told by the schema
    home = names.region_folder(node.value, folder)
    if home is None:
        return {}, [not_a_choice(node, names.regions(), ("region",), "region")]
    resolved: dict[Path, list[str]] = {}
    found = []
    favours = tree.at(("favours",))[0].value if tree.at(("favours",))[1] else []
    paths: list[Path] = [("markets", market, "regions") for market in _keys(tree, ("markets",))]
    paths += [("favours", place, "regions") for place in range(len(favours) if isinstance(favours, list) else 0)]
    for path in paths:
        listed, reached = tree.at(path)
        if reached != path or not isinstance(listed.value, list):
            continue
        resolved[path] = []
        for place, child in enumerate(listed.value):
            meant = names.called(child.text, home)
            resolved[path] += [str(region.adcode) for region in meant]
            if not meant:
                found.append(not_a_choice(child, [region.name_zh for region in names.city(home).regions], (*path, place), "district"))
            elif len(meant) > 1:
                either = [f"{region.name_zh} ({region.adcode})" for region in meant]
                values = {"text": child.text, "candidates": {"en": " or ".join(either), "zh": "或".join(either)}}
                found.append(child.mark.problem("MS302", values, path=path))
    return resolved, found


def _keys(tree: Node, path: Path) -> tuple[str, ...]:
    """Names in a block the user fills; none where there is no such block."""
    node, reached = tree.at(path)
    return tuple(node.value) if reached == path and isinstance(node.value, dict) else ()
