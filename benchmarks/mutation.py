"""Mutation score: plants one small fault at a time into source files and counts how many the tests notice.

`python benchmarks/mutation.py PATH... --tests TESTS` prints a line for every fault nobody noticed, then the score. A fault
turns a comparison, an operator, a condition, a number or a truth value round, or leaves a statement out. Each runs in a
forked child that imports the faulty module instead of the file, so nothing on disk changes; a child that fails, crashes
or takes far longer than the tests do is a kill. Strings, annotations, defaults of records, `__slots__` and functions
named by `--skip` (hints to the processor) are left alone, and so is a sum or difference with a constant that is 0; other faults that
change nothing count as survivors.

Source: DeMillo, Lipton and Sayward (1978), Hints on test data selection, IEEE Computer 11(4).
"""

import argparse
import ast
import copy
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMPARISONS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
               ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
             ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
             ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.Pow: ast.Mult}
NOTICED, SURVIVED, TOO_LONG = "noticed", "survived", "too long"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault: the module it is planted in, where, what it does, and its number in the file."""

    module: str
    path: Path
    line: int
    what: str
    number: int
    skip: frozenset[str]
    zero: frozenset[str]

    def tree(self) -> ast.Module:
        """The file's tree with the fault in it."""
        return ast.fix_missing_locations(Walk(self.skip, self.zero, self.number).visit(ast.parse(self.path.read_text(encoding="utf-8"))))


def variants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What may stand in a node's place: (description, node)."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            other = copy.deepcopy(node)
            other.ops[place] = COMPARISONS[type(operator)]()
            yield f"{ast.unparse(node)} -> {ast.unparse(other)}", other
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS:
        other = copy.deepcopy(node)
        other.op = OPERATORS[type(node.op)]()
        yield f"{ast.unparse(node)} -> {ast.unparse(other)}", other
    elif isinstance(node, ast.BoolOp):
        other = copy.deepcopy(node)
        other.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        yield f"{ast.unparse(node)} -> {ast.unparse(other)}", other
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.UAdd):
        yield f"{ast.unparse(node)} -> {ast.unparse(node.operand)}", node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        value = not node.value if isinstance(node.value, bool) else node.value + 1
        yield f"{node.value} -> {value}", ast.Constant(value)
    elif isinstance(node, ast.If | ast.IfExp):
        other = copy.deepcopy(node)
        other.test = ast.UnaryOp(ast.Not(), other.test)
        yield f"if {ast.unparse(node.test)} -> if not", other
    elif isinstance(node, ast.Break | ast.Continue):
        other = ast.Continue() if isinstance(node, ast.Break) else ast.Break()
        yield f"{ast.unparse(node)} -> {ast.unparse(other)}", other


def left_out(node: ast.AST) -> bool:
    """Whether leaving the statement out is a fault worth planting: a call, or a write to something that outlives it."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets)
    return isinstance(node, ast.AugAssign)


class Walk(ast.NodeTransformer):
    """Visits what may be faulty; plants the fault number `wanted` (none: only lists them in `found`)."""

    def __init__(self, skip: frozenset[str], zero: frozenset[str], wanted: int = -1) -> None:
        self.skip, self.zero, self.wanted, self.found = skip, zero, wanted, []
        self.in_function = self.in_class = False

    def visit(self, node: ast.AST) -> ast.AST:
        nothing = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub) and ast.unparse(node.right) in self.zero
        offers = [] if nothing else list(variants(node))
        if self.in_function and left_out(node):
            offers.append((f"without {ast.unparse(node)}", ast.Pass()))
        for what, other in offers:
            self.found.append((node.lineno, what))
            if len(self.found) - 1 == self.wanted:
                return ast.copy_location(other, node)
        return super().visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:  # noqa: N802
        if node.name in self.skip:
            return node
        outside, self.in_function = self.in_function, True
        node.body = [self.visit(statement) for statement in node.body]
        self.in_function = outside
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:  # noqa: N802
        outside, self.in_class = self.in_class, True
        self.generic_visit(node)
        self.in_class = outside
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:  # noqa: N802
        if node.value and (self.in_function or not self.in_class):
            node.value = self.visit(node.value)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:  # noqa: N802
        if not any(isinstance(target, ast.Name) and target.id.startswith("__") for target in node.targets):
            self.generic_visit(node)
        return node


def module_of(path: Path) -> str:
    """Name of the module that a file under src/ holds."""
    parts = path.resolve().with_suffix("").parts
    return ".".join(parts[len(parts) - parts[::-1].index("src"):])


def zeros(path: Path, tree: ast.Module) -> frozenset[str]:
    """Constants of other modules (`layout.NEXT`) that a file names and that are 0."""
    module = importlib.import_module(module_of(path))
    named = {(node.value.id, node.attr) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)}
    return frozenset(f"{home}.{name}" for home, name in named if getattr(getattr(module, home, None), name, None) == 0)


def faults_of(path: Path, skip: frozenset[str]) -> Iterator[Fault]:
    """Every fault that can be planted in a file, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    zero = zeros(path, tree)
    walk = Walk(skip, zero)
    walk.visit(tree)
    for number, (line, what) in enumerate(walk.found):
        yield Fault(module=module_of(path), path=path, line=line, what=what, number=number, skip=skip, zero=zero)


