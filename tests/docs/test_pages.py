"""The words of the documentation hold: its site builds without a warning, and what README and tutorials show is run."""

import glob
import io
import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from marketsim.cli import main

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = {"console", "yaml", ""}


def run(line: str) -> int:
    """One line of a page as its reader would type it; returns its exit code."""
    words = [found for word in shlex.split(line, comments=True) for found in (sorted(glob.glob(word)) or [word])]
    assert words[0] == "marketsim", line
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as errors:
        code = main(words[1:])
    assert code == 0, f"{line}\n{errors.getvalue()}"
    return code


@pytest.mark.slow
@pytest.mark.parametrize("page", ["tutorial.md", "tutorial.zh.md"])
def test_every_block_of_the_tutorial_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    count = 0
    for kind, text in BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8")):
        assert kind in KINDS and kind, f"a block of kind {kind!r} is run by nobody"
        if kind == "yaml":
            name = re.match(r"# (\S+)\n", text).group(1)
            Path(name).write_text(text, encoding="utf-8")
            continue
        for line in text.strip().splitlines():
            count += run(line.removeprefix("$ ")) == 0
    assert count >= 4 and Path("band.html").stat().st_size > 500_000


@pytest.mark.slow
@pytest.mark.parametrize("page", ["new-rule.md", "new-city.md", "new-market.md", "new-strategy.md", "howto.zh.md"])
def test_every_block_of_a_how_to_runs(page, tmp_path):
    blocks = BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert blocks and {kind for kind, _ in blocks} == {"python"}, "a block of another kind is run by nobody"
    for number, (_, text) in enumerate(blocks):
        place = tmp_path / str(number)
        place.mkdir()
        (place / "block.py").write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, "block.py"], cwd=place, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT / "src")})
        assert done.returncode == 0 and done.stdout, done.stderr


@pytest.mark.slow
def test_every_command_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    (question,) = (text for kind, text in blocks if kind == "yaml")
    Path("my-question.yaml").write_text(question, encoding="utf-8")
    lines = [line for kind, text in blocks if kind != "yaml" for line in text.strip().splitlines()]
    made = [line.split("#")[0].split()[1] for line in lines if line.startswith("make ")]
    rules = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert made and all(f"\n{target}:" in rules for target in made)
    asked = [line for line in lines if line.startswith("marketsim ") and not line.startswith("marketsim serve")]
    assert len(asked) + len(made) + sum(line.startswith("marketsim serve") for line in lines) == len(lines)
    for line in asked:
        run(line.replace("my-question-0123abcd", "my-question-????????"))


@pytest.mark.parametrize("page", ["model", "law", "electricity"])
def test_both_languages_of_a_page_name_the_same_code(page):
    english, chinese = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in (f"{page}.md", f"{page}.zh.md"))
    named = [sorted(re.findall(r"`[^`\n]+`", text)) for text in (english, chinese)]
    assert set(named[0]) == set(named[1]) and [line[:3] for line in english.splitlines() if line.startswith("##")] == [line[:3] for line in chinese.splitlines() if line.startswith("##")]


def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("furo", reason="the site needs the extra [docs]")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(ROOT / "docs"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    outside = {link for file in tmp_path.rglob("*.html") for link in re.findall(r'(?:src|rel="stylesheet"[^>]*href)="(https?:[^"]*)"', file.read_text(encoding="utf-8"))}
    assert not outside
