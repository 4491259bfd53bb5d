"""Reads one scenario file strictly: YAML 1.2 without anchors, tags or repeated keys, and a place for every value.

The tree is built from ruamel's parse events, one by one, so that a bomb is refused before anything is composed.
"""

import os
import re
import unicodedata
from decimal import Decimal
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from marketsim.errors import Problem
from marketsim.messages import both
from marketsim.scenario.tree import Mark, Node
from marketsim.units import FULL_WIDTH

LARGEST_BYTES = 1_000_000
LONGEST_LINE = LONGEST_TEXT = 10_000
DEEPEST = 50
MOST_EVENTS = 20_000
UNUSUAL = re.compile(r"[^\t -~]")
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # control, format, surrogate, private, unassigned, separators
WHOLE = re.compile(r"[-+]?(0|[1-9]\d*)")
DECIMAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
NOT_FINITE = re.compile(r"[-+]?\.?(inf|nan|infinity)", re.IGNORECASE)
CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
SYNTAX = (  # what ruamel says -> our sentence
    ("cannot start any token", "MS007"),
    ("could not find expected ':'", "MS003"),
    ("mapping values are not allowed", "MS004"),
    ("expected ',' or", "MS005"),
    ("unexpected end of stream", "MS006"),
    ("expected <block end>", "MS030"),
    ("expected the node content", "MS005"),
    ("expected alphabetic or numeric", "MS008"),
)


class _Stop(Exception):
    """Reading cannot go on behind this problem."""


def read(path: Path, shown: str) -> tuple[Node | None, list[Problem]]:
    """The tree of a file (None where it cannot be read at all) and every problem; `shown` is the name for people."""
    try:
        return read_text(_decoded(_bytes(path, shown), shown), shown)
    except _Stop as stop:
        return None, [stop.args[0]]


def read_text(text: str, shown: str) -> tuple[Node | None, list[Problem]]:
    """The tree of a text and every problem."""
    builder = _Builder(text, shown)
    try:
        builder.check_characters()
        root = builder.document()
    except _Stop as stop:
        return None, [*builder.problems, stop.args[0]]
    except MarkedYAMLError as error:
        return None, [*builder.problems, builder.syntax(error)]
    except (YAMLError, ValueError, RecursionError):  # ValueError: int() of too many digits inside ruamel
        return None, [*builder.problems, Problem(code="MS002", file=shown, hint="MS002.hint")]
    return root, builder.problems


def _bytes(path: Path, shown: str) -> bytes:
    """The bytes of a file of at most 1 MB."""
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a folder, a pipe, a device
            raise _Stop(Problem(code="MS018", file=shown, values={"why": both("found.no_file")}, hint="MS018.hint"))
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > LARGEST_BYTES:
                raise _Stop(Problem(code="MS014", file=shown, hint="MS014.hint"))
            raw = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise _Stop(Problem(code="MS017", file=shown, hint="MS017.hint")) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or str(error)
        raise _Stop(Problem(code="MS018", file=shown, values={"why": why}, hint="MS018.hint")) from None
    if len(raw) > LARGEST_BYTES:
        raise _Stop(Problem(code="MS014", file=shown, hint="MS014.hint"))
    return raw


def _decoded(raw: bytes, shown: str) -> str:
    """The text of UTF-8 bytes; a byte-order mark or a GBK file is named."""
    for bom, name in ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16")):
        if raw.startswith(bom):
            raise _Stop(Problem(code="MS016", file=shown, line=1, column=1, values={"name": name}, hint="MS016.hint"))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        head = raw[: error.start]
        line, column = head.count(b"\n") + 1, len(head.rpartition(b"\n")[2].decode("utf-8")) + 1
    try:
        source = raw.decode("gb18030").split("\n")[line - 1]
    except UnicodeDecodeError:
        raise _Stop(Problem(code="MS029", file=shown, line=line, column=column, hint="MS015.hint")) from None
    raise _Stop(Problem(code="MS015", file=shown, line=line, column=column, source=source, hint="MS015.hint"))


