"""The table of promises says what the records say, the golden digests hold, and the list of packages is that of the lock file."""

import importlib
import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def script(monkeypatch):
    """A campaign of benchmarks/ by its name."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


def test_the_pages_are_made_from_the_records(script):
    for file, text in script("promises").pages().items():
        assert file.read_text(encoding="utf-8") == text, f"{file.name} is out of date: make promises"


def test_a_record_that_is_missing_or_went_wrong_shows(script, tmp_path, monkeypatch):
    promises = script("promises")
    monkeypatch.setattr(promises, "FOLDER", tmp_path)
    row = promises.ROWS[7]
    assert "not recorded" in promises.line(row, "en") and "无记录" in promises.line(row, "zh")
    for number, name in enumerate(row.records):
        record = {"figure": 70, "wrong": number, "seconds": 10.0, "date": "2026-01-01", "commit": "abc", "command": "a | b"}
        (tmp_path / f"{name}.json").write_text(json.dumps(record))
    assert "| 200 | 210 | 3 | 30 s |" in promises.line(row, "en") and "a \\| b" in promises.line(row, "zh")


def test_no_record_is_below_its_promise_or_went_wrong(script):
    promises = script("promises")
    told = [(row, promises.together(row)) for row in promises.ROWS]
    assert not [row.en for row, one in told if one and (one["wrong"] or one["figure"] < row.target)]
    assert sum(one is not None for _, one in told) >= 5


@pytest.mark.parametrize("name", ["twin-rights-alone", "textbook"])
def test_golden_digests(script, name):
    golden = script("golden")
    assert golden.wrong({name: golden.digest(name)}) == [], "results changed: `make golden` where that is meant, and say why in the commit"


def test_golden_digests_cover_ten_scenarios(script):
    golden = script("golden")
    assert len(golden.SCENARIOS) == 10 == len(json.loads(golden.GOLDEN.read_text())) and len(golden.WORKERS) * len(golden.SALTS) * 10 * 2 == 180


def test_the_list_of_packages_is_the_lock_file():
    spec = importlib.util.spec_from_file_location("supply", ROOT / "docs" / "supply.py")
    supply = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(supply)
    made, locked = supply.sbom(), supply.locked("requirements.lock")
    assert made["bomFormat"] == "CycloneDX" and len(made["components"]) == len(locked) > 20
    assert all(part["hashes"] and part["purl"].startswith("pkg:pypi/") for part in made["components"])
    table = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert all(f"| {name} | {version} |" in table for name, version, _ in locked), "docs/licences.md is out of date: make sbom"
    assert "GPL" not in table.replace("LGPL", "") and "AGPL" not in table
