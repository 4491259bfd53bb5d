"""Sound scenarios, each with what it changes of the packaged base; `python tests/scenario/test_valid.py` writes that anew."""

from pathlib import Path

import pytest

from marketsim.scenario import load, show

FOLDER = Path(__file__).parents[1] / "scenarios" / "valid"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def changes(name: str) -> str:
    """One line for each value that differs from the base."""
    return "".join(f"{line}\n" for line in show.difference(load("tianjin-base"), load(FOLDER / f"{name}.yaml")))


@pytest.mark.parametrize("name", NAMES)
def test_sound_scenario_says_what_it_changes(name):
    assert changes(name) == (FOLDER / f"{name}.expected.txt").read_text(encoding="utf-8") != ""


def test_there_are_some():
    assert len(NAMES) >= 8


if __name__ == "__main__":
    for one in NAMES:
        (FOLDER / f"{one}.expected.txt").write_text(changes(one), encoding="utf-8", newline="\n")