class _Builder:
    """Builds the tree of one text from parse events, collecting what the house does not allow."""

    def __init__(self, text: str, shown: str):
        self.text, self.shown = text, shown
        self.lines = re.split(r"\r\n|\r|\n", text)
        self.problems: list[Problem] = []
        self.seen = 0
        self.events = None

    def check_characters(self) -> None:
        """Refuse control characters and endless lines before the scanner meets them."""
        for number, line in enumerate(self.lines, start=1):
            if len(line) > LONGEST_LINE:
                raise _Stop(self._place(number - 1, 0, 1).problem("MS026", {}))
            for found in UNUSUAL.finditer(line):
                if unicodedata.category(found.group()) in INVISIBLE:
                    values = {"code": f"U+{ord(found.group()):04X}"}
                    raise _Stop(self._place(number - 1, found.start(), 1).problem("MS025", values))

    def document(self) -> Node | None:
        """The one document of the text; a map at its top."""
        self.events = YAML(typ="safe", pure=True).parse(self.text)
        root = None
        for event in self.events:
            name = type(event).__name__
            if name == "DocumentStartEvent" and (root is not None or event.version or event.tags):
                code = "MS019" if root is not None else "MS028"
                raise _Stop(self._mark(event).problem(code, {}))
            if isinstance(event, (ScalarEvent, SequenceStartEvent, MappingStartEvent, AliasEvent)):
                root = self._node(event, None, 1)
        if root is None:
            raise _Stop(Problem(code="MS021", file=self.shown, hint="MS021.hint"))
        if not isinstance(root.value, dict):
            raise _Stop(self._full_width_on(root.mark) or root.mark.problem("MS020", {}))
        return root

    def _node(self, event, key_mark: Mark | None, depth: int) -> Node:
        self.seen += 1
        mark = self._mark(event)
        if self.seen > MOST_EVENTS:
            raise _Stop(mark.problem("MS022", {}))
        if depth > DEEPEST:
            raise _Stop(mark.problem("MS012", {"deepest": str(DEEPEST)}))
        if isinstance(event, AliasEvent):
            self.problems.append(mark.problem("MS008", {"text": f"*{event.anchor}"}))
            return Node(value=None, mark=mark, key_mark=key_mark)
        if getattr(event, "anchor", None):
            self.problems.append(mark.problem("MS008", {"text": f"&{event.anchor}"}))
        if event.tag is not None:
            self.problems.append(mark.problem("MS010", {"text": str(event.tag)}))
        if isinstance(event, MappingStartEvent):
            return Node(value=self._map(depth), mark=mark, key_mark=key_mark)
        if isinstance(event, SequenceStartEvent):
            children = []
            while type(child := next(self.events)).__name__ != "SequenceEndEvent":
                children.append(self._node(child, None, depth + 1))
            return Node(value=children, mark=mark, key_mark=key_mark)
        return Node(value=self._scalar(event, mark), mark=mark, key_mark=key_mark, text=event.value)

    def _map(self, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while type(event := next(self.events)).__name__ != "MappingEndEvent":
            key = self._node(event, None, depth + 1)
            below = next(self.events)
            child = self._node(below, key.mark, depth + 1)
            name = unicodedata.normalize("NFC", key.text)
            wide = self._full_width_on(key.mark, key.mark.column - 1, key.mark.column - 1 + key.mark.width)
            if isinstance(below, AliasEvent):
                continue
            if wide and not getattr(event, "style", None):
                self.problems.append(wide)
            elif isinstance(key.value, (dict, list)) or name == "":
                self.problems.append(key.mark.problem("MS027", {}))
            elif name == "<<":
                self.problems.append(key.mark.problem("MS009", {}))
            elif name in found:
                values = {"key": name, "line": str(found[name].key_mark.line)}
                self.problems.append(key.mark.problem("MS011", values))
            else:
                found[name] = child
        return found

    def _scalar(self, event: ScalarEvent, mark: Mark):
        text = event.value
        if len(text) > LONGEST_TEXT:
            self.problems.append(mark.problem("MS013", {"longest": str(LONGEST_TEXT)}))
            return ""
        if event.style:  # quoted or block text is text
            hidden = next((c for c in text if c not in "\n\t" and unicodedata.category(c) in INVISIBLE), None) if event.style == '"' else None
            if hidden is not None:  # written as an escape, it would reach names of files and the screen
                self.problems.append(mark.problem("MS025", {"code": f"U+{ord(hidden):04X}"}))
                return ""
            return text
        if text.lower() in CONSTANTS and text in (text.lower(), text.upper(), text.capitalize()):
            return CONSTANTS[text.lower()]
        if NOT_FINITE.fullmatch(text):
            self.problems.append(mark.problem("MS023", {"text": text}))
            return 0
        if DECIMAL.fullmatch(text):
            exponent = text.lower().partition("e")[2]
            if len(text) > 40 or len(exponent) > 4 or abs(Decimal(text).adjusted()) > 40:
                self.problems.append(mark.problem("MS024", {"text": text}))
                return 0
            if WHOLE.fullmatch(text):
                return int(text)
            leading_zero = re.match(r"[-+]?0\d", text)  # 0120 is a code, not a number
            return text if leading_zero else Decimal(text)
        return text

    def syntax(self, error: MarkedYAMLError) -> Problem:
        """Our sentence for what the scanner refused, at the place where the reader must look."""
        said = f"{error.context or ''} {error.problem or ''}"
        code = next((code for part, code in SYNTAX if part in said), "MS002")
        at = error.problem_mark if code in ("MS004", "MS007", "MS030") else error.context_mark or error.problem_mark
        if at is None:
            return Problem(code=code, file=self.shown, hint=f"{code}.hint")
        if code == "MS007" and not self._line(at.line)[at.column : at.column + 1].startswith("\t"):
            code = "MS031"
        mark = self._place(at.line, at.column, max(1, len(self._line(at.line).rstrip()) - at.column))
        if code in ("MS004", "MS007", "MS031", "MS005"):
            mark = self._place(at.line, at.column, 1)
        values = {"text": mark.source[mark.column - 1 : mark.column - 1 + mark.width]}
        return self._full_width_on(mark) or mark.problem(code, values)

    def _full_width_on(self, mark: Mark, first: int = 0, last: int | None = None) -> Problem | None:
        """A full-width colon, comma, bracket or space on the line outside quotes and comments explains most errors."""
        line = re.sub(r"\"[^\"]*\"|'[^']*'", lambda quoted: "_" * len(quoted.group()), mark.source).split(" #")[0]
        for column, c in enumerate(line[:last]):
            if column >= first and ord(c) in FULL_WIDTH and not c.isalnum():
                values = {"wide": c if c.isprintable() else f"U+{ord(c):04X}", "narrow": chr(FULL_WIDTH[ord(c)])}
                return self._place(mark.line - 1, column, 1).problem("MS001", values)
        return None

    def _line(self, index: int) -> str:
        return self.lines[index] if index < len(self.lines) else ""

    def _mark(self, event) -> Mark:
        start, end = event.start_mark, event.end_mark
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            return self._place(start.line, start.column, 1)
        line = self._line(start.line)
        width = end.column - start.column if end.line == start.line else len(line.rstrip()) - start.column
        return self._place(start.line, start.column, max(1, width))

    def _place(self, line: int, column: int, width: int) -> Mark:
        return Mark(file=self.shown, line=line + 1, column=column + 1, width=width, source=self._line(line))
