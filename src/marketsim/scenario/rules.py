"""Rules of law in a scenario: each parameter is checked against what the rule's own file declares, and made plain.

A scenario writes `factor: 98%` or `fine_cny_per_lot: 20 CNY/t`; the rule gets 0.98 and 20.0 times the tonnes of a lot.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import get_args

from marketsim import policy, resources, units
from marketsim.domain.region import City
from marketsim.errors import Problem
from marketsim.policy.build import build
from marketsim.policy.dated import in_force, read_values
from marketsim.policy.rule import ParameterInfo, Rule, RuleError
from marketsim.scenario.problems import (
    bad_quantity,
    lot_at,
    missing,
    not_a_choice,
    out_of_bounds,
    unknown_key,
    wrong_type,
)
from marketsim.scenario.tree import Node, Path

ROOMS = {
    "markets.*.allocation": "allocation",
    "markets.*.compliance": "compliance",
    "markets.*.correction": "allocation/ex_post_band",
    "markets.*.entrants": "allocation/new_entrant|purchase_above_line",
    "markets.*.stability": "stability/standing_offers",
    "markets.*.consumption": "links/consumption_ratio",
    "markets.*.sale": "allocation/sellable",
    "power.plants.allocation": "allocation/national_power",
    "targets.shared_by": "decomposition",
    "targets.assessment": "assessment",
    "targets.consequences": "assessment/consequences",
    "targets.exclusions": "assessment/exclusions",
    "targets.ranking": "assessment/differentiated",
    "targets.today": "decomposition",
    "credit": "compliance/credit_record",
    "links.*.by": "links/link",
    "transfers.*.by": "transfers/*",
}
"""Which room of the law a key of the scenario takes its rule from; `room/rule`: a rule that reads what that one reads."""
IN_FORCE = "in_force"
"""Key beside `rule` that takes its parameters from the dated values of a place, as far as the scenario does not set them."""
PER_LOT = ("CNY per lot", "lots")


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a rule's parameters are judged by: the whole scenario, and the region where it is known."""

    tree: Node
    city: City | None


class _Refused(Exception):
    """A value that its parameter does not take; carries the problem."""


def plain_rules(around: Around) -> tuple[dict[Path, dict[str, object]], list[Problem]]:
    """Every rule the scenario names, by its path, as `{"rule": name, parameter: plain value}`; and all problems."""
    found: dict[Path, dict[str, object]] = {}
    problems: list[Problem] = []
    for path, room in _places(around.tree):
        node, _ = around.tree.at(path)
        if isinstance(node.value, dict) and isinstance(node.at(("rule",))[0].value, str):  # else told by the schema
            found[path], wrong = _choice(node, room, path, around)
            problems += wrong
    return found, problems


def _choice(node: Node, room: str, path: Path, around: Around) -> tuple[dict[str, object], list[Problem]]:
    """One choice of a rule as plain data, and what is wrong with it."""
    named = node.value["rule"]
    table = policy.choices(room)
    rule = table.get(named.text.replace("-", "_"))
    if rule is None:
        return {"rule": "unknown"}, [not_a_choice(named, table, (*path, "rule"))]
    dated, strange = _dated(rule, node, path, around)
    values, wrong = _parameters(rule, node, path, (around, dated))
    values, wrong = dated | values, strange + wrong
    plain = {"rule": rule.name, **values}
    if not wrong:
        try:
            build(rule.room, plain)
        except RuleError as error:
            wrong = [named.mark.problem("MS113", {"rule": rule.name, "why": str(error)}, path=path)]
    return plain, wrong


def _dated(rule: Rule, node: Node, path: Path, around: Around) -> tuple[dict[str, object], list[Problem]]:
    """What the place named under `in_force` had in force for the rule on the first day of the run; nothing without it."""
    named, day = node.value.get(IN_FORCE), around.tree.at(("calendar", "start"))[0].text
    if named is None or named.value is None:
        return {}, []
    values = read_values(resources.path("configs", "policy", "values.csv"))
    places = tuple(dict.fromkeys(one.place for one in values if (one.room, one.rule) == (rule.room, rule.name)))
    if named.text not in places:
        return {}, [not_a_choice(named, places, (*path, IN_FORCE), "place")]
    try:
        return in_force(values, named.text, (rule.room, rule.name), date.fromisoformat(day)), []
    except ValueError:
        return {}, []  # the day is told by the schema


