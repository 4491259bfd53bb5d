"""Every block of the page of worked examples is run: a problem, then part of its answer."""

import json
import re
from pathlib import Path

import pytest

from marketsim import lab

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "lab.md").read_text(encoding="utf-8")


def examples():
    for section in PAGE.split("\n## ")[1:]:
        kind, blocks = section.split("\n", 1)[0], re.findall(r"```json\n(.*?)\n```", section, re.DOTALL)
        assert len(blocks) % 2 == 0
        yield from ((kind, problem, answer) for problem, answer in zip(blocks[::2], blocks[1::2], strict=True))


def flat(value, path=""):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    return {path: value} if inner is None else {k: v for key, part in inner for k, v in flat(part, f"{path}.{key}").items()}


@pytest.mark.parametrize(("kind", "problem", "answer"), list(examples()))
def test_block_of_the_page(kind, problem, answer):
    expected, got = flat(json.loads(answer)), flat(json.loads(lab.run(kind, problem)))
    assert expected
    for path, value in expected.items():
        assert got[path] == (pytest.approx(value, rel=1e-6, abs=1e-9) if isinstance(value, int | float) else value), path


def test_every_kind_has_a_section_and_an_example():
    shown = {kind for kind, _, _ in examples()}
    assert shown | {"curves"} == set(lab.KINDS)
    assert all(f"## {kind}\n" in PAGE for kind in lab.KINDS)
