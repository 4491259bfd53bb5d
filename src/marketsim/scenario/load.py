"""Loads a scenario: reads the file, lays it over what it extends, checks everything and gives a frozen question.

Options and uncertainties are checked by building what they would make of the scenario and checking that the same way.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

from pydantic import ValidationError

from marketsim.errors import Problem, ProblemsFound
from marketsim.scenario import checks, names, reader, rules, shape
from marketsim.scenario import problems as tell
from marketsim.scenario.schema import Question
from marketsim.scenario.suggest import closest
from marketsim.scenario.tree import Mark, Node, Path, merge, spread

MOST_TOLD, DEEPEST = 50, 10
NAMED_BY_USERS = ("links", "transfers")
"""Blocks whose entries have names of the user's own choice."""
OF_A_STUDY = ("options", "uncertainty", "runs", "report")
"""Blocks about many runs; one option or future is checked without them."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A checked question with its name, its canonical text and where each value was written."""

    name: str
    question: Question = field(repr=False)
    folder: FilePath
    region_path: FilePath = field(repr=False)
    tree: Node = field(repr=False)

    @property
    def packaged(self) -> bool:
        """True where its name is enough to find it."""
        return names.bases().get(self.name) == self.folder / f"{self.name}.yaml"

    @property
    def canonical(self) -> str:
        """The resolved question as canonical JSON: sorted keys, base units; neither where it was written nor the seed."""
        data = self.question.model_dump(mode="json", exclude={"extends", "seed"})
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @property
    def seed(self) -> int:
        """Luck of a single run."""
        return self.question.seed

    @property
    def title(self) -> dict[str, str]:
        """Name in both languages."""
        return self.question.title.model_dump()


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What a look at a file gives: a scenario, or the problems why there is none; the tree where it could be read."""

    scenario: Scenario | None
    problems: tuple[Problem, ...]
    tree: Node | None


def load(path: str | FilePath, settings: tuple[str, ...] = ()) -> Scenario:
    """Read and check the scenario in a file or of a packaged name; `settings` are `key=value` texts laid over it.

    Raises ProblemsFound with every problem at once.
    """
    found = examine(path, settings)
    if found.scenario is None:
        raise ProblemsFound(found.problems)
    return found.scenario


def examine(path: str | FilePath, settings: tuple[str, ...] = ()) -> Examined:
    """Look at a scenario without raising: everything `load` would tell."""
    file, shown = _locate(str(path))
    tree, found = _extended(file, shown, ())
    for number, setting in enumerate(settings, start=1):
        over, wrong = as_tree(setting, number)
        found += wrong
        tree = merge(tree, over) if tree and over else tree
    if tree is None:
        return Examined(scenario=None, problems=tuple(_sorted(found, shown)), tree=None)
    question, wrong = checked(tree, file.parent)
    lacking = {(problem.code, problem.key) for problem in wrong if problem.code == "MS103"}
    found += wrong
    for patched in _patched(tree, found):  # what the scenario itself lacks is told once, not under every option
        found += [problem for problem in checked(patched, file.parent)[1] if (problem.code, problem.key) not in lacking]
    if _meant_to_extend(tree):  # what the base would have brought is not missing
        found = [problem for problem in found if problem.code not in ("MS103", "MS301")]
    if found:
        return Examined(scenario=None, problems=tuple(_sorted(found, shown)), tree=tree)
    scenario = Scenario(
        name=file.stem, question=question, folder=file.parent, tree=tree,
        region_path=names.region_folder(question.region, file.parent),
    )  # fmt: skip
    return Examined(scenario=scenario, problems=(), tree=tree)


def _meant_to_extend(tree: Node) -> bool:
    """Whether the file names no scenario to extend, but has a key that is `extends` misspelt."""
    known = shape.allowed(())
    return "extends" not in tree.value and any(key not in known and closest(key, known) == "extends" for key in tree.value)


def _locate(path: str) -> tuple[FilePath, str]:
    """The file meant by a path or by the name of a packaged scenario, and how to call it."""
    file = FilePath(path)
    if path in names.bases() and not os.path.exists(file):
        return names.bases()[path], f"{path}.yaml"
    return file, path


def _extended(file: FilePath, shown: str, below: tuple[tuple[FilePath, str], ...]) -> tuple[Node | None, list[Problem]]:
    """The tree of a file laid over all it extends."""
    tree, found = (names.shipped if file in names.bases().values() else reader.read)(file, shown)
    if tree is None:
        return None, [_with_suggestion(problem, file) for problem in found]
    named = tree.value.get("extends")
    if named is None or not isinstance(named.value, str):
        return tree, [*found]
    if len(below) >= DEEPEST:
        return None, [*found, named.mark.problem("MS112", {"most": str(DEEPEST)}, path=("extends",))]
    base, base_shown, problem = _base(named, file, (*below, (file, shown)))
    if problem:
        return None, [*found, problem]
    under, wrong = _extended(base, base_shown, (*below, (file, shown)))
    return (merge(under, tree) if under else None), [*found, *wrong]


def _base(named: Node, file: FilePath, chain: tuple[tuple[FilePath, str], ...]) -> tuple[FilePath, str, Problem | None]:
    """The file that `extends` names, how to call it, and why it will not do."""
    name = named.value
    packaged = names.bases()
    if name in packaged:
        base, shown = packaged[name], f"{name}.yaml"
    elif name.endswith((".yaml", ".yml")):
        base, shown = file.parent / name, str(FilePath(chain[-1][1]).parent / name)
        if not base.resolve().is_relative_to(file.parent.resolve()):
            return base, shown, named.mark.problem("MS109", {"text": name}, path=("extends",))
    else:
        near = closest(name, packaged)
        values = {"text": name, "allowed": ", ".join(names.made_to_extend()), "suggestion": near or ""}
        advice = "suggest" if near else "list"
        return file, "", named.mark.problem("MS107", values, ("extends",), advice)
    if base.resolve() in {one.resolve() for one, _ in chain}:
        values = {"chain": " → ".join([*(one for _, one in chain), shown])}
        return base, shown, named.mark.problem("MS108", values, path=("extends",))
    if not os.path.exists(base):
        return base, shown, named.mark.problem("MS107", {"text": name}, ("extends",), "path")
    return base, shown, None


def _with_suggestion(problem: Problem, file: FilePath) -> Problem:
    """Add the nearest file name to `no such file`."""
    if problem.code != "MS017":
        return problem
    try:
        beside = [one.name for one in file.parent.iterdir() if one.suffix in (".yaml", ".yml")]
    except OSError:
        beside = []
    near = closest(file.name, beside)
    if near:
        return replace(problem, values={"suggestion": str(file.parent / near)}, hint="MS017.suggest")
    near = closest(file.name, names.bases())
    return replace(problem, values={"suggestion": near}, hint="MS017.suggest") if near else problem


def as_tree(setting: str, number: int) -> tuple[Node | None, list[Problem]]:
    """`key=value` of the command line as a tree of its own; the `number`-th setting stands in that line."""
    key, equals, value = setting.partition("=")
    if not equals or not key.strip() or "\n" in setting:
        mark = Mark(file="--set", line=number, column=1, width=len(setting), source=setting)
        return None, [mark.problem("MS106", {})]
    tree, found = reader.read_text("\n" * (number - 1) + f"{key.strip()}: {value.strip()}", "--set")
    if tree is None or found:
        return None, found
    dotted, leaf = next(iter(tree.value.items()))
    return spread(dotted, leaf), []


def checked(tree: Node, folder: FilePath) -> tuple[Question | None, list[Problem]]:
    """The question a tree holds, and everything that is wrong with it."""
    home = names.region_folder(tree.at(("region",))[0].text, folder)
    ruled, found = rules.plain_rules(rules.Around(tree=tree, city=names.city(home) if home else None))
    places, wrong = checks.regions(tree, folder)
    found += wrong + tell.wrong_units(tree) + checks.names_exist(tree, folder)
    try:
        question = Question.model_validate(_plain(tree, {**ruled, **places}))
    except ValidationError as error:
        return None, found + tell.from_schema(error.errors(include_url=False), tree, checks.strange_markets(tree, folder))
    if not found:
        found += checks.fits_together(question, tree)
    return question, found


def _plain(tree: Node, resolved: Mapping[Path, object]) -> dict:
    """The bare data of a tree, with what has been resolved (rules, regions) in its place."""
    data = tree.plain()
    for path, value in resolved.items():
        block = data
        for step in path[:-1]:
            block = block[step]
        block[path[-1]] = value
    return data


def _patched(tree: Node, found: list[Problem]) -> list[Node]:
    """The scenario under each option and at the ends of each uncertainty, for checking."""
    trees = []
    bare = replace(tree, value={key: node for key, node in tree.value.items() if key not in OF_A_STUDY})
    for _, option in _named(tree, "options"):
        settings = option.value.get("set") if isinstance(option.value, dict) else None
        if settings is not None and isinstance(settings.value, dict):
            patched = bare
            for dotted, leaf in settings.value.items():
                strange = _misnamed(bare, dotted, leaf)
                found += strange
                patched = patched if strange else merge(patched, spread(dotted, leaf))
            trees.append(patched)
    for dotted, distribution in _named(tree, "uncertainty"):
        if not isinstance(distribution.value, dict):
            continue  # told by the schema
        found += checks.distribution(dotted, distribution)
        for leaf in _ends(distribution):
            trees.append(merge(bare, spread(dotted, replace(leaf, key_mark=distribution.key_mark))))
    return trees


def _misnamed(tree: Node, dotted: str, leaf: Node) -> list[Problem]:
    """MS101 where an option reaches into a link or a transfer that is not there and another of nearly that name is."""
    first, _, rest = dotted.partition(".")
    name, inside, _ = rest.partition(".")
    known = [one for one, _ in _named(tree, first)]
    if first not in NAMED_BY_USERS or not inside or name in known or not closest(name, known):
        return []
    mark = leaf.key_mark or leaf.mark
    return [tell.unknown_key(replace(mark, column=mark.column + len(first) + 1, width=len(name)), name, known, (first, name))]


def _ends(distribution: Node) -> list[Node]:
    """The values a distribution names (its sd is a width, not a value)."""
    ends = [node for key, node in distribution.value.items() if key in ("mean", "low", "mode", "high")]
    listed = distribution.value.get("values")
    return ends + (listed.value if listed is not None and isinstance(listed.value, list) else [])


def _named(tree: Node, key: str) -> list[tuple[str, Node]]:
    """The entries of a block whose names the user chose."""
    block = tree.value.get(key)
    return list(block.value.items()) if block is not None and isinstance(block.value, dict) else []


def _sorted(found: list[Problem], first: str) -> list[Problem]:
    """Each problem once, the user's own file first, then by place; of very many, the first, and how many more."""
    unique: dict[tuple, Problem] = {}
    for problem in found:
        unique.setdefault((problem.file, problem.line, problem.column, problem.code, str(problem.values.get("key"))), problem)
    spoilt = {(p.file, p.line, p.column) for p in found if p.code < "MS1"}  # what the reader refused is told only so
    kept = [p for p in unique.values() if p.code < "MS1" or (p.file, p.line, p.column) not in spoilt]
    kept.sort(key=lambda p: (p.file != first, p.file, p.line, p.column, p.code))
    more = Problem(code="MS099", file=first, values={"count": str(len(kept) - MOST_TOLD)})
    return kept[:MOST_TOLD] + ([more] if len(kept) > MOST_TOLD else [])
