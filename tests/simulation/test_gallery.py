"""The gallery: each question is short, has its header, and every option of it runs in a small form."""

import json
from pathlib import Path

import pytest

from marketsim.scenario import load

GALLERY = sorted((Path(__file__).resolve().parents[2] / "scenarios" / "gallery").glob("*.yaml"))


def under(path: Path, option: str) -> tuple[str, ...]:
    """Settings that make a question what it is under one option, without the others."""
    question = load(path).question
    changes = question.options[option].set
    alone = ["options=null", "report=null", *(["uncertainty=null"] if question.uncertainty else [])]
    return (*alone, *(f"{key}={json.dumps(value, ensure_ascii=False, default=str)}" for key, value in changes.items()))


def small(question) -> tuple[str, ...]:
    """Settings that keep a run short: the sessions of June only, typical days of power."""
    return (*(f"markets.{key}.calendar.open=2021-06-01" for key in question.markets), "power.resolution=typical-days")


OPTIONS = [(path, name) for path in GALLERY for name in load(path).question.options]


def test_the_gallery_asks_at_least_ten_questions():
    assert len(GALLERY) >= 10 and len({load(path).question.title.en for path in GALLERY}) == len(GALLERY)


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_a_question_is_short_and_says_what_it_is(path):
    lines, question = path.read_text(encoding="utf-8").splitlines(), load(path).question
    assert len(lines) <= 40 and lines[0].startswith("# ") and lines[0].endswith((".", "?"))
    assert question.source and question.look_at and question.title.zh
    assert len(question.options) >= 2 and question.report.baseline in question.options


@pytest.mark.parametrize(("path", "option"), OPTIONS, ids=lambda one: one if isinstance(one, str) else one.stem)
def test_every_option_runs(played, path, option):
    settings = under(path, option)
    world = played(path, settings=(*settings, *small(load(path, settings).question)))
    for right in world.setting.rights:
        settled = world.state.settled[right.key]
        assert (settled.due == settled.offsets_used + settled.surrendered + settled.borrowed + settled.shortfall).all()
