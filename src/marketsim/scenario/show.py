"""Shows a scenario as it stands after everything it extends: each value, and with `why` the line that set it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from marketsim.errors import cells, printable
from marketsim.scenario import shape
from marketsim.scenario.load import Scenario
from marketsim.scenario.tree import Node


@dataclass(frozen=True, kw_only=True)
class Row:
    """One value: its key, its text as written, and where (`file:line`; empty for a default of the format)."""

    key: str
    text: str
    place: str


def rows(scenario: Scenario) -> list[Row]:
    """Every value of the resolved scenario, defaults of the format included, in the order of the file."""
    found = [
        Row(key=".".join(map(str, path)), text=_text(node), place=f"{node.mark.file}:{node.mark.line}")
        for path, node in scenario.tree.leaves()
        if path != ("extends",)
    ]
    written = {row.key for row in found}
    for path, key in shape.keys().items():
        for name in _named(path, scenario.tree):
            if name not in written and key.default is not None and not any(one.startswith(f"{name}.") for one in written):
                found.append(Row(key=name, text=as_written(key.default), place=""))
    return found


def lines(scenario: Scenario, why: bool) -> list[str]:
    """`key: value` lines; with `why`, each with the file and line that set it."""
    listed = [(f"{row.key}: {row.text}", row.place or "default") for row in rows(scenario)]
    if not why:
        return [text for text, _ in listed]
    width = min(70, max(cells(text) for text, _ in listed))
    return [f"{text}{' ' * (width - cells(text))}  # {place}" for text, place in listed]


def difference(one: Scenario, other: Scenario) -> list[str]:
    """Keys whose value differs, as `key: here → there`; equal amounts in other units do not count."""
    said, other_said = ({row.key: row.text for row in rows(scenario)} for scenario in (one, other))
    changed = _changes(json.loads(one.canonical), json.loads(other.canonical), "")
    return [
        f"{key}: {said.get(key) or as_written(here)} → {other_said.get(key) or as_written(there)}"
        for key, here, there in changed
        if not key.startswith("title.")
    ]


def _named(path: str, tree: Node) -> list[str]:
    """The keys that a path of the format with a * stands for in this scenario; only in blocks that it has."""
    found: list[tuple[str, ...]] = [()]
    *blocks, last = path.split(".")
    for step in blocks:
        inside = [(done, tree.at(done)[0].value) for done in found]
        found = [
            (*done, name)
            for done, value in inside
            if isinstance(value, dict)
            for name in (value if step == "*" else [step] if step in value else [])
        ]
    return [".".join((*done, last)) for done in found] if last != "*" else []


def _text(node: Node) -> str:
    """A value as written; lists in brackets."""
    if isinstance(node.value, list):
        return "[" + ", ".join(_text(child) for child in node.value) + "]"
    if isinstance(node.value, dict):
        return "{" + ", ".join(f"{key}: {_text(child)}" for key, child in node.value.items()) + "}"
    return printable(node.text, 200) if node.value is not None else "null"


def as_written(value: object) -> str:
    """A value that no file has written, as it would be written."""
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    return "–" if value is None else printable(str(value))


def _changes(here: object, there: object, key: str) -> Iterator[tuple[str, object, object]]:
    """Where two trees of plain data differ: a block that is gone is one change, a new one as many as it has values."""
    if isinstance(there, dict) and (isinstance(here, dict) or here is None):
        here = here or {}
        for name in {**here, **there}:
            yield from _changes(here.get(name), there.get(name), f"{key}.{name}".lstrip("."))
    elif here != there:
        yield key, here, there
