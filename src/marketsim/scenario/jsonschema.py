"""The JSON Schema of scenario files for editors, made from the same classes that check them."""

import re
from typing import Any

from marketsim import policy
from marketsim.scenario import shape
from marketsim.scenario.rules import ROOMS
from marketsim.scenario.schema import Question

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema(lang: str = "en") -> dict[str, Any]:
    """JSON Schema of one scenario file, described in `lang`.

    Only `marketsim` is required, because what a file leaves out may come from the scenario it extends.
    """
    made = {"$schema": DRAFT, "title": "marketsim scenario", **Question.model_json_schema()}
    made["title"] = "marketsim scenario"
    for name, block in {"Question": made, **made["$defs"]}.items():
        block.pop("required", None)
        for key, value in block.get("properties", {}).items():
            value.pop("title", None)
            _describe(value, f"{name}.{key}", lang)
    _rules(made)
    dotted = "|".join(sorted({_pattern(path) for path in shape.keys() if "." in path}))
    made["$defs"]["Option"]["properties"]["set"]["propertyNames"] = {"pattern": f"^({dotted})$"}
    made["required"] = ["marketsim"]
    return made


def _describe(value: dict[str, Any], field: str, lang: str) -> None:
    """Put the Chinese sentence in the place of the English one."""
    chinese = next((k.meaning["zh"] for k in shape.keys().values() if f"{k.block}.{k.path.rpartition('.')[2]}" == field), "")
    if lang == "zh" and chinese:
        value["description"] = chinese


def _rules(made: dict[str, Any]) -> None:
    """Give every key that names a rule the rules of its own room."""
    made["$defs"].pop("RuleChoice")
    for path, room in ROOMS.items():
        block, key = {"markets": "Market", "targets": "Targets"}[path.split(".")[0]], path.rpartition(".")[2]
        named = {"enum": [*policy.choices(room), *(n.replace("_", "-") for n in policy.choices(room) if "_" in n)]}
        field = made["$defs"][block]["properties"][key]
        description = field.get("description", "")
        field.clear()
        field.update(description=description, type="object", properties={"rule": named})


def _pattern(path: str) -> str:
    """A dotted key of the format as a regular expression; parameters of rules may follow a key that names one."""
    tail = r"(\.[a-z][a-z0-9_-]*)?" if path in ROOMS else ""
    return re.escape(path).replace(r"\*", r"[^.]+") + tail
