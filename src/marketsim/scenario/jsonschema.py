"""The JSON Schema of scenario files for editors, made from the same classes that check them."""

import re
from typing import Any

from marketsim import policy
from marketsim.scenario import shape
from marketsim.scenario.rules import ROOMS
from marketsim.scenario.schema import Question

WHOLE = ("Option", "Title", "Spread")
"""Blocks that are written out, not laid over another."""
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema(lang: str = "en") -> dict[str, Any]:
    """JSON Schema of one scenario file, described in `lang`.

    Little is required and everything may be null, because a file only says what differs from the scenario it extends.
    """
    made = {**Question.model_json_schema(), "$schema": DRAFT, "title": "marketsim scenario"}
    made["$defs"].pop("RuleChoice")
    for name, block in {"Question": made, **made["$defs"]}.items():
        if name not in WHOLE:
            block.pop("required", None)
        properties = block.get("properties", {})
        for key, value in properties.items():
            value.pop("title", None)
            value["description"] = _described(f"{name}.{key}", value.get("description", ""), lang)
    for path, room in ROOMS.items():
        block, key = BLOCKS.get(path.split(".")[0]), path.rpartition(".")[2]
        properties = (made["$defs"][block] if block else made)["properties"]
        properties[key] = {"description": properties[key]["description"], **_rule(room, lang)}
    for name, block in {"Question": made, **made["$defs"]}.items():
        for key, value in block.get("properties", {}).items():
            block["properties"][key] = value if name in WHOLE else _or_null(value)
    dotted = "|".join(sorted({_pattern(path) for path in shape.keys() if "." in path}))
    made["$defs"]["Option"]["properties"]["set"]["propertyNames"] = {"pattern": f"^({dotted})$"}
    made["required"] = ["marketsim"]
    return made


IN_FORCE_SAYS = {
    "en": "Place whose dated values (configs/policy/values.csv) hold for parameters the scenario does not set.",
    "zh": "地名：场景未写的参数取该地当日有效的取值（configs/policy/values.csv）。",
}
BLOCKS = {"markets": "Market", "targets": "Targets", "links": "Link", "transfers": "Transfer", "power": "Plants"}
"""Blocks that hold a key which names a rule, by the first part of its path; other such keys stand at the top."""


def _described(field: str, english: str, lang: str) -> str:
    """The sentence about a field of a block in the reader's language."""
    known = (key for key in shape.keys().values() if f"{key.block}.{key.path.rpartition('.')[2]}" == field)
    chinese = next((key.meaning["zh"] for key in known), "")
    return chinese if lang == "zh" and chinese else english


def _rule(room: str, lang: str) -> dict[str, Any]:
    """A key that names a rule: the rules of its own room, and every parameter that one of them has."""
    rules = policy.choices(room)
    named = {"enum": [*rules, *(name.replace("_", "-") for name in rules if "_" in name)]}
    parameters: dict[str, dict[str, str]] = {}
    for rule in rules.values():
        for info in rule.describe():
            meaning = info.meaning_zh if lang == "zh" else info.meaning
            parameters.setdefault(info.name, {"description": f"{rule.name}: {meaning}"})
    parameters["in_force"] = {"description": IN_FORCE_SAYS[lang]}
    return {"type": "object", "properties": {"rule": named, **parameters}, "additionalProperties": False}


def _or_null(value: dict[str, Any]) -> dict[str, Any]:
    """The same, or null: null deletes what the extended scenario says."""
    description = value.pop("description", "")
    for named, inside in value.get("patternProperties", {}).items():  # a block whose names the user chooses
        value["patternProperties"][named] = {"anyOf": [inside, {"type": "null"}]}
    choices = value["anyOf"] if "anyOf" in value else [value]
    if {"type": "null"} not in choices:
        choices = [*choices, {"type": "null"}]
    return {"description": description, "anyOf": choices}


def _pattern(path: str) -> str:
    """A dotted key of the format as a regular expression; parameters of rules may follow a key that names one."""
    tail = r"(\.[a-z][a-z0-9_-]*)?" if path in ROOMS else ""
    return re.escape(path).replace(r"\*", r"[^.]+") + tail
