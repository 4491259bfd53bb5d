"""What a rule of law is: declared parameters, one pure function, its formula, its source, a worked example.

A rule file opens with a docstring of one sentence, a paragraph `Formula: ...` and a paragraph `Source: ...`;
both are read from it, so that what the file says and what `marketsim explain` prints cannot differ.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields

from marketsim.errors import InputError

NUMBERS = (int, float)


class RuleError(InputError):
    """A rule was asked for something it cannot do: unknown rule or parameter, value out of bounds, missing
    column."""


@dataclass(frozen=True, kw_only=True)
class ParameterInfo:
    """One declared number or choice of a rule."""

    name: str
    type: type
    default: object
    unit: str
    low: float | None
    high: float | None
    choices: tuple[str, ...] | None
    meaning: str
    meaning_zh: str
    source: str

    def problem(self, value) -> str | None:
        """Say what is wrong with `value` in one sentence, or None."""
        if value is None and self.default is None:
            return None
        if self.choices is not None:
            return None if value in self.choices else f"{value!r} is not one of {', '.join(self.choices)}"
        if self.type is bool:
            return None if isinstance(value, bool) else f"{value!r} is not true or false"
        if self.type is tuple:
            return None if isinstance(value, tuple) and value else f"{value!r} is not a list"
        entries = value.values() if self.type is dict and isinstance(value, Mapping) else (value,)
        for entry in entries:
            if isinstance(entry, bool) or not isinstance(entry, NUMBERS) or not math.isfinite(entry):
                return f"{entry!r} is not a number"
            if self.type is int and not isinstance(entry, int):
                return f"{entry!r} is not a whole number"
            if (self.low is not None and entry < self.low) or (self.high is not None and entry > self.high):
                return f"{entry} is outside [{self.low}, {self.high}] {self.unit}"
        return None


def parameter(default=MISSING, *, unit, within=None, meaning, meaning_zh, source):
    """Declare one parameter of a rule.

    `within` is (lowest, highest), either of them None for no bound, or the words to choose from. A default
    that is a dict (one number a sector or zone) is copied for each record.
    """
    choices = within if within and isinstance(within[0], str) else None
    low, high = (None, None) if within is None or choices else within
    facts = {
        "unit": unit,
        "low": low,
        "high": high,
        "choices": choices,
        "meaning": meaning,
        "meaning_zh": meaning_zh,
        "source": source,
    }
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=facts)
    return field(default=default, metadata=facts)


def in_order(parameters, low: str, high: str) -> None:
    """Raises: RuleError where the parameter `low` is above the parameter `high`; either may be empty."""
    least, most = getattr(parameters, low), getattr(parameters, high)
    if least is not None and most is not None and least > most:
        raise RuleError(f"{low} ({least}) is above {high} ({most}); lower the one or raise the other")


@dataclass(frozen=True, kw_only=True)
class Example:
    """A worked example: `run()` must return `then`; `given` and `given_zh` say what goes in."""

    given: str
    given_zh: str
    run: Callable[[], object]
    then: object


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of one room, as its file declares it."""

    name: str
    room: str
    title_en: str
    title_zh: str
    summary_zh: str
    doc: str
    Parameters: type
    apply: Callable
    example: Example

    @property
    def summary(self) -> str:
        """First sentence of the file."""
        return self.doc.strip().split("\n\n")[0].replace("\n", " ")

    @property
    def formula(self) -> str:
        """The paragraph `Formula:` of the file."""
        return self._paragraph("Formula:")

    @property
    def source(self) -> str:
        """The paragraph `Source:` of the file."""
        return self._paragraph("Source:")

    def _paragraph(self, head: str) -> str:
        for block in self.doc.strip().split("\n\n"):
            if block.startswith(head):
                return " ".join(block[len(head) :].split())
        raise RuleError(f"{self.room}/{self.name}.py: its docstring has no paragraph that starts with {head}")

    @property
    def subject(self) -> type:
        """The record of columns that `apply` reads beside its parameters."""
        return list(self.apply.__annotations__.values())[1]

    def describe(self) -> tuple[ParameterInfo, ...]:
        """Every declared parameter, in order."""
        described = []
        for one in fields(self.Parameters):
            default = one.default_factory() if one.default_factory is not MISSING else one.default
            described.append(ParameterInfo(name=one.name, type=one.type, default=default, **one.metadata))
        return tuple(described)

    def problems(self, values: Mapping) -> list[tuple[str, str]]:
        """List (parameter, what is wrong) for `values`; empty when `make` will accept them."""
        known = {info.name: info for info in self.describe()}
        found = []
        for name, value in values.items():
            if name not in known:
                found.append((name, f"no such parameter; {self.name} has {', '.join(known) or 'none'}"))
            elif (wrong := known[name].problem(value)) is not None:
                found.append((name, wrong))
        found += [
            (name, "is required")
            for name, info in known.items()
            if info.default is MISSING and name not in values
        ]
        return found

    def make(self, values: Mapping | None = None):
        """Build the frozen parameters from plain values. Raises: RuleError listing every problem at once."""
        values = values or {}
        found = self.problems(values)
        if found:
            raise RuleError("; ".join(f"{self.room}.{self.name}.{name}: {wrong}" for name, wrong in found))
        return self.Parameters(**values)


@contextmanager
def said_at(key: str):
    """Put the key of the scenario in front of what a rule refuses."""
    try:
        yield
    except RuleError as error:
        raise RuleError(f"{key}: {error}") from None


def table(*rules: Rule) -> dict[str, Rule]:
    """Make a room's table of its rules by name. Raises: RuleError when two rules share a name."""
    named = {rule.name: rule for rule in rules}
    if len(named) != len(rules):
        raise RuleError("two rules of one room share a name")
    return named
