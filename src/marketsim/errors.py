"""What can go wrong, as one tree of exceptions, and problems of the user's own files as records that can be shown.

    MarketsimError          exit code 3
    ├── InputError          exit code 2: bad usage or bad input
    │   └── ProblemsFound   every problem of a scenario at once
    ├── CheckFailed         exit code 1: a check the user asked for failed
    ├── LedgerError         a posting that the table of moves refuses
    └── RunError            a run, the disk or a result folder failed
"""

import sys
import unicodedata
from dataclasses import dataclass, field

from marketsim.messages import Values, say


class MarketsimError(Exception):
    """Base of all our exceptions: one sentence for people; one made by `of` can be told in either language."""

    exit_code = 3
    words: tuple[str, Values] | None = None

    @classmethod
    def of(cls, key: str, values: Values) -> "MarketsimError":
        """The exception whose sentence is `key` of the catalogues."""
        made = cls(say(key, values))
        made.words = (key, values)
        return made

    def sentence(self, lang: str) -> str:
        """What is wrong, in `lang` where the catalogues have it."""
        return say(*self.words, lang) if self.words else str(self)


class InputError(MarketsimError):
    """Bad usage or bad input."""

    exit_code = 2


def lacking(what: str, extra: str) -> InputError:
    """What needs packages that are not installed, and how this Python gets them."""
    return InputError.of("error.extra", {"what": what, "extra": extra, "python": sys.executable})


class CheckFailed(MarketsimError):
    """A check the user asked for failed."""

    exit_code = 1


class LedgerError(MarketsimError):
    """A posting that the ledger refuses."""


class RunError(MarketsimError):
    """A run, the disk or a result folder failed."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake in a file: `line` and `column` count from 1 (0: the file as a whole), `width` is in characters.

    `code` and `hint` name sentences of the message catalogues; `values` fill them; `source` is the line of the file.
    """

    code: str
    file: str
    line: int = 0
    column: int = 0
    width: int = 1
    key: str = ""
    values: Values = field(default_factory=dict)
    hint: str = ""
    source: str = ""

    @property
    def number(self) -> str:
        """The code without the variant of its sentence: MS104 of MS104.whole."""
        return self.code.partition(".")[0]

    def sentence(self, lang: str = "en") -> str:
        """What is wrong, in one sentence."""
        return say(self.code, self.values, lang)

    def advice(self, lang: str = "en") -> str:
        """What to do about it; empty where there is nothing to say."""
        return say(self.hint, self.values, lang) if self.hint else ""

    def place(self) -> str:
        """`file:line:column`, or the file alone."""
        return f"{printable(self.file)}:{self.line}:{self.column}" if self.line else printable(self.file)

    def render(self, lang: str = "en") -> str:
        """One line of place, code and sentence; under it the source line and a caret where there is one."""
        head = f"{self.place()} {self.number} {self.sentence(lang)}"
        if not self.source or not self.line:
            return f"{head} — {self.advice(lang)}" if self.hint else head
        line, start = _window(self.source, self.column - 1)
        before, marked = line[:start], line[start : start + max(1, self.width)]
        caret = " " * cells(before) + "^" * max(1, cells(marked))
        return f"{head}\n{self.line:>4} | {line}\n     | {caret} {self.advice(lang)}".rstrip()

    def record(self, lang: str = "en") -> dict[str, object]:
        """The problem as plain data, for `--json`."""
        return {
            "code": self.number, "file": self.file, "line": self.line, "column": self.column, "width": self.width,
            "key": self.key, "message": self.sentence(lang), "hint": self.advice(lang),
        }  # fmt: skip


class ProblemsFound(InputError):
    """Every problem of a scenario, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]):
        super().__init__("\n".join(problem.render() for problem in problems))
        self.problems = problems


def printable(text: str, longest: int = 80) -> str:
    """`text` without control or invisible characters (they are spelled out) and cut to `longest`."""
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _window(source: str, start: int, widest: int = 110) -> tuple[str, int]:
    """The part of a long line around `start`, control characters as spaces, and where `start` lies in it."""
    clean = "".join(c if c.isprintable() else " " for c in source.rstrip())
    if len(clean) <= widest:
        return clean, start
    left = max(0, min(start - 40, len(clean) - widest))
    return clean[left : left + widest], start - left


def cells(text: str) -> int:
    """Width of `text` on a terminal: East Asian wide characters take two cells, combining marks none."""
    wide = {"W": 2, "F": 2}
    return sum(0 if unicodedata.combining(c) else wide.get(unicodedata.east_asian_width(c), 1) for c in text)
