"""Every key and every value of the shipped scenarios, broken one at a time: told at the right line, with the right word.

A key loses one letter, a word loses one letter, a quantity loses its unit, a date and a whole number get a stray letter.
Counted are the problems at the line of the damage, and the suggestions that would undo it.
"""

import re

import pytest

from marketsim.scenario import examine, names, shape
from marketsim.scenario.reader import read_text

FREE_TEXT = re.compile(r"(.*\.)?(title|look_at|label)\.(zh|en)|source")
CHOSEN_BY_THE_USER = re.compile(r"options\.[^.]+")


def mutants(tree, text: str):
    """(what, broken text, line, the word that would mend it or "") for each key and value of a scenario."""
    lines = text.splitlines()

    def spoil(mark, written: str, spoilt: str) -> str:
        line = lines[mark.line - 1]
        start = mark.column - 1
        assert line[start : start + len(written)] == written
        changed = [*lines]
        changed[mark.line - 1] = line[:start] + spoilt + line[start + len(written) :]
        return "\n".join(changed) + "\n"

    def walk(node, path):
        for key, child in node.value.items():
            here = (*path, key)
            mark, dotted = child.key_mark, ".".join(here)
            if len(key) > 3 and key.isascii() and not CHOSEN_BY_THE_USER.fullmatch(dotted):
                yield f"key {dotted}", spoil(mark, key, key[:2] + key[3:]), mark.line, key.split(".")[0]
            if isinstance(child.value, dict):
                yield from walk(child, here)
            elif not isinstance(child.value, list) and not FREE_TEXT.fullmatch(dotted) and child.text:
                spoilt, mended = broken(child.text)
                yield f"value {dotted}", spoil(child.mark, child.text, spoilt), child.mark.line, mended

    yield from walk(tree, ())


def broken(written: str) -> tuple[str, str]:
    """A value with one mistake in it, and what the advice must hold."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        return written.replace("-", "/"), "2020-09-01"
    if written.endswith("%"):
        return written[:-1], written
    if re.fullmatch(r"-?\d+(\.\d+)?", written):
        return f"{written}x", ""
    if re.match(r"-?\d", written):
        return written.split()[0], written.split()[-1].rpartition("/")[2].lstrip("万亿kMG")[:3]
    if written == "null":
        return "nul", ""
    if len(written) > 3:
        return written[:2] + written[3:], written
    return f"{written}x", ""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """For each mutant: (what, told at all, told at its line, advice mends it or "" where none is due)."""
    folder = tmp_path_factory.mktemp("mutants")
    found = []
    for name, file in names.bases().items():
        text = file.read_text(encoding="utf-8")
        tree, _ = read_text(text, name)
        for number, (what, spoilt, line, mended) in enumerate(mutants(tree, text)):
            path = folder / f"{name}-{number}.yaml"
            path.write_text(spoilt, encoding="utf-8")
            problems = examine(path).problems
            there = [problem for problem in problems if problem.line == line]
            advice = " ".join(problem.advice() + problem.sentence() for problem in there)
            found.append((f"{name}: {what}", bool(problems), bool(there), mended == "" or mended in advice, mended != "", advice))
    return found


def test_every_mutation_is_told(told):
    assert len(told) > 150
    missed = [what for what, any_problem, *_ in told if not any_problem]
    assert not missed


def test_the_line_is_right(told):
    wrong = [what for what, _, there, *_ in told if not there]
    assert len(wrong) <= 0.02 * len(told), wrong


def test_the_advice_would_mend_it(told):
    due = [one for one in told if one[4]]
    wrong = [(what, advice) for what, _, _, mends, _, advice in due if not mends]
    assert len(wrong) <= 0.15 * len(due), wrong


def test_the_shape_knows_every_key_of_the_shipped_scenarios():
    for name in names.bases():
        tree = examine(name).tree
        for path, _ in tree.leaves():
            if path[0] == "options" and path[2] == "set":
                continue  # dotted keys, checked in the place they stand for
            above = [shape.keys().get(shape.pattern(path[:depth])) for depth in range(1, len(path) + 1)]
            assert all(key or any(k and k.kind == "rule" for k in above) for key in above), path
