"""The question on the screen: its levers from a packaged scenario, and what the reader set as a study file.

The state of the screen is `base`, `options` (label, set: dotted key → text), `futures` (dotted key → [low, high]), `seeds`. The file written
from it is an ordinary study: nothing done with the mouse is lost to the command line.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from marketsim import policy, resources, units
from marketsim.errors import InputError
from marketsim.scenario import Scenario, load, shape
from marketsim.scenario.variant import under

OPTION_BLOCKS = ("markets", "targets", "power")
FUTURE_BLOCKS = ("activity", "firms")
MOST_OPTIONS, MOST_SEEDS = 20, 1000
FIRST = "tianjin-2020"
"""Where a screen without a past begins."""


def bases() -> list[str]:
    """Packaged scenarios a study can start from."""
    found = [file.stem for file in sorted(resources.path("scenarios").glob("*.yaml"))]
    gallery = resources.path("scenarios") / "gallery"
    return found + [file.stem for file in sorted(gallery.glob("*.yaml"))] if gallery.is_dir() else found


@lru_cache(maxsize=8)
def levers(base: str) -> dict:
    """What can be set: levers of options and of futures (key, value, meaning), and the options the scenario brings; not to be changed."""
    scenario = load(_known(base))
    data = scenario.tree.plain()
    found: dict = {"options": [], "futures": [], "brought": []}
    for kind, blocks in (("options", OPTION_BLOCKS), ("futures", FUTURE_BLOCKS)):
        for path, value in ((path, value) for block in blocks for path, value in _leaves(data.get(block), (block,))):
            found[kind].append({"key": ".".join(path), "value": value, "meaning": _meaning(data, path)})
    for name, option in scenario.question.options.items():
        patch = scenario.tree.value["options"].value[name].value["set"].plain()
        found["brought"].append({"label": option.label.en, "label_zh": option.label.zh, "set": {key: value if isinstance(value, str) else _text(value) for key, value in patch.items()}})
    return found | {"base": base, "bases": bases(), "title": [scenario.title["zh"], scenario.title["en"]], "seeds": scenario.question.runs.seeds}


def begin(base: str) -> dict:
    """The state with which a screen begins: the options that the scenario brings, or one without a change."""
    found = levers(base)
    return {"base": base, "title": found["title"][1], "options": found["brought"] or [{"label": "A", "set": {}}], "futures": {}, "seeds": min(found["seeds"], 20)}


def _leaves(data: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Numbers with or without a unit, by dotted key."""
    if isinstance(data, Mapping):
        for key, child in data.items():
            yield from _leaves(child, (*path, str(key)))
        return
    try:
        units.parse(str(data))
    except (units.UnitError, ValueError):
        return
    if not isinstance(data, bool):
        yield path, str(data)


def _meaning(data: object, path: tuple[str, ...]) -> list[str]:
    """What a key means, in Chinese and English: by the format, or by the rule of law whose parameter it is; else its own name."""
    meant = shape.keys().get(shape.pattern(path))
    if meant:
        return [meant.meaning["zh"] or meant.meaning["en"], meant.meaning["en"]]
    for key in path[:-1]:
        data = data[key]
    for rule in (policy.rules(room).get(data.get("rule")) for room in policy.ROOMS if isinstance(data, Mapping) and "rule" in data):
        for one in rule.describe() if rule else ():
            if one.name == path[-1]:
                return [one.meaning_zh, one.meaning]
    return [path[-1], path[-1]]


def _known(base: str) -> str:
    if base not in bases():
        raise InputError(f"there is no packaged scenario {base!r}")
    return base


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _value(text: str) -> object:
    """What the reader typed: a flow of YAML where it is one, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def study_text(state: Mapping) -> str:
    """The study file of a state, as JSON-flavoured YAML. Raises InputError where the state is none."""
    options = state.get("options") or []
    seeds, base = int(state.get("seeds", 20)), _known(str(state.get("base")))
    if not 1 <= len(options) <= MOST_OPTIONS or not 1 <= seeds <= MOST_SEEDS:
        raise InputError(f"a study on the screen has 1 to {MOST_OPTIONS} options and 1 to {MOST_SEEDS} seeds")
    written: dict = {"marketsim": 1, "title": {"zh": str(state.get("title") or base)[:200], "en": str(state.get("title") or base)[:200]}, "extends": base, "options": {}}
    for number, option in enumerate(options, start=1):
        label = str(option.get("label") or f"{number}")[:200]
        patch = {str(key): _value(str(text)) for key, text in (option.get("set") or {}).items()}
        written["options"][f"o{number}"] = {"label": {"zh": str(option.get("label_zh") or label)[:200], "en": label}, "set": patch}
    if state.get("futures"):
        written["uncertainty"] = {str(key): {"low": str(low), "high": str(high)} for key, (low, high) in state["futures"].items()}
    written["runs"] = {"seeds": seeds}
    written["report"] = {"baseline": "o1"}
    head = "# Written by the screen of marketsim; `marketsim compare` runs it.\n"
    return head + "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in written.items()) + "\n"


def write(state: Mapping, folder: Path) -> dict:
    """Write the study file of a state below `folder`, and the state beside it; returns both and the number of runs it asks for."""
    text = study_text(state)
    place = folder / "studies" / hashlib.sha256(text.encode()).hexdigest()[:8]
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{state['base']}.yaml"
    for target, content in ((file, text), (place / "state.json", json.dumps(dict(state), ensure_ascii=False))):
        staged = target.with_suffix(".tmp")
        staged.write_text(content, encoding="utf-8")
        os.replace(staged, target)
    scenario = load(file)
    return {"file": str(file), "text": text, "runs": len(scenario.question.options) * scenario.question.runs.seeds}


def one(state: Mapping, option: int) -> Scenario:
    """The scenario of one option of a state. Raises ProblemsFound."""
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / f"{state['base']}.yaml"
        file.write_text(study_text(state), encoding="utf-8")
        scenario = load(file)
    return under(scenario, f"o{option + 1}", {})
