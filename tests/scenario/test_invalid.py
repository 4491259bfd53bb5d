"""Broken scenarios, each with the exact lines that `marketsim check` prints for it, in English and in Chinese.

`python tests/scenario/test_invalid.py` writes the expected lines anew, to be read through before they are committed.
"""

import contextlib
import io
import os
from pathlib import Path

import pytest

from marketsim.cli import main

FOLDER = Path(__file__).parents[1] / "scenarios" / "invalid"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def checked(name: str, lang: str) -> tuple[int, str]:
    """Exit code and standard output of `marketsim check`."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        code = main(["check", f"{name}.yaml", "--lang", lang])
    return code, said.getvalue()


def test_there_are_enough():
    assert len(NAMES) >= 60


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_broken_scenario_is_told(name, lang, monkeypatch):
    monkeypatch.chdir(FOLDER)
    code, said = checked(name, lang)
    assert code == 2
    expected = FOLDER / (f"{name}.expected.txt" if lang == "en" else f"{name}.expected.zh.txt")
    assert said == expected.read_text(encoding="utf-8")
    assert all("MS" in line for line in said.splitlines() if not line.startswith(" "))


if __name__ == "__main__":
    os.chdir(FOLDER)
    for one in NAMES:
        for language, ending in (("en", ""), ("zh", ".zh")):
            Path(f"{one}.expected{ending}.txt").write_text(checked(one, language)[1], encoding="utf-8", newline="\n")
