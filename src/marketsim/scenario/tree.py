"""A scenario as a tree of nodes that remember where they were written, and how one tree is laid over another."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from marketsim.errors import Problem
from marketsim.messages import Values, catalogue

Scalar = str | int | bool | Decimal | None
Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A place in a file: `line` and `column` from 1, `width` in characters, and the text of that line."""

    file: str
    line: int
    column: int
    width: int
    source: str

    def problem(self, code: str, values: Values, path: Path = (), advice: str = "hint") -> Problem:
        """A problem at this place; `advice` chooses among the hints that the catalogues have for its code."""
        hint = f"{code.partition('.')[0]}.{advice}"
        return Problem(
            code=code, file=self.file, line=self.line, column=self.column, width=self.width, source=self.source,
            key=".".join(map(str, path)), values=values, hint=hint if hint in catalogue("en") else "",
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Node:
    """One value with its place: a map of nodes, a list of nodes, or a scalar with the text it was written as."""

    value: "dict[str, Node] | list[Node] | Scalar"
    mark: Mark
    key_mark: Mark | None = None
    text: str = ""

    def plain(self) -> object:
        """The bare data: maps, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def at(self, path: Path) -> "tuple[Node, Path]":
        """The deepest node that exists along `path`, and the part of the path that leads to it."""
        node = self
        for depth, step in enumerate(path):
            child = node._child(step)
            if child is None:
                return node, path[:depth]
            node = child
        return node, path

    def leaves(self, path: Path = ()) -> "Iterator[tuple[Path, Node]]":
        """Every scalar and every list with its path, in order."""
        if not isinstance(self.value, dict):
            yield path, self
            return
        for key, child in self.value.items():
            yield from child.leaves((*path, key))

    def _child(self, step: str | int) -> "Node | None":
        if isinstance(self.value, dict):
            return self.value.get(str(step))
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None


def merge(base: Node, over: Node) -> Node:
    """Lay `over` on `base`: maps merge, lists and scalars replace, null deletes, and another `rule` replaces its map."""
    if not isinstance(base.value, dict) or not isinstance(over.value, dict) or _other_rule(base, over):
        return over
    merged = dict(base.value)
    for key, child in over.value.items():
        below = merged.get(key)
        if child.value is None and below is not None:
            del merged[key]
        else:
            merged[key] = child if below is None else merge(below, child)
    return replace(over, value=merged)


def spread(dotted: str, leaf: Node) -> Node:
    """Turn `a.b.c: leaf` into nested maps; every step keeps the place of its own part of the dotted key."""
    steps = dotted.split(".")
    place = leaf.key_mark or leaf.mark
    starts = [place.column + len(".".join(steps[:depth])) + (depth > 0) for depth in range(len(steps))]
    node = leaf
    for step, start in zip(reversed(steps), reversed(starts), strict=True):
        mark = replace(place, column=start, width=len(step))
        node = Node(value={step: replace(node, key_mark=mark)}, mark=mark)
    return node


def _other_rule(base: Node, over: Node) -> bool:
    """True where both maps name a rule and not the same one: parameters of the old rule mean nothing to the new."""
    old, new = base.value.get("rule"), over.value.get("rule")
    return old is not None and new is not None and old.value != new.value
