"""The command line: one parser, one place where errors become exit codes; each verb is a short function beside it."""

import argparse
import contextlib
import importlib
import os
import re
import shlex
import signal
import sys
import threading

from marketsim import __version__
from marketsim.errors import InputError, MarketsimError, ProblemsFound, printable
from marketsim.messages import LANGUAGES, say

RUNNING = ("jobs", "timeout", "memory", "engine", "cluster")
"""How many runs are done at once, what each may take, and where."""
# verb -> (module, the arguments it takes)
VERBS: dict[str, tuple[str, tuple[str, ...]]] = {
    "demo": ("cli_run", ("out",)),
    "run": ("cli_run", ("file", "out", "seed", "set", "jobs")),
    "check": ("cli_scenario", ("file", "set")),
    "explain": ("cli_scenario", ("word",)),
    "show": ("cli_scenario", ("file", "set", "why", "diff")),
    "schema": ("cli_scenario", ()),
    "report": ("cli_report", ("runs", "output", "map")),
    "serve": ("cli_serve", ("folder", "port")),
    "verify": ("cli_study", ("run", "again", "jobs")),
    "trace": ("cli_trace", ("run", "owner", "right")),
    "compare": ("cli_study", ("file", "out", "set", "until", "require", *RUNNING)),
    "overlap": ("cli_law", ("file", "set", "seed")),
    "favours": ("cli_law", ("file", "set", "seed")),
    "split": ("cli_law", ("file", "set")),
    "sweep": ("cli_study", ("file", "out", "set", "design", "n", *RUNNING)),
    "search": ("cli_study", ("file", "out", "set", "vary", "goal", "n", *RUNNING)),
    "export": ("cli_study", ("run", "to", "target")),
    "compact": ("cli_study", ("run",)),
    "validation": ("cli_validation", ("full",)),
    "lab": ("cli_tools", ("kind", "problem", "lines", "orders", "fixed", "links")),
    "bench": ("cli_tools", ("suite", "tape", "shape", "messages", "seed")),
    "doctor": ("cli_tools", ()),
    "warmup": ("cli_tools", ()),
    "completion": ("cli_serve", ("shell",)),
}
ARGUMENTS: dict[str, tuple[tuple[str, ...], dict[str, object]]] = {
    "file": (("file",), {"metavar": "FILE"}),
    "word": (("word",), {"metavar": "KEY|RULE"}),
    "run": (("run",), {"metavar": "RUN"}),
    "runs": (("runs",), {"metavar": "RUN", "nargs": "+"}),
    "folder": (("folder",), {"metavar": "DIR", "nargs": "?", "default": "results"}),
    "shell": (("shell",), {"choices": ("bash", "zsh", "fish")}),
    "kind": (("kind",), {"metavar": "KIND"}),
    "problem": (("problem",), {"metavar": "FILE|-", "nargs": "?", "default": "-"}),
    "suite": (("suite",), {"metavar": "matching|clearing|agents|sweep"}),
    "out": (("--out",), {"metavar": "DIR", "default": "results"}),
    "output": (("-o", "--output"), {"metavar": "FILE.html"}),
    "map": (("--map",), {"metavar": "FILE.geojson"}),
    "port": (("--port",), {"metavar": "N", "type": int, "default": 8765}),
    "seed": (("--seed",), {"metavar": "N", "type": int}),
    "set": (("--set",), {"metavar": "key=value", "action": "append", "default": []}),
    "diff": (("--diff",), {"metavar": "FILE"}),
    "design": (("--design",), {"choices": ("grid", "lhs", "sobol", "morris", "oat"), "required": True}),
    "n": (("--n",), {"metavar": "N", "type": int, "default": 16}),
    "vary": (("--vary",), {"metavar": "'key = low .. high'", "action": "append", "default": []}),
    "goal": (("--goal",), {"choices": ("cost", "equity", "attainment", "risk"), "action": "append"}),
    "to": (("--to",), {"choices": ("csv", "parquet", "xlsx", "nc"), "required": True}),
    "target": (("-o", "--output"), {"metavar": "NAME"}),
    "again": (("--again",), {"metavar": "N", "type": int, "default": 2}),
    "owner": (("--owner",), {"metavar": "ACCOUNT"}),
    "right": (("--right",), {"metavar": "KEY"}),
    "until": (("--until",), {"metavar": "'cost ± 2%'"}),
    "require": (("--require",), {"metavar": "'attainment >= 90%'", "action": "append", "default": []}),
    "jobs": (("--jobs",), {"metavar": "N", "type": int}),
    "timeout": (("--timeout",), {"metavar": "SECONDS", "type": float}),
    "memory": (("--memory",), {"metavar": "MB", "type": float}),
    "engine": (("--engine",), {"choices": ("processes", "dask"), "default": "processes"}),
    "cluster": (("--cluster",), {"metavar": "ADDRESS"}),
    "tape": (("--tape",), {"metavar": "DIR|FILE"}),
    "shape": (("--shape",), {"metavar": "NAME"}),
    "messages": (("--messages",), {"metavar": "N", "type": int}),
    "why": (("--why",), {"action": "store_true"}),
    "full": (("--full",), {"action": "store_true"}),
    "lines": (("--lines",), {"action": "store_true"}),
    "orders": (("--orders",), {"metavar": "ORDERS.csv"}),
    "fixed": (("--fixed",), {"metavar": "FIXED.csv"}),
    "links": (("--links",), {"metavar": "LINKS.csv"}),
}
MISUSES = (  # what argparse says in English -> our sentence
    (r"arguments are required: (?P<what>.*)", "cli.required"),
    (r"argument (?P<what>.*): expected one argument", "cli.expected"),
    (r"argument (?P<what>.*): invalid int value: (?P<word>.*)", "cli.whole"),
    (r"argument (?P<what>.*): invalid float value: (?P<word>.*)", "cli.number"),
    (r"argument (?P<what>.*): invalid choice: (?P<word>'[^']*') \(choose from (?P<choices>.*)\)", "cli.choice"),
)