class Planted(importlib.machinery.SourceFileLoader, importlib.abc.MetaPathFinder):
    """Finds and loads one module from a faulty tree; every other module is left to the other finders."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.module, str(fault.path.resolve()))
        self.fault = fault

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.fault.module else None

    def get_code(self, fullname):
        return compile(self.fault.tree(), self.path, "exec")


def child(fault: Fault | None, arguments: list[str], seconds: int) -> None:
    """In the forked child: run the tests with the fault planted and leave with pytest's exit code."""
    import pytest

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))  # a fault that loops is ended by the system
    signal.alarm(20 * seconds)  # and so is one that waits
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    if fault:
        sys.meta_path.insert(0, Planted(fault))
    os._exit(pytest.main(arguments))


def outcome(fault: Fault | None, arguments: list[str], seconds: int) -> tuple[str, float]:
    """Fork, wait, and say what became of the tests and how many CPU seconds they took."""
    process = os.fork()
    if process == 0:
        try:
            child(fault, arguments, seconds)
        finally:
            os._exit(3)
    _, status, used = os.wait4(process, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM):
        return TOO_LONG, used.ru_utime
    return SURVIVED if status == 0 else NOTICED, used.ru_utime


def preload(paths: list[Path], modules: list[str]) -> None:
    """Import what the tests need of other people's code once, before the forks; ours is imported by each child."""
    for module in ("pytest", *modules):
        importlib.import_module(module)
    for path in paths:
        importlib.import_module(module_of(path))
    ours = {path.resolve().parts[path.resolve().parts.index("src") + 1] for path in paths}
    for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
        del sys.modules[name]


def options_of(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, help="source files or folders under src/")
    parser.add_argument("--tests", nargs="+", required=True, help="what pytest shall run; options for it go into PYTEST_ADDOPTS")
    parser.add_argument("--preload", nargs="*", default=["numpy"], help="modules imported before the forks")
    parser.add_argument("--skip", nargs="*", default=[], help="functions in which nothing is planted")
    parser.add_argument("--sample", type=int, help="plant only so many faults, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=0.0, help="exit 1 below this score, per cent")
    parser.add_argument("--json", type=Path, help="write every fault and its outcome to this file")
    return parser.parse_args(words)


def main() -> int:
    """Plant, run, count, print."""
    options = options_of()
    paths = [file for path in options.paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    faults = [fault for path in paths for fault in faults_of(path, frozenset(options.skip))]
    preload(paths, options.preload)
    begin = time.monotonic()
    rows = planted(drawn(faults, options.sample, options.seed), options.tests)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    score = report(rows, time.monotonic() - begin)
    return 1 if score < options.least else 0


def drawn(faults: list[Fault], sample: int | None, seed: int) -> list[Fault]:
    """So many of the faults in their order, drawn by the seed; all without a number."""
    if not sample or sample >= len(faults):
        return faults
    return [faults[place] for place in sorted(random.Random(seed).sample(range(len(faults)), sample))]


def planted(faults: list[Fault], tests: list[str]) -> list[dict]:
    """Run the tests once without a fault, then with each; prints what survives and returns every outcome."""
    arguments = [*tests, "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--import-mode=importlib"]
    fine, usual = outcome(None, arguments, 3600)
    if fine != SURVIVED:
        sys.exit("the tests fail without any fault: run them first")
    patience, rows = 5 + int(2 * usual), []
    for fault in faults:
        result, _ = outcome(fault, arguments, patience)
        rows.append({"file": fault.path.name, "line": fault.line, "fault": fault.what, "outcome": result})
        if result == SURVIVED:
            sys.stdout.write(f"{fault.path}:{fault.line}: {fault.what}\n")
            sys.stdout.flush()
    return rows


def report(rows: list[dict], seconds: float) -> float:
    """Print the score of each file and of all; returns the latter, per cent."""
    every, survived = Counter(row["file"] for row in rows), Counter(row["file"] for row in rows if row["outcome"] == SURVIVED)
    for file in sorted(every):
        sys.stdout.write(f"{file:<28} {every[file] - survived[file]:5} of {every[file]:5} noticed\n")
    noticed = every.total() - survived.total()
    score = 100 * noticed / max(1, every.total())
    sys.stdout.write(f"mutation score {score:.1f} % ({noticed} of {every.total()} faults, {seconds:.0f} s)\n")
    return score


if __name__ == "__main__":
    sys.exit(main())
