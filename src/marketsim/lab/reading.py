"""Reads a lab problem strictly: exact decimals, no NaN, no repeated or unknown key, and one line that names the wrong key."""

import difflib
import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from marketsim.errors import InputError, printable

_LARGEST = 10**12
_DIGITS = 40
_REMARKS = {"id", "name", "comment", "note", "source"}
_REQUIRED: Any = object()


class _Refused:
    """A number that stands where it must not; found again by its place once the whole text is read."""

    def __init__(self, text: str, expected: str):
        self.text, self.expected = printable(text, 30), expected


def parse(text: str, path: str) -> Any:
    """Return JSON text as Python values, numbers exact (int or Fraction); `path` names the problem in messages.

    Raises: InputError for anything that is not strict JSON, or a number that is not finite, too long or too large.
    """
    try:
        value = json.loads(text, parse_float=_exact, parse_int=_exact, parse_constant=_not_finite, object_pairs_hook=_object)
        _refuse(value, path)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: not JSON: {error.msg} at line {error.lineno} column {error.colno}") from error
    except RecursionError as error:
        raise InputError(f"{path}: expected a problem, got lists within lists without end") from error
    return value


def _exact(text: str) -> int | Fraction | _Refused:
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > _DIGITS or len(exponent) > 4 or abs(int(exponent or 0)) > 300:
        return _Refused(text, f"a number of at most {_DIGITS} digits and an exponent of at most 300")
    value = Fraction(text)
    if abs(value) > _LARGEST:
        return _Refused(text, f"a number of at most {_LARGEST:.0e} in size")
    return value.numerator if value.denominator == 1 else value


def _not_finite(text: str) -> _Refused:
    return _Refused(text, "a finite number")


def _refuse(value: Any, path: str) -> None:
    """Raise InputError for the first refused number, naming its key."""
    if isinstance(value, _Refused):
        raise InputError(f"{path}: expected {value.expected}, got {value.text}")
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse(inner, f"{path}.{printable(key, 40)}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            _refuse(inner, f"{path}[{i}]")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InputError(f"{printable(twice)}: the key stands twice in one object")
    return dict(pairs)


class Reader:
    """An object of a problem and the path to it; every getter checks and, where it fails, names the key."""

    def __init__(self, value: Any, path: str):
        self._path = path
        if not isinstance(value, dict):
            raise InputError(f"{path}: expected an object, got {_shown(value)}")
        self._value = value

    def knows(self, *keys: str) -> "Reader":
        """Refuse any key that is not one of `keys` (or a remark), suggesting the nearest."""
        for key in self._value:
            if key not in keys and key not in _REMARKS:
                near = difflib.get_close_matches(key, keys, 1)
                hint = f"did you mean {near[0]}?" if near else f"expected {', '.join(keys)}"
                raise InputError(f"{self._path}: there is no key {printable(repr(key), 40)}; {hint}")
        return self

    def has(self, key: str) -> bool:
        """Whether the key stands there with a value that is not null."""
        return self._value.get(key) is not None

    def place(self, key: str) -> str:
        """The path of a key, as messages name it."""
        return f"{self._path}.{key}"

    def wrong(self, key: str, expected: str) -> InputError:
        """The error that says what was expected at `key`."""
        got = f"got {_shown(self._value[key])}" if key in self._value else "and it is missing"
        return InputError(f"{self.place(key)}: expected {expected}, {got}")

    def get(self, key: str, default: Any = _REQUIRED) -> Any:
        """The bare value; the default where the key is missing or null."""
        if self._value.get(key) is None:
            if default is _REQUIRED:
                raise self.wrong(key, "a value")
            return default
        return self._value[key]

    def number(self, key: str, default: Any = _REQUIRED, least: float | None = None, most: float | None = None) -> Fraction:
        """An exact number between `least` and `most`, both allowed."""
        if default is not _REQUIRED and not self.has(key):
            return default
        return self._checked(key, self._value.get(key), least, most)

    def whole(self, key: str, default: Any = _REQUIRED, least: int | None = None, most: int | None = None) -> int:
        """A whole number between `least` and `most`, both allowed."""
        if default is not _REQUIRED and not self.has(key):
            return default
        value = self._value.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or _outside(value, least, most):
            raise self.wrong(key, "a whole number" + _range(least, most))
        return value

    def choice(self, key: str, choices: Sequence[str], default: Any = _REQUIRED) -> str:
        """One of a few words."""
        value = self.get(key, default)
        if value is not default and (not isinstance(value, str) or value not in choices):
            raise self.wrong(key, "one of " + ", ".join(choices))
        return value

    def name(self, default: str) -> str:
        """The object's own name, as text."""
        value = self._value.get("name", default)
        if not isinstance(value, str | int):
            raise self.wrong("name", "a text")
        return str(value)

    def items(self, key: str, length: int | None = None, least: int = 0, default: Any = _REQUIRED) -> list:
        """A list, of a given length or of `least` and more."""
        value = self.get(key, default) if default is not _REQUIRED else self._value.get(key)
        if not isinstance(value, list) or (length is not None and len(value) != length) or len(value) < least:
            count = f" of {length}" if length is not None else f" of {least} or more" if least else ""
            raise self.wrong(key, f"a list{count}")
        return value

    def numbers(self, key: str, length: int | None = None, least: float | None = None) -> tuple[Fraction, ...]:
        """A list of exact numbers, each at least `least`."""
        values = self.items(key, length)
        return tuple(self._checked(f"{key}[{i}]", value, least, None) for i, value in enumerate(values))

    def objects(self, key: str, least: int = 0, default: Any = _REQUIRED) -> list["Reader"]:
        """A list of objects."""
        return [Reader(value, f"{self.place(key)}[{i}]") for i, value in enumerate(self.items(key, least=least, default=default))]

    def object(self, key: str) -> "Reader":
        """One object."""
        return Reader(self._value.get(key), self.place(key))

    def _checked(self, key: str, value: Any, least: float | None, most: float | None) -> Fraction:
        if isinstance(value, bool) or not isinstance(value, int | Fraction) or _outside(value, least, most):
            raise InputError(f"{self.place(key)}: expected a number{_range(least, most)}, got {_shown(value)}")
        return Fraction(value)


def _outside(value: Fraction, least: float | None, most: float | None) -> bool:
    return (least is not None and value < least) or (most is not None and value > most)


def _range(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f" from {least} to {most}"
    return f" of {least} or more" if least is not None else f" of at most {most}" if most is not None else ""


def _shown(value: Any) -> str:
    if isinstance(value, Fraction):
        return f"{float(value):g}"
    if value is None:
        return "nothing"
    return printable(json.dumps(value, ensure_ascii=False, default=lambda number: float(number)), 40)
