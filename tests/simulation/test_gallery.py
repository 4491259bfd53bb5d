"""The gallery: each question is short, has its header, and every option of it runs in a small form."""

from pathlib import Path

import pytest

from marketsim.scenario import load, variant
from marketsim.simulation.found import found
from marketsim.simulation.institutions import agenda
from marketsim.simulation.run import play

GALLERY = sorted((Path(__file__).resolve().parents[2] / "scenarios" / "gallery").glob("*.yaml"))
OPTIONS = [(path, name) for path in GALLERY for name in load(path).question.options]


def small(path: Path, option: str):
    """The question under one option, with the sessions of June only and typical days of power."""
    scenario = load(path)
    question = variant.under(scenario, option, {}).question
    short = {f"markets.{key}.calendar.open": "2021-06-01" for key in question.markets}
    return variant.under(scenario, option, short | ({"power.resolution": "typical-days"} if question.power else {}))


def test_the_gallery_asks_at_least_ten_questions():
    assert len(GALLERY) >= 10 and len({load(path).question.title.en for path in GALLERY}) == len(GALLERY)


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_a_question_is_short_and_says_what_it_is(path):
    lines, question = path.read_text(encoding="utf-8").splitlines(), load(path).question
    assert len(lines) <= 40 and lines[0].startswith("# ") and lines[0].endswith((".", "?"))
    assert question.source and question.look_at and question.title.zh
    assert len(question.options) >= 2 and question.report.baseline in question.options


@pytest.mark.parametrize(("path", "option"), OPTIONS, ids=lambda one: one if isinstance(one, str) else one.stem)
def test_every_option_runs(path, option):
    world = found(small(path, option), 1)
    world.agenda = agenda(world)
    play(world)
    assert not world.ledger.balance.sum(axis=(1, 2)).any(), "every asset sums to zero"
    for right in world.setting.rights:
        settled = world.state.settled[right.key]
        assert (settled.due == settled.offsets_used + settled.surrendered + settled.borrowed + settled.shortfall).all()
