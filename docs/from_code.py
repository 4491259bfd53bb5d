"""Tables of the documentation that are read out of the code: the model's (ODD+D) and the reference of the Python rooms."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import marketsim
from marketsim.agents import STRATEGIES
from marketsim.domain.accounts import KINDS, MOVES
from marketsim.domain.calendar import PHASES, TICKS_PER_HOUR
from marketsim.policy import ROOMS, rules
from marketsim.scenario import load
from marketsim.simulation import institutions
from marketsim.simulation.found import found
from marketsim.simulation.world import State

PACKAGE = Path(marketsim.__file__).parent
PARTS = {
    "matching": "Matching engine, which imports nothing of the rest", "programs": "Linear and quadratic programs", "domain": "What there is: calendar, ledger, firms, regions",
    "policy": "The law", "agents": "How firms decide", "markets": "Venues and electricity", "planner": "The planner's optimum", "scenario": "Scenario files",
    "simulation": "The world and its institutions", "study": "Many runs", "lab": "One mechanism at a time", "report": "What people see",
}  # fmt: skip
"""Rooms by floor, the lowest first."""
NOTE = "Made from the code whenever the site is built. 每次建站时由代码生成。"


def model_tables() -> str:
    """`model-tables.md`: the tables of the model's description."""
    lines = ["# The model's tables 模型表格", "", NOTE, "", "## Scheduling 时序", "",
             "The agenda of `tianjin-2020`. Within a tick institutions act in the order " + ", ".join(institutions.INSTITUTIONS) + ".", "",
             "| institution | work | phase | times | first | last |", "|---|---|---|---|---|---|"]  # fmt: skip
    lines += [f"| {' | '.join(row)} |" for row in _agenda()]
    lines += ["", "Phases of an hour, in order: " + ", ".join(PHASES) + ".", "", "## State 状态", "", "What changes during a run besides the ledger (`simulation/world.py`).", "", "| variable | type |", "|---|---|"]
    lines += [f"| `{one.name}` | `{_type(one.type)}` |" for one in fields(State)]
    lines += ["", "## Accounts 账户", "", "| kind | may be negative | absorbing |", "|---|---|---|"]
    lines += [f"| {name} | {_yes(kind.may_be_negative)} | {_yes(kind.absorbing)} |" for name, kind in KINDS.items()]
    lines += ["", "| move | from | to |", "|---|---|---|"]
    lines += [f"| {name} | {', '.join(sorted(move.source))} | {'the same account' if move.same_account else ', '.join(sorted(move.target))} |" for name, move in MOVES.items()]
    lines += ["", "## Strategies of firms 企业策略", "", "| strategy | what it does | source |", "|---|---|---|"]
    lines += [f"| `{name}` | {_first(inspect.getmodule(quote).__doc__)} | {_source(inspect.getmodule(quote).__doc__)} |" for name, quote in STRATEGIES.items()]
    lines += ["", "## Rules of law 规则", "", "| room | rule | title | 名称 |", "|---|---|---|---|"]
    lines += [f"| {room} | `{name}` | {rule.title_en} | {rule.title_zh} |" for room in ROOMS for name, rule in rules(room).items()]
    lines += ["", "## Random draws 随机数", "", "Every draw is a function of seed, replication, purpose, step and id (`rng.py`). Purposes in the code:", ""]
    lines += [f"* {purpose} (`{file}`)" for purpose, file in sorted(set(_purposes()))]
    return "\n".join(lines) + "\n"


def _agenda() -> list[tuple[str, ...]]:
    """Each work on the agenda of the default scenario: institution, work, phase, how often, first and last day."""
    world = found(load("tianjin-2020"))
    found_works: dict[tuple[str, str], list[int]] = {}
    for due in institutions.agenda(world):
        found_works.setdefault((due.institution, _work(due.action)), []).append(due.tick)
    day = world.setting.calendar.day
    rows = [(*names, PHASES[ticks[0] % TICKS_PER_HOUR], str(len(ticks)), day(min(ticks)).isoformat(), day(max(ticks)).isoformat()) for names, ticks in found_works.items()]
    return sorted(rows, key=lambda row: institutions.INSTITUTIONS.index(row[0]))


def _work(action) -> str:
    """Name of an action with what it says it does."""
    action = getattr(action, "func", action)
    return f"`{action.__module__.rpartition('.')[2]}.{action.__name__}` {_first(action.__doc__)}"


def _type(told: object) -> str:
    return (told if isinstance(told, str) else getattr(told, "__name__", str(told))).replace("|", "or")


def _yes(what: bool) -> str:
    return "yes" if what else ""


def _first(doc: str | None) -> str:
    """The first sentence of a docstring, fit for a cell."""
    text = " ".join((doc or "").split("\n\n")[0].split())
    return _cell(re.split(r"(?<=[.:;])\s", text + " ")[0].rstrip(":; "))


def _source(doc: str | None) -> str:
    found = re.search(r"Source: (.*?)(?:\n\n|\Z)", doc or "", re.DOTALL)
    return _cell(" ".join(found.group(1).split())) if found else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<").replace("*", "\\*")


def _purposes() -> Iterator[tuple[str, str]]:
    """Names under which luck is drawn, with their files."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and re.fullmatch(r"(uniform|normal|integers|choice)(_of)?", node.func.attr) and node.args and "luck" in ast.unparse(node.func.value).lower():
                purpose = node.args[0]
                if isinstance(purpose, ast.Constant) and isinstance(purpose.value, str):
                    yield purpose.value, file.relative_to(PACKAGE).as_posix()
                elif isinstance(purpose, ast.JoinedStr):
                    parts = (one.value if isinstance(one, ast.Constant) else "…" for one in purpose.values)
                    yield "".join(str(part) for part in parts), file.relative_to(PACKAGE).as_posix()


def api() -> str:
    """`api.md`: the Python face in full, and each room's modules with what they offer."""
    lines = ["# Python reference Python 接口", "", NOTE, "", "## `marketsim`", ""]
    for name in marketsim.__all__:
        what = getattr(marketsim, name)
        if callable(what):
            lines += [f"### `{name}{inspect.signature(what)}`", "", inspect.cleandoc(what.__doc__), ""]
    for room, title in PARTS.items():
        lines += [f"## `marketsim.{room}`", "", f"{title}.", ""]
        for file in sorted((PACKAGE / room).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            offered = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")]
            if not offered or (room == "policy" and _is_rule(tree)):
                continue  # rules have pages of their own
            dotted = ".".join(("marketsim", *file.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
            lines += [f"**`{dotted}`** – {_first(ast.get_docstring(tree))}", ""]
            lines += [f"* `{_signature(node)}` – {_first(ast.get_docstring(node))}" for node in offered] + [""]
    return "\n".join(lines).rstrip() + "\n"


def write(folder: Path) -> None:
    """Write the pages made from the code into `folder`."""
    folder.mkdir(exist_ok=True)
    for name, made in (("api.md", api()), ("model-tables.md", model_tables())):
        target = folder / name
        if not target.exists() or target.read_text(encoding="utf-8") != made:
            target.write_text(made, encoding="utf-8", newline="\n")


def _is_rule(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "RULE" for node in tree.body)


def _signature(node: ast.FunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{node.name}({ast.unparse(node.args)}){returns}"
