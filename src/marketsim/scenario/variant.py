"""A scenario under one option and one future: the same checks, another question; and a scenario as text, to be read elsewhere."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from marketsim.errors import ProblemsFound
from marketsim.scenario import names, reader
from marketsim.scenario.load import OF_A_STUDY, Scenario, as_tree, checked
from marketsim.scenario.tree import Node, merge, spread

SAID = ("marketsim", "title", "source", "look_at", "extends", "seed", *OF_A_STUDY)
"""Blocks that change no figure of a run (its seed is told apart)."""


def under(scenario: Scenario, option: str | None, values: Mapping[str, str]) -> Scenario:
    """The scenario with the keys an option sets, and over them `values`: dotted key → YAML text.

    Raises ProblemsFound where the two do not go together.
    """
    tree = scenario.tree
    if option is not None:
        for dotted, leaf in tree.value["options"].value[option].value["set"].value.items():
            tree = merge(tree, spread(dotted, leaf))
    found = []
    for number, (dotted, text) in enumerate(values.items(), start=1):
        over, wrong = as_tree(f"{dotted}={text}", number)
        found += wrong
        tree = merge(tree, over) if over else tree
    tree = replace(tree, value={key: child for key, child in tree.value.items() if key not in OF_A_STUDY})
    question, wrong = checked(tree, scenario.folder)
    if found or wrong:
        raise ProblemsFound((*found, *wrong))
    region = names.region_folder(question.region, scenario.folder)
    return replace(scenario, question=question, tree=tree, region_path=region)


def with_options(scenario: Scenario, settings: Mapping[str, Mapping[str, str]]) -> Scenario:
    """The scenario with other options: name → dotted key → YAML text. Raises ProblemsFound where one of them will not do."""
    blocks = {name: {"label": {"zh": name, "en": name}, "set": {key: _Raw(text) for key, text in values.items()}} for name, values in settings.items()}
    tree, found = reader.read_text(_flow({"options": blocks}, 0), "options")
    if tree is None or found:
        raise ProblemsFound(tuple(found))
    tree = replace(scenario.tree, value=scenario.tree.value | tree.value)
    question, found = checked(tree, scenario.folder)
    if question is None or found:
        raise ProblemsFound(tuple(found))
    made = replace(scenario, question=question, tree=tree)
    for name in settings:
        under(made, name, {})
    return made


def substance(scenario: Scenario) -> str:
    """Canonical JSON of what decides the figures of a run: no names, no seed, nothing of the study around it."""
    data = scenario.question.model_dump(mode="json", exclude=set(SAID))
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def text(scenario: Scenario) -> str:
    """The resolved scenario, all it extends laid in, as text that `from_text` reads."""
    data = scenario.tree.plain()
    data.pop("extends", None)
    return _flow(data, 0) + "\n"


def from_text(written: str, name: str, folder: Path) -> Scenario:
    """Read what `text` wrote; a region or grid beside the file is looked for in `folder`. Raises ProblemsFound."""
    tree, found = reader.read_text(written, name)
    question = None
    if tree is not None and not found:
        question, found = checked(tree, folder)
    if question is None or found:
        raise ProblemsFound(tuple(found))
    return Scenario(name=name, question=question, folder=folder, tree=tree, region_path=names.region_folder(question.region, folder))


def flow(node: Node) -> str:
    """One value as YAML text on one line."""
    return _flow(node.plain(), None)


class _Raw(str):
    """Text that is YAML already."""


def _flow(data: object, depth: int | None) -> str:
    """Plain data as JSON, which YAML reads too; decimals stay exact. `depth` None: all on one line."""
    if isinstance(data, (dict, list)):
        inner = None if depth is None else depth + 1
        parts = [f"{json.dumps(k, ensure_ascii=False)}: {_flow(v, inner)}" for k, v in data.items()] if isinstance(data, dict) else [_flow(v, None) for v in data]
        opened, closed = "{}" if isinstance(data, dict) else "[]"
        if depth is None or isinstance(data, list):
            return opened + ", ".join(parts) + closed
        return opened + "\n" + ",\n".join(" " * (depth + 1) + part for part in parts) + closed
    if isinstance(data, _Raw):
        return str(data)
    return f"{data:f}" if isinstance(data, Decimal) else json.dumps(data, ensure_ascii=False)