class _Parser(argparse.ArgumentParser):
    """Argument parser that raises instead of exiting, speaks `lang`, and never guesses an abbreviated option."""

    lang = "en"

    def format_usage(self) -> str:
        return self._own_words(super().format_usage())

    def format_help(self) -> str:
        return self._own_words(super().format_help())

    def error(self, message: str):
        for pattern, key in MISUSES:
            found = re.search(pattern, message)
            if found:
                message = say(key, found.groupdict(), self.lang)
        raise InputError(f"{message}\n{self.format_usage().rstrip()}")

    def _own_words(self, text: str) -> str:
        return text.replace("usage:", say("cli.usage", {}, self.lang), 1)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code. Results go to standard output, everything else to standard error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a GBK console has no ₂
    words = sys.argv[1:] if arguments is None else arguments
    lang = _language(words)
    try:
        with _ctrl_c():
            code = _dispatch(words, lang)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader has seen enough: `marketsim show FILE | head`
        _drop_output()
        return 0
    except KeyboardInterrupt:
        _tell(say("cli.interrupted", {"command": shlex.join(["marketsim", *words])}, lang))
        return 130
    except ProblemsFound as found:
        for problem in found.problems:
            _tell(problem.render(lang))
        _tell(say("cli.problems", {"count": str(len(found.problems))}, lang))
        return found.exit_code
    except MarketsimError as error:
        _tell(f"marketsim: {error.sentence(lang)}")
        return error.exit_code
    except OSError as error:
        _drop_output()
        _tell(say("cli.disk", {"why": f"{error.strerror or error}", "file": str(error.filename or "-")}, lang))
        return 3
    except Exception as error:
        if os.environ.get("MARKETSIM_TRACEBACK"):
            raise
        _tell(say("cli.bug", {"kind": type(error).__name__, "why": printable(str(error), 300)}, lang))
        return 3


