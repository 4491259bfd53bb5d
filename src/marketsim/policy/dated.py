"""Values of the law as dated data: which number a place has in force on which day, with unit, source and grade."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from marketsim.domain.grades import GRADES
from marketsim.domain.rows import Row, read
from marketsim.policy import ROOMS, rules
from marketsim.policy.rule import ParameterInfo, RuleError

COLUMNS = ("place", "room", "rule", "parameter", "from", "value", "unit", "quality", "verified", "source")


@dataclass(frozen=True, kw_only=True)
class Value:
    """One parameter of one rule in one place from a day on, until a later value of the same parameter."""

    place: str
    room: str
    rule: str
    parameter: str
    since: date
    value: object
    unit: str
    quality: str
    verified: bool
    source: str


def read_values(path: Path) -> tuple[Value, ...]:
    """Return all dated values of a file. Raises: RuleError, InputError naming the line of what is not declared."""
    return tuple(_value(row) for row in read(path, COLUMNS))


def in_force(values: tuple[Value, ...], place: str, choice: tuple[str, str], day: date) -> dict[str, object]:
    """Return the parameters of `choice` (room, rule) that `place` has in force on `day`; others keep their default."""
    of_rule = [
        one for one in values if (one.place, one.room, one.rule) == (place, *choice) and one.since <= day
    ]
    return {one.parameter: one.value for one in sorted(of_rule, key=lambda one: one.since)}


def _value(row: Row) -> Value:
    room = row.choice("room", ROOMS)
    rule = rules(room)[row.choice("rule", tuple(rules(room)))]
    declared = {info.name: info for info in rule.describe()}
    info = declared[row.choice("parameter", tuple(declared))]
    value = _read(info, row)
    wrong = info.problem(value)
    if wrong is not None:
        raise RuleError(f"{row.place}: {rule.name}.{info.name}: {wrong}")
    if row.text("unit") != info.unit:
        raise RuleError(f"{row.place}: {rule.name}.{info.name} is in {info.unit}, not in {row.text('unit')}")
    return Value(
        place=row.text("place"), room=room, rule=rule.name, parameter=info.name,
        since=date.fromisoformat(row.text("from")), value=value, unit=info.unit,
        quality=row.choice("quality", GRADES), verified=row.text("verified") == "1", source=row.text("source"),
    )  # fmt: skip


def _read(info: ParameterInfo, row: Row) -> object:
    text = row.text("value")
    if not text:
        return None
    if info.choices:
        return text
    if info.type is bool:
        return {"true": True, "false": False}.get(text, text)
    return row.whole("value") if info.type is int else float(row.number("value"))