def _places(tree: Node) -> list[tuple[Path, str]]:
    """Paths at which this scenario names a rule, with the room."""
    found = []
    for pattern, room in ROOMS.items():
        top, star, key = pattern.partition(".*.")
        if not star:
            path = tuple(pattern.split("."))
            found += [(path, room)] if tree.at(path)[1] == path else []
            continue
        block = tree.at((top,))[0]
        markets = block.value if tree.at((top,))[1] and isinstance(block.value, dict) else {}
        found += [((top, name, key), room) for name in markets if len(tree.at((top, name, key))[1]) == 3]
    return found


def _parameters(rule: Rule, node: Node, path: Path, about: tuple[Around, Mapping[str, object]]) -> tuple[dict[str, object], list[Problem]]:
    """The parameters of one rule as plain values, and what is wrong with them; `about` holds what is in force without being said."""
    around, dated = about
    declared = {info.name: info for info in rule.describe()}
    values: dict[str, object] = {}
    problems = []
    for name, child in node.value.items():
        info = declared.get(name.replace("-", "_"))
        if name in ("rule", IN_FORCE):
            continue
        if info is None:
            problems.append(unknown_key(child.key_mark or child.mark, name, ("rule", *declared), (*path, name)))
            continue
        try:
            if info.name == "parts" and isinstance(child.value, list):
                parts = [_part(one, rule.room, (*path, name, place), around) for place, one in enumerate(child.value)]
                values[info.name] = [part for part, _ in parts]
                problems += [problem for _, wrong in parts for problem in wrong]
            else:
                values[info.name] = _value(child, info, (*path, name), around)
        except _Refused as refused:
            problems.append(refused.args[0])
    for name, info in declared.items():
        if info.default is MISSING and name not in node.value and name not in dated:
            problems.append(missing(around.tree, (*path, name), {"en": info.meaning, "zh": info.meaning_zh}))
    return values, problems


def _part(node: Node, room: str, path: Path, around: Around) -> tuple[dict[str, object], list[Problem]]:
    """One part of a composed rule: a choice of its own, with the share and the sectors it serves."""
    if not isinstance(node.value, dict):
        return {}, [wrong_type(node, "map", path)]
    if not isinstance(node.at(("rule",))[0].value, str):
        return {}, [missing(around.tree, (*path, "rule"), {"en": "Name of a rule.", "zh": "规则名称。"})]
    own = {name: child for name, child in node.value.items() if name not in ("share", "sectors")}
    part, wrong = _choice(replace(node, value=own), room, path, around)
    share, sectors = node.value.get("share"), node.value.get("sectors")
    if share is not None:
        try:
            part["share"] = float(units.parse(share.text, "share").value)
        except units.UnitError as error:
            wrong.append(bad_quantity(error, share, "share", (*path, "share")))
    if sectors is not None:
        if isinstance(sectors.value, list):
            part["sectors"] = [one.text for one in sectors.value]
            known = _sectors(around.city) if around.city is not None else part["sectors"]
            wrong += [not_a_choice(one, known, (*path, "sectors"), "sector") for one in sectors.value if one.text not in known]
        else:
            wrong.append(wrong_type(sectors, "list", (*path, "sectors")))
    return part, wrong


def _value(node: Node, info: ParameterInfo, path: Path, around: Around) -> object:
    """One parameter as the rule wants it. Raises _Refused."""
    kind = _kind(info)
    if node.value is None and info.default is None:
        return None
    if info.choices is not None:
        if node.text not in info.choices or not isinstance(node.value, str):
            raise _Refused(not_a_choice(node, info.choices, path))
        return node.text
    if kind is bool:
        if not isinstance(node.value, bool):
            raise _Refused(wrong_type(node, "bool", path))
        return node.value
    if kind in (dict, tuple):
        return _several(node, info, path, around)
    if kind is str:
        if not isinstance(node.value, str):
            raise _Refused(wrong_type(node, "text", path))
        return node.value
    return _number(node, info, path, around)