@contextlib.contextmanager
def _ctrl_c():
    """Ctrl-C stays Ctrl-C, whatever a library makes of it: DuckDB, in the middle of a query, makes it a RuntimeError."""
    came: list[int] = []

    def hear(number, frame):
        came.append(number)
        raise KeyboardInterrupt

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler and threading.current_thread() is threading.main_thread()
    if usual:
        signal.signal(signal.SIGINT, hear)
    try:
        yield
    except Exception as error:
        if came:
            raise KeyboardInterrupt from error
        raise
    finally:
        if usual:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _drop_output() -> None:
    """Send what is still buffered nowhere: written again at exit, it would fail again and change the exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _dispatch(words: list[str], lang: str) -> int:
    """Parse the words and call the function of the verb."""
    parser, verbs = _parser(lang)
    verb = next((word for word in _without_language(words) if not word.startswith("-")), None)
    if verb is not None and verb not in VERBS:
        raise InputError(_unknown(verb, VERBS, "cli.verb", lang))
    chosen, extra = parser.parse_known_args(words)
    if extra:
        if not extra[0].startswith("-"):
            raise InputError(f"{say('cli.too_many', {'word': printable(extra[0])}, lang)}\n{verbs[chosen.verb].format_usage().rstrip()}" if chosen.verb else say("cli.too_many", {"word": printable(extra[0])}, lang))
        options = [option for action in verbs[chosen.verb]._actions for option in action.option_strings] if chosen.verb else []
        raise InputError(_unknown(extra[0], options, "cli.option", lang))
    if chosen.version:
        print(f"marketsim {__version__}")
        return 0
    if chosen.verb is None:
        parser.print_help()
        return 0
    chosen.lang = lang
    module = importlib.import_module(f"marketsim.{VERBS[chosen.verb][0]}")
    with contextlib.ExitStack() as kept:
        if chosen.quiet:  # errors still come: they are told outside
            kept.enter_context(contextlib.redirect_stderr(kept.enter_context(open(os.devnull, "w"))))
        return getattr(module, chosen.verb)(chosen)


def _parser(lang: str) -> tuple[_Parser, dict[str, argparse.ArgumentParser]]:
    """The parser of all verbs, with its words in `lang`, and the parser of each verb."""
    speaking = type("_Speaking", (_Parser,), {"lang": lang})
    parser = speaking(prog="marketsim", description=say("cli.what", {}, lang), epilog=say("cli.begin", {}, lang), add_help=False, allow_abbrev=False)
    _common(parser, lang)
    parser.add_argument("--version", action="store_true", help=say("help.version", {}, lang))
    table = parser.add_subparsers(dest="verb", metavar=say("cli.command", {}, lang), title=say("cli.commands", {}, lang), parser_class=speaking)
    made = {}
    for verb, (_, takes) in VERBS.items():
        sentence = say(f"verb.{verb}", {}, lang)
        made[verb] = table.add_parser(verb, help=sentence, description=sentence, add_help=False, allow_abbrev=False)
        _common(made[verb], lang)
        made[verb].add_argument("--quiet", action="store_true", help=say("help.quiet", {}, lang))
        made[verb].add_argument("--json", action="store_true", help=say("help.json", {}, lang))
        for name in takes:
            flags, details = ARGUMENTS[name]
            made[verb].add_argument(*flags, help=say(f"help.{name}", {}, lang), **details)
    return parser, made


def _common(parser: argparse.ArgumentParser, lang: str) -> None:
    """What every command understands."""
    parser._positionals.title, parser._optionals.title = say("cli.arguments", {}, lang), say("cli.options", {}, lang)
    parser.add_argument("-h", "--help", action="help", help=say("help.help", {}, lang))
    parser.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=say("help.lang", {}, lang))


def _language(words: list[str]) -> str:
    """The language asked for by --lang anywhere on the line, else by MARKETSIM_LANG, else Chinese where the system speaks it, else English."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        asked = following if word == "--lang" else word.removeprefix("--lang=") if word.startswith("--lang=") else ""
        if asked in LANGUAGES:
            return asked
    asked = os.environ.get("MARKETSIM_LANG", "")
    system = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return asked if asked in LANGUAGES else "zh" if system.lower().startswith("zh") else "en"


def _without_language(words: list[str]) -> list[str]:
    """The words without `--lang zh`, which may stand ahead of the verb."""
    return [word for before, word in zip(["", *words[:-1]], words, strict=True) if before != "--lang"]


def _unknown(word: str, known, key: str, lang: str) -> str:
    """No such command or option; did you mean."""
    import difflib

    near = difflib.get_close_matches(word.partition("=")[0], list(known), n=1, cutoff=0.5)
    ending = say("cli.near", {"near": near[0]}, lang) if near else say("cli.help", {}, lang)
    return f"{say(key, {'word': printable(word)}, lang)}; {ending}"


def _tell(text: str) -> None:
    """A message for people, on standard error."""
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
