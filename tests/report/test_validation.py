"""The tables of validation pass, the page shows what they print, and a figure that is not near enough makes the command fail."""

import json
from pathlib import Path

import pytest

from marketsim import cli
from marketsim.report.validation import tables
from marketsim.report.validation.check import between, close, holds, near

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation.md"


@pytest.fixture(scope="module")
def quick():
    return list(tables.made(full=False))


def test_every_table_passes(quick):
    failed = [one for _, checks in quick for one in checks if one.passed is False]
    assert not failed and tables.counted(quick)["passed"] > 100


def test_the_page_shows_what_the_command_prints(quick):
    page = PAGE.read_text(encoding="utf-8")
    missing = [table.en for table, checks in quick if tables.markdown(table, checks, "en") not in page]
    assert not missing, "run `make validation`"
    assert all(f"## {table.en}" in page for table in tables.TABLES) and "FAILS" not in page


def test_a_figure_that_is_far_fails(monkeypatch, capsys):
    bad = tables.Table(key="planted", en="Planted", zh="植入", make=lambda: [near("five", 5.2, 5, 0.1), between("open", 3, None, 4)])
    monkeypatch.setattr(tables, "TABLES", (bad,))
    assert cli.main(["validation", "--json"]) == 1
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["passed"], told["failed"], told["shown"]) == (1, 1, 0) and told["schema"] == "marketsim.validation/1"
    assert "planted: five: 5.2" in err


@pytest.mark.parametrize(("check", "passed"), [
    (near("a", 1.0, 1.1, 0.1 + 1e-12), True), (near("a", 1.0, 1.2, 0.1), False), (close("a", 95, 100, 0.05), True), (close("a", 94, 100, 0.05), False),
    (between("a", 5, 5, None), True), (between("a", 4.9, 5, None), False), (between("a", 7, 5, 6), False), (holds("a", "", "", passed=False), False),
])  # fmt: skip
def test_what_near_enough_means(check, passed):
    assert check.passed is passed
