"""The house rules, each held over every file of the package and each shown to catch a planted offender."""

import ast
import graphlib
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "marketsim"
FLOORS = {
    "cli": 8, "report": 7, "study": 6, "lab": 6, "simulation": 5, "scenario": 4,
    "policy": 3, "agents": 3, "markets": 3, "planner": 3, "domain": 2,
    "matching": 1, "programs": 1, "units": 1, "errors": 1, "rng": 1, "lean": 1, "messages": 0, "resources": 0,
}  # fmt: skip
ENGINE = {"domain", "matching", "markets", "simulation"}
DECIDING = ENGINE | {"policy", "agents", "planner"}
COMMODITIES = re.compile(r"carbon|water|energy|electricity|co2e?|tce|碳|用能|用水|水权")
RECORDS = {"marketsim.agents.view"}  # in a room of strategies, but only the shape of what they see and answer
ALLOWED_NAMES = {"electricity_kwh"}  # the one column through which every meter is reached
LONGEST_FILE, LONGEST_FUNCTION, MOST_ARGUMENTS = 400, 60, 6


class Source:
    """One file of the package: its dotted name, its room, its text and its syntax tree."""

    def __init__(self, module: str, text: str):
        self.module, self.text, self.tree = module, text, ast.parse(text)
        self.room = re.sub(r"^cli_\w+$", "cli", (module.split(".") + [""])[1])

    def nodes(self, *kinds):
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def functions(self):
        return self.nodes(ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def read(path: Path) -> Source:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return Source(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path.read_text(encoding="utf-8"))


FILES = [read(path) for path in sorted(PACKAGE.rglob("*.py"))]
MODULES = {file.module for file in FILES}


def imports(file: Source) -> list[str]:
    """Every module of ours that a file imports, wherever in the file the import stands."""
    found = []
    for node in file.nodes(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif node.level:
            found.append("marketsim.relative")
        else:
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name if name in MODULES or name.removeprefix("marketsim.") in FLOORS else str(node.module) for name in below]
    return [name for name in dict.fromkeys(found) if name.split(".")[0] == "marketsim"]


def climbs(file: Source) -> list[str]:
    """Imports go to the same room or to a lower floor (matching imports nothing of ours), and no import hides."""
    if file.module == "marketsim":  # the public face stands above the house
        return []
    wrong = [node.id for node in file.nodes(ast.Name) if node.id == "TYPE_CHECKING"]
    for name in imports(file):
        room = re.sub(r"^cli_\w+$", "cli", (name.split(".") + [""])[1])
        if room and room != file.room and (FLOORS.get(room, 99) >= FLOORS[file.room] or file.room == "matching"):
            wrong.append(f"imports {name}")
    return wrong


def too_big(file: Source) -> list[str]:
    """Files, functions and argument lists stay small, and no argument hides in **kwargs."""
    wrong = []
    if file.text.count("\n") > LONGEST_FILE:
        wrong.append(f"more than {LONGEST_FILE} lines")
    for function in file.functions():
        name, given = getattr(function, "name", "lambda"), function.args
        names = [a.arg for a in given.posonlyargs + given.args + given.kwonlyargs] + ([given.vararg.arg] if given.vararg else [])
        if function.end_lineno - function.lineno + 1 > LONGEST_FUNCTION:
            wrong.append(f"{name} has more than {LONGEST_FUNCTION} lines")
        if len([n for n in names if n not in ("self", "cls")]) > MOST_ARGUMENTS:
            wrong.append(f"{name} has more than {MOST_ARGUMENTS} arguments")
        if given.kwarg:
            wrong.append(f"{name} has **{given.kwarg.arg}")
    return wrong


def no_opening(file: Source) -> list[str]:
    """The first line of a file's docstring is one sentence."""
    first = (ast.get_docstring(file.tree) or "").split("\n")[0]
    good = first.endswith((".", "?")) and not re.search(r"[a-z)]\. [A-Z]", first)
    return [] if good else [f"opens with {first!r}, which is no sentence"]


def commodity_names(file: Source) -> list[str]:
    """The engine rooms know rights, never which: no commodity as an identifier or as a string."""
    if file.room not in ENGINE:
        return []
    docstrings = {id(n.value) for n in file.nodes(ast.Expr) if isinstance(n.value, ast.Constant)}
    words = [n.value for n in file.nodes(ast.Constant) if isinstance(n.value, str) and id(n) not in docstrings]
    for node in ast.walk(file.tree):
        words += [getattr(node, key) for key in ("id", "attr", "arg", "name", "module") if isinstance(getattr(node, key, None), str)]
    parts = {part: word for word in words for part in re.split(r"[^a-z0-9\u4e00-\u9fff]+", _apart(word)) if word not in ALLOWED_NAMES}
    return [f"says {word!r}" for part, word in parts.items() if COMMODITIES.fullmatch(part) or re.search("碳|用能|用水|水权", part)]


def _apart(word: str) -> str:
    """`CarbonCap` as `carbon_cap`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower()


def dotted(node: ast.AST) -> str:
    """`np.random.rand` as text, empty for anything that is not a plain dotted name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def loose_chance(file: Source) -> list[str]:
    """Chance comes from addressed generators only; what decides sees neither the clock nor Python's salted hash."""
    loose = ("random", "uuid") if file.room == "report" else ("random", "secrets", "uuid")  # the screen's token is a lock, not luck
    wrong = [f"imports {name}" for name in imported(file) if name.split(".")[0] in loose]
    for node in file.nodes(ast.Attribute):
        name = dotted(node)
        if re.search(r"(^|\.)random\.", name) and name.split(".")[-1] not in ("Generator", "Philox", "BitGenerator"):
            wrong.append(f"uses {name}")
        if file.room in DECIDING and re.fullmatch(r"time\.\w+|.*date(time)?\.(now|today|utcnow)", name):
            wrong.append(f"reads the clock: {name}")
    wrong += [f"uses {n.func.id}()" for n in calls(file) if n.func.id == "hash" and file.room in DECIDING]
    return wrong


def imported(file: Source) -> list[str]:
    return [a.name for n in file.nodes(ast.Import) for a in n.names] + [n.module or "" for n in file.nodes(ast.ImportFrom)]


def calls(file: Source):
    return (node for node in file.nodes(ast.Call) if isinstance(node.func, ast.Name))


def prints(file: Source) -> list[str]:
    """Only the command line prints."""
    return [] if file.room == "cli" else ["prints" for node in calls(file) if node.func.id == "print"]


def runs_data(file: Source) -> list[str]:
    """Data is never run: no eval, exec, pickle and their kind."""
    wrong = [f"calls {node.func.id}" for node in calls(file) if node.func.id in ("eval", "exec", "compile", "__import__")]
    wrong += [f"imports {n}" for n in imported(file) if n.split(".")[0] in ("pickle", "marshal", "shelve", "dill", "cloudpickle")]
    for node in file.nodes(ast.keyword):
        if node.arg in ("allow_pickle", "shell") and not (isinstance(node.value, ast.Constant) and node.value.value is False):
            wrong.append(f"passes {node.arg}")
    return wrong + [f"calls {n}" for n in map(dotted, file.nodes(ast.Attribute)) if n in ("yaml.load", "os.system")]


def loose_records(file: Source) -> list[str]:
    """Records are made by keyword and frozen; only the State of a run changes."""
    wrong = []
    for node in file.nodes(ast.ClassDef):
        for mark in node.decorator_list:
            called = mark.func if isinstance(mark, ast.Call) else mark
            given = {k.arg for k in getattr(mark, "keywords", []) if getattr(k.value, "value", None) is True}
            wanted = {"kw_only"} if (file.room, node.name) == ("simulation", "State") else {"frozen", "kw_only"}
            if dotted(called).split(".")[-1] == "dataclass" and not wanted <= given:
                wrong.append(f"{node.name} is not frozen and keyword-only")
    return wrong


def no_source(file: Source) -> list[str]:
    """A rule of law, a strategy and a mechanism say where they come from."""
    is_rule = file.room == "policy" and any(node.func.id == "Rule" for node in calls(file))
    public = [n for n in file.tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
    is_way_of_trading = file.room in ("agents", "markets") and public and file.module not in RECORDS | {f"marketsim.{file.room}"}
    docstring = ast.get_docstring(file.tree) or ""
    return ["has no Source: line"] if (is_rule or is_way_of_trading) and "Source:" not in docstring else []


CHECKS = (climbs, too_big, no_opening, commodity_names, loose_chance, prints, runs_data, loose_records, no_source)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_house_rule(check):
    wrong = [f"{file.module}: {problem}" for file in FILES for problem in check(file)]
    assert not wrong, f"{check.__doc__}\n" + "\n".join(wrong)


def circles(files: list[Source]) -> list[str]:
    """A circle of imports, wherever in a file they stand; the public face stands above the house and is left out."""
    graph = {file.module: set(imports(file)) - {file.module, "marketsim"} for file in files if file.module != "marketsim"}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def test_no_circle_of_imports():
    assert not circles(FILES)
    planted = [Source("marketsim.lab.a", "import marketsim.lab.b"), Source("marketsim.lab.b", "from marketsim.lab.a import x")]
    assert circles(planted)


MANY_LINES = "def f():\n" + "    x = 1\n" * 60
PLANTED = [
    (climbs, "domain.x", "from marketsim.policy import rule"),
    (climbs, "domain.x", "def f():\n    import marketsim.report"),
    (climbs, "policy.x", "from marketsim.planner.least_cost import least_cost"),
    (climbs, "matching.x", "from marketsim.errors import InputError"),
    (climbs, "matching.x", "from marketsim import resources"),
    (climbs, "study.x", "from marketsim.lab import run"),
    (climbs, "simulation.x", "from marketsim import report"),
    (climbs, "domain.x", "from typing import TYPE_CHECKING\nif TYPE_CHECKING: pass"),
    (climbs, "report.x", "from . import y\nfrom marketsim.cli import main"),
    (too_big, "lab.x", "x = 1\n" * 401),
    (too_big, "lab.x", MANY_LINES),
    (too_big, "lab.x", "def f(a, b, c, d, e, f, g): pass"),
    (too_big, "lab.x", "def f(a, b, *c, d, e, f, g): pass"),
    (too_big, "lab.x", "def f(**kwargs): pass"),
    (no_opening, "lab.x", "x = 1"),
    (no_opening, "lab.x", '"""no sentence"""'),
    (no_opening, "lab.x", '"""Two. Sentences of it."""'),
    (commodity_names, "domain.x", "carbon_price = 1"),
    (commodity_names, "domain.x", "def f(water): pass"),
    (commodity_names, "markets.x", "if market == 'electricity': pass"),
    (commodity_names, "simulation.x", "x = f'{a} energy'"),
    (commodity_names, "matching.x", "class CarbonCap: pass"),
    (commodity_names, "simulation.x", "x = '碳市场'"),
    (commodity_names, "simulation.x", "x.price_cny_per_tce = 1"),
    (loose_chance, "agents.x", "import random"),
    (loose_chance, "agents.x", "from random import choice"),
    (loose_chance, "agents.x", "x = np.random.rand()"),
    (loose_chance, "lab.x", "x = numpy.random.default_rng(1)"),
    (loose_chance, "simulation.x", "x = datetime.now()"),
    (loose_chance, "simulation.x", "x = time.time()"),
    (loose_chance, "markets.x", "x = hash('a')"),
    (prints, "report.x", "print(1)"),
    (runs_data, "lab.x", "eval('1')"),
    (runs_data, "lab.x", "exec('1')"),
    (runs_data, "lab.x", "import pickle"),
    (runs_data, "lab.x", "np.load(f, allow_pickle=True)"),
    (runs_data, "lab.x", "run('ls', shell=True)"),
    (loose_records, "domain.x", "@dataclass\nclass X: pass"),
    (loose_records, "domain.x", "@dataclasses.dataclass(frozen=True)\nclass X: pass"),
    (loose_records, "simulation.x", "@dataclass\nclass State: pass"),
    (loose_records, "domain.x", "@dataclass(kw_only=True)\nclass State: pass"),
    (no_source, "policy.allocation.x", '"""A rule."""\nRULE = Rule(name="x")'),
    (no_source, "agents.x", '"""A strategy."""\ndef quote(): pass'),
    (no_source, "markets.x", '"""A mechanism."""\ndef clear(): pass'),
]


@pytest.mark.parametrize(("check", "module", "text"), PLANTED)
def test_rule_catches_a_planted_offender(check, module, text):
    assert check(Source(f"marketsim.{module}", text))


def test_rules_let_good_code_pass():
    text = '"""A venue where orders meet.\n\nSource: a paper.\n"""\n\nfrom marketsim.domain.orders import Orders\n\n'
    text += '@dataclass(frozen=True, kw_only=True)\nclass Waterfall:\n    electricity_kwh: int\n\n\nprice = "merit"\n'
    assert not [problem for check in CHECKS for problem in check(Source("marketsim.markets.x", text))]


def test_every_room_has_a_floor():
    rooms = {file.room for file in FILES} - {""}
    assert rooms <= set(FLOORS), f"no floor for {rooms - set(FLOORS)}"