def _several(node: Node, info: ParameterInfo, path: Path, around: Around) -> object:
    """A number for each sector or zone, or a list of numbers."""
    if _kind(info) is dict:
        if not isinstance(node.value, Mapping):
            raise _Refused(wrong_type(node, "map", path))
        if around.city is not None and info.name != "coefficients":
            known = _zones(around.city) if info.name == "zones" else _sectors(around.city)
            strange = next((name for name in node.value if name not in known), None)
            if strange is not None:
                child = node.value[strange]
                named = replace(child, mark=child.key_mark or child.mark, text=strange)
                raise _Refused(not_a_choice(named, known, (*path, strange), "zone" if info.name == "zones" else "sector"))
        return {name: _number(child, info, (*path, name), around) for name, child in node.value.items()}
    if not isinstance(node.value, list):
        raise _Refused(wrong_type(node, "list", path))
    return tuple(
        child.value if isinstance(child.value, str) else _number(child, info, (*path, place), around)
        for place, child in enumerate(node.value)
    )


def _number(node: Node, info: ParameterInfo, path: Path, around: Around) -> int | float:
    """A number of a rule in the rule's own unit, from a text with a unit or a bare number; its bounds are checked."""
    if isinstance(node.value, bool) or not isinstance(node.value, (str, int, Decimal)):
        raise _Refused(wrong_type(node, "number", path))
    wanted, per = _unit_of(info, path, around)
    try:
        quantity = units.parse(node.text)
        if wanted == "either" and not quantity.dimension and info.high is not None and quantity.value > info.high >= quantity.value / 100:
            units.expect(quantity, "share", node.text)  # 98 where 98% is meant
        elif not (wanted == "either" and quantity.dimension in ("", "share")):
            units.expect(quantity, "" if wanted == "either" else wanted, node.text)
    except units.UnitError as error:
        raise _Refused(bad_quantity(error, node, "" if wanted == "either" else wanted, path)) from None
    value = quantity.value * per
    for side, bound in (("low", info.low), ("high", info.high)):
        if bound is not None and (value < Fraction(bound) if side == "low" else value > Fraction(bound)):
            form = "share" if quantity.dimension == "share" else wanted
            raise _Refused(out_of_bounds(node, (side, _bound_words(bound, form, per)), path))
    if _kind(info) is int:
        if value.denominator != 1:
            raise _Refused(wrong_type(node, "whole", path))
        return int(value)
    return float(value)


def _unit_of(info: ParameterInfo, path: Path, around: Around) -> tuple[str, Fraction]:
    """The dimension a parameter is written in, and what one base unit of it is in the rule's unit."""
    lot = lot_at(path, around.tree)
    if lot is not None and info.unit in PER_LOT:
        per_lot = {"lots": (lot.base_unit, Fraction(1, lot.lot_base))}
        return per_lot.get(info.unit, (f"fen/{lot.base_unit}", Fraction(lot.lot_base, 100)))
    if info.unit == "%":
        return "share", Fraction(100)
    if info.unit.startswith("of ") and not info.unit.endswith("price") or info.unit == "per year":
        return "share", Fraction(1)
    return ("either" if info.unit == "-" else ""), Fraction(1)


def _bound_words(bound: float, wanted: str, per: Fraction) -> str:
    """A bound in the unit the user writes."""
    return units.words(Fraction(bound) / per, "" if wanted == "either" else wanted)


def _sectors(city: City) -> tuple[str, ...]:
    return tuple(sector.key for sector in city.sectors)


def _zones(city: City) -> tuple[str, ...]:
    return tuple(dict.fromkeys(region.zone for region in city.districts))


def _kind(info: ParameterInfo) -> type:
    """The type of a parameter without `| None`."""
    if isinstance(info.type, types.UnionType):
        return next(one for one in get_args(info.type) if one is not type(None))
    return info.type
