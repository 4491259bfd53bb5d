"""The shape of a scenario file: every key there is, with its kind, bounds and meaning, read from the schema's classes."""

import json
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import marketsim.messages
from marketsim import units
from marketsim.scenario.schema import Question, RuleChoice

BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of the format; in `path` a * stands for a name the user chooses, as in `markets.*.cap`."""

    path: str
    block: str
    kind: str
    required: bool
    default: object
    bounds: str
    choices: tuple[str, ...]
    meaning: dict[str, str]


@cache
def keys() -> dict[str, Key]:
    """Every key by its path, in the order of the schema."""
    return {key.path: key for key in _walk(Question, "")}


@cache
def _chinese() -> dict[str, str]:
    folder = Path(marketsim.messages.__file__).parent
    return json.loads((folder / "keys.zh.json").read_text(encoding="utf-8"))


def pattern(path: tuple[str | int, ...]) -> str:
    """`markets.carbon.cap` as `markets.*.cap`: the form under which `keys()` knows it."""
    known, found = keys(), ""
    for step in path:
        named, starred = (f"{found}.{step}".lstrip("."), f"{found}.*".lstrip("."))
        found = named if named in known or starred not in known and not _open(found) else starred
    return found


def allowed(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that a block may hold; empty where the user chooses them or there is no block."""
    start = f"{pattern(path)}." if path else ""
    inside = (known[len(start) :] for known in keys() if known.startswith(start))
    return tuple(name for name in inside if "." not in name and name != "*")


def elsewhere(name: str) -> str | None:
    """The full path of a key of this name in another block, where there is exactly one."""
    found = [path for path in keys() if path.rpartition(".")[2] == name]
    return found[0] if len(found) == 1 else None


def _open(path: str) -> bool:
    """True for a block whose keys the user chooses."""
    return f"{path}.*".lstrip(".") in keys()


def _walk(model: type[BaseModel], above: str) -> Iterator[Key]:
    for name, info in model.model_fields.items():
        path = f"{above}.{name}".lstrip(".")
        inner, kind, choices = _kind(info.annotation, info.metadata)
        meaning = {"en": info.description or "", "zh": _chinese().get(f"{model.__name__}.{name}", "")}
        yield Key(
            path=path, block=model.__name__, kind=kind, required=info.is_required(), default=_default(info),
            bounds=", ".join(
                f"{BOUNDS[b]} {units.words(getattr(m, b), 'share' if kind == 'share' else '')}"
                for m in info.metadata for b in BOUNDS if hasattr(m, b)
            ),
            choices=choices, meaning=meaning,
        )  # fmt: skip
        if kind == "map":
            yield from _named(inner, path, model.__name__, meaning)
        elif isinstance(inner, type) and issubclass(inner, BaseModel) and inner is not RuleChoice:
            yield from _walk(inner, path)
        elif inner is RuleChoice:
            yield from _walk(RuleChoice, path)


def _named(inner: Any, path: str, block: str, meaning: dict[str, str]) -> Iterator[Key]:
    """The entries of a block whose names the user chooses."""
    value, kind, choices = _kind(inner, [])
    yield Key(path=f"{path}.*", block=block, kind=kind, required=False, default=None, bounds="", choices=choices, meaning=meaning)
    if kind == "map":
        yield from _named(value, f"{path}.*", block, meaning)
    elif isinstance(value, type) and issubclass(value, BaseModel):
        yield from _walk(value, f"{path}.*")


def _kind(annotation: Any, metadata: list[Any]) -> tuple[Any, str, tuple[str, ...]]:
    """What stands inside an annotation: the inner type, the kind of value, and its choices."""
    for mark in metadata:
        if isinstance(mark, WithJsonSchema):
            return annotation, mark.json_schema["x-kind"], ()
    origin, inside = get_origin(annotation), get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return _kind(inside[0], list(annotation.__metadata__))
    if origin in (Union, types.UnionType):
        return _kind(next(one for one in inside if one is not type(None)), [])
    if origin is dict:
        return inside[1], "map", ()
    if origin is list:
        inner, _, choices = _kind(inside[0], [])
        return inner, "list", choices
    if origin is Literal:
        return annotation, "choice", tuple(str(one) for one in inside)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, "rule" if annotation is RuleChoice else "block", ()
    return annotation, {str: "text", int: "whole", bool: "bool"}.get(annotation, "any"), ()


def _default(info: FieldInfo) -> object:
    default = info.get_default()
    return None if default is PydanticUndefined or isinstance(default, (BaseModel, dict)) else default
