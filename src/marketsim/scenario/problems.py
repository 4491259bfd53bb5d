"""Turns what the schema refuses into problems with a place, a sentence in two languages and a suggestion."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from marketsim import units
from marketsim.errors import Problem
from marketsim.messages import both, catalogue
from marketsim.scenario import names, shape
from marketsim.scenario.suggest import closest, containing
from marketsim.scenario.tree import Mark, Node, Path
from marketsim.scenario.values import AMOUNTS, EXAMPLES

EXPECTED = {
    "model_type": "map", "dict_type": "map", "list_type": "list", "string_type": "text", "int_type": "whole",
    "int_from_float": "whole", "bool_type": "bool", "date_type": "date", "is_instance_of": "text",
}  # fmt: skip
BOUNDS = {
    "greater_than_equal": ("ge", "low"), "greater_than": ("gt", "above"),
    "less_than_equal": ("le", "high"), "less_than": ("lt", "below"),
}  # fmt: skip


def from_schema(errors: Iterable[Mapping], tree: Node, told: Iterable[Path]) -> list[Problem]:
    """One problem for each error of pydantic; nothing about what stands under a name that is wrong itself (`told`)."""
    errors = list(errors)
    malformed = {tuple(error["loc"][:-1]) for error in errors if error["loc"][-1:] == ("[key]",)}
    spoilt = (*malformed, *told)
    problems = []
    for error in errors:
        path = tuple(step for step in error["loc"] if step != "[key]")
        if "[key]" in error["loc"] or not any(path[: len(name)] == name for name in spoilt):
            problems.append(_problem(error, path, tree))
    return problems


def unknown_key(mark: Mark, name: str, choices: Iterable[str], path: Path) -> Problem:
    """MS101: a key that does not exist here, with the nearest that does."""
    choices = tuple(choices)
    near = closest(name, choices) or shape.elsewhere(name) or containing(name, choices)
    if near:
        return mark.problem("MS101", {"key": name, "suggestion": near}, path, "suggest")
    return mark.problem("MS101", {"key": name, "allowed": _listed(choices)}, path, "list")


def not_a_choice(node: Node, choices: Iterable[str], path: Path, kind: str = "") -> Problem:
    """MS102, or MS301 for names of a `kind` of thing: a word that is none of the choices, with the nearest."""
    choices = tuple(choices)
    near = closest(node.text, choices) or containing(node.text, choices)
    code = "MS301" if kind else "MS102"
    values = {"text": node.text, "allowed": _listed(choices), "kind": both(f"kind.{kind}") if kind else ""}
    if near:
        return node.mark.problem(code, {**values, "suggestion": near}, path, "suggest")
    return node.mark.problem(code, values, path, "list" if choices or not kind else "none")


def wrong_type(node: Node, expected: str, path: Path) -> Problem:
    """MS104: a map where a list belongs, and the like."""
    quote = expected == "text" and not isinstance(node.value, (dict, list)) and node.value is not None
    found = node.text if found_kind(node) == "number" else both(f"found.{found_kind(node)}")
    keys = shape.allowed(path) if expected == "map" else ()
    advice = "quote" if quote else "keys" if keys else {"whole": "count", "date": "day"}.get(expected, "hint")
    return node.mark.problem(f"MS104.{expected}", {"found": found, "allowed": _listed(tuple(keys))}, path, advice)


def missing(tree: Node, path: Path, meaning: Mapping[str, str]) -> Problem:
    """MS103, at the block that lacks the key."""
    block, _ = tree.at(path[:-1])
    mark = block.key_mark or block.mark
    return mark.problem("MS103", {"key": path[-1], "meaning": meaning}, path, "base" if path == ("region",) else "hint")


def out_of_bounds(node: Node, limit: tuple[str, str], path: Path) -> Problem:
    """MS204: `limit` is the side (low, above, high, below) and its words."""
    side, bound = limit
    where = "low" if side in ("low", "above") else "high"
    return node.mark.problem("MS204", {"text": node.text, where: bound}, path, side)


def bad_quantity(error: units.UnitError, node: Node, wanted: str, path: Path) -> Problem:
    """A problem of units, with the dimension that is `wanted` in words and an example of it."""
    values: dict = dict(error.values)
    for role in ("found", "expected"):
        if role in values:
            values[role] = dimension_words(wanted if role == "expected" else values[role])
    example = EXAMPLES.get(wanted, "25 CNY/t")
    if error.code == "MS201":
        example = example.partition(" ")[2]
    values.setdefault("example", example)
    advice = "hint"
    if re.fullmatch(r"\d{1,3}(,\d{3})+\b.*", node.text):
        example = values["example"] = node.text.replace(",", "")
    if error.code == "MS205":
        symbols = [symbol for table in units.SYMBOLS.values() for symbol in table] + ["tCO2", "MtCO2"]
        near = closest(values["unit"], symbols)
        if near:
            values["suggestion"], advice = near, "suggest"
    values["text"] = node.text or values.get("text", "")
    return node.mark.problem(error.code, values, path, advice)


def dimension_words(dimension: str) -> Mapping[str, str] | str:
    """A dimension in words of both languages."""
    key = f"dimension.{dimension}"
    return both(key) if key in catalogue("en") else dimension


def dimension_at(path: Path, tree: Node, kind: str) -> str:
    """The dimension an amount or a price must have at `path`; the bare kind where the market is not known."""
    if kind not in ("amount", "price"):
        return kind
    base = base_unit_at(path, tree)
    if base is None:
        return kind
    return base if kind == "amount" else f"fen/{base}"


def base_unit_at(path: Path, tree: Node) -> str | None:
    """The base unit in which a market, the power block or the targets count."""
    lot = lot_at(path, tree)
    return lot.base_unit if lot else "kWh" if path[0] == "power" and path[1:2] != ("plants",) else None


def lot_at(path: Path, tree: Node) -> names.Lot | None:
    """Units and lot of the right that a market or the targets are about."""
    if path[0] == "targets":
        meter, reached = tree.at(("targets", "meter"))
        return lot_at(("markets", meter.text), tree) if len(reached) == 2 else None
    if path[:2] == ("power", "plants"):
        right, reached = tree.at(("power", "plants", "right"))
        return lot_at(("markets", right.text), tree) if len(reached) == 3 else None
    if path[0] == "links" and len(path) > 1:
        market, reached = tree.at(("links", path[1], "market"))
        return lot_at(("markets", market.text), tree) if len(reached) == 3 else None
    if path[0] == "markets" and len(path) > 1:
        named, reached = tree.at(("markets", path[1], "instrument"))
        return names.instruments().get(named.text) if len(reached) == 3 else None
    return None


def wrong_units(tree: Node) -> list[Problem]:
    """Every amount and price that is not in the unit of its market: 8200 万tce as a cap on tonnes of CO2."""
    found = []
    for path, node in tree.leaves():
        known = shape.keys().get(shape.pattern(path))
        base = base_unit_at(path, tree)
        if base is None or known is None or known.kind not in ("amount", "price"):
            continue
        wanted = dimension_at(path, tree, known.kind)
        try:
            dimension = units.parse(node.text).dimension
        except units.UnitError:
            continue  # told by the schema
        if dimension != wanted and (dimension in AMOUNTS or dimension.startswith("fen/")):
            values = {"text": node.text, "found": dimension, "expected": wanted}
            found.append(bad_quantity(units.UnitError("MS202", values), node, wanted, path))
    return found


def found_kind(node: Node) -> str:
    """What a node holds, as a key of the catalogues."""
    kinds = ((bool, "bool"), (dict, "map"), (list, "list"), (str, "text"), ((int, Decimal), "number"))
    return next((name for kind, name in kinds if isinstance(node.value, kind)), "null")


def _problem(error: Mapping, path: Path, tree: Node) -> Problem:
    """One error of pydantic as a problem."""
    node, reached = tree.at(path)
    kind, context = error["type"], error.get("ctx", {})
    known = shape.keys().get(shape.pattern(path))
    if kind == "missing":
        return missing(tree, path, known.meaning if known else {"en": "", "zh": ""})
    if kind == "extra_forbidden":
        return unknown_key(node.key_mark or node.mark, str(path[-1]), shape.allowed(path[:-1]), path)
    if "[key]" in error["loc"]:
        return (node.key_mark or node.mark).problem("MS105", {"text": str(path[-1])})
    if kind == "literal_error":
        if path == ("marketsim",):
            return node.mark.problem("MS110", {"text": node.text}, path=("marketsim",))
        return not_a_choice(node, known.choices if known else shape.keys()[shape.pattern(path[:-1])].choices, path)
    if kind == "string_pattern_mismatch":
        return node.mark.problem("MS105", {"text": node.text}, path=path)
    if kind in ("string_too_short", "string_too_long"):
        return node.mark.problem("MS111", {"low": "1", "high": "200"}, path=path)
    if kind in BOUNDS:
        bound, side = BOUNDS[kind]
        return out_of_bounds(node, (side, _bound_words(context[bound], known)), path)
    if kind in EXPECTED and known is not None and known.kind == "rule" and found_kind(node) == "text":
        values = {"found": both("found.text"), "text": node.text}
        return node.mark.problem("MS104.map", values, path, "rule")
    if kind in EXPECTED:
        return wrong_type(node, EXPECTED[kind], path)
    if kind == "too_long":
        return (node.key_mark or node.mark).problem("MS022", {}, path=path)
    if kind == "MS104.date":
        return wrong_type(node, "date", path)
    if kind.startswith("MS"):
        return _from_value(kind, context, node, path, tree)
    raise AssertionError(f"the schema raised {kind} at {path}, for which there is no sentence")


def _from_value(code: str, context: Mapping, node: Node, path: Path, tree: Node) -> Problem:
    """A problem that one of our kinds of value raised."""
    if code == "MS207" and found_kind(node) in ("map", "list", "bool", "null"):
        return wrong_type(node, "number", path)
    wanted = dimension_at(path, tree, context["kind"])
    values = {name: text for name, text in context.items() if name != "kind"}
    return bad_quantity(units.UnitError(code, values), node, wanted, path)


def _listed(choices: tuple[str, ...], most: int = 12) -> str:
    """The first choices, with an ellipsis where there are more."""
    return ", ".join(choices[:most]) + (", …" if len(choices) > most else "")


def _bound_words(bound: int | Fraction, known: shape.Key | None) -> str:
    """A bound as a reader writes it: shares in per cent."""
    return units.words(bound, "share") if known is not None and known.kind == "share" else str(bound)
