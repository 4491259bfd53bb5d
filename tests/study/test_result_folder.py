"""A result folder is written whole or not at all, read back exactly, and every damage to it is found."""

import json
import os
import time
from pathlib import Path
from types import SimpleNamespace

import numpy
import pandas
import pytest

import marketsim
from marketsim.errors import InputError, RunError
from marketsim.study import folder as disk
from marketsim.study import store
from marketsim.study.export import export
from marketsim.study.run import write_result
from marketsim.study.store import refused as disk_says
from marketsim.study.stored import load, verify

ROWS = [
    ("120000", "fish.use", "kg", 9_007_199_254_740_993),
    ("120000", "fish.price_mean", "CNY/t", 0.1 + 0.2),
    ("120000", "cost.least", "fen", -5),
    ("120101", "assess.points", "points", 95.0),
]


def result(rows=ROWS):
    journal = pandas.DataFrame(
        {
            "number": range(4), "tick": [0, 0, 32, 64], "move": ["issue", "issue", "deliver", "deliver"], "asset": "fish/2020",
            "source": ["issuer", "issuer", "a-x-1", "b-y-1"], "target": ["a-x-1", "b-y-1", "b-y-1", "a-x-1"], "amount": [5, 7, 2**62 - 1, 3],
        }  # fmt: skip
    )
    series = pandas.DataFrame(
        {"tick": [3, 35], "date": ["2020-09-01", "2020-09-02"], "region": "120000", "metric": "fish.price", "unit": "CNY/t", "value": [1.5, 0.1]}
    )
    about = {"title": {"zh": "鱼", "en": "Fish"}}
    return SimpleNamespace(summary=list(rows), series=series, journal=journal, report=about, sources=[])


def manifest(name="fish"):
    return {
        "schema": "marketsim.run/1", "name": name, "hash": "0123abcd", "seed": 7, "option": "base", "future": "base",
        "code": "0", "command": "marketsim run fish.yaml --seed 7", "question": {}, "about": result().report, "sources": [],
    }  # fmt: skip


def write(out: Path, name="fish", rows=ROWS, render=lambda page: "<p>"):
    return write_result(result(rows), manifest(name), out=out, begun=0.0, render=render)


def test_summary_is_exact_sorted_and_plain(tmp_path):
    done = write(tmp_path)
    assert (done.folder / "summary.csv").read_bytes().decode() == (
        "option,future,seed,region,metric,unit,value\n"
        "base,base,7,120000,cost.least,fen,-5\n"
        "base,base,7,120000,fish.price_mean,CNY/t,0.30000000000000004\n"
        "base,base,7,120000,fish.use,kg,9007199254740993\n"
        "base,base,7,120101,assess.points,points,95.0\n"
    )
    assert done.folder.name == "fish-0123abcd"
    assert sorted(p.name for p in done.folder.iterdir()) == [
        "journal.parquet", "manifest.json", "report.html", "series.parquet", "summary.csv",
    ]  # fmt: skip


def test_tables_come_back_as_they_were(tmp_path):
    done = write(tmp_path)
    stored = marketsim.load(done.folder)
    pandas.testing.assert_frame_equal(stored.summary, done.summary)
    assert [type(value) for value in stored.summary["value"]] == [int, float, int, float]
    pandas.testing.assert_frame_equal(stored.journal, result().journal)
    pandas.testing.assert_frame_equal(stored.series, result().series)
    assert verify(done.folder) == []


def test_the_same_result_gives_the_same_bytes_and_order_of_rows_does_not_matter(tmp_path):
    one, two = write(tmp_path / "a"), write(tmp_path / "b", rows=ROWS[::-1])
    assert one.digest == two.digest
    for name in ("summary.csv", "series.parquet", "journal.parquet", "report.html"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()


@pytest.mark.parametrize("change", range(4))
def test_the_digest_sees_every_row(change):
    rows = [(r, m, u, v + (i == change)) for i, (r, m, u, v) in enumerate(ROWS)]
    tables = [store.summary_table(r, option="base", future="base", seed=7) for r in (ROWS, rows)]
    journal = result().journal
    assert store.digest(tables[0], journal) != store.digest(tables[1], journal)
    altered = journal.copy()
    altered.loc[change, "amount"] += 1
    assert store.digest(tables[0], journal) != store.digest(tables[0], altered)


def test_the_digest_of_a_long_journal_takes_less_than_a_second():
    rows = 200_000
    numbers = numpy.arange(rows)
    columns = {"number": numbers, "tick": numbers // 7, "move": "deliver", "asset": "right/2020", "source": "firm 1", "target": "firm 2"}
    journal = pandas.DataFrame(columns | {"amount": numbers * 10**9})
    summary = store.summary_table(ROWS, option="base", future="base", seed=7)
    begun = time.process_time()
    store.digest(summary, journal)
    assert time.process_time() - begun < 1.0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True])
def test_a_summary_holds_finite_numbers_only(value):
    with pytest.raises(ValueError, match="finite"):
        store.summary_table([("1", "m", "kg", value)], option="base", future="base", seed=1)


def test_a_metric_stands_once_in_a_region():
    with pytest.raises(ValueError, match="twice"):
        store.summary_table([("1", "m", "kg", 1), ("1", "m", "kg", 2)], option="base", future="base", seed=1)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("x")', 'a,"b"\n=c'])
def test_a_spreadsheet_runs_nothing(text, tmp_path):
    table = store.summary_table([(text, "m", "kg", -5)], option="base", future="base", seed=1)
    cell = store.csv_cell(text)
    assert cell.lstrip('"')[0] not in "=+-@\t\r"
    assert store.csv_text(table).endswith(",kg,-5\n")  # a number stays a number
    (tmp_path / "summary.csv").write_text(store.csv_text(table), newline="\n")
    assert store.read_summary(tmp_path / "summary.csv")["region"][0] == text


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "天/津", "问题：甲", "C:\\x", "..", "", "a\0b", "x" * 100_000, "con\nx"])
def test_no_name_leads_out_of_the_output_folder(name, tmp_path):
    done = write(tmp_path / "out", name=name)
    assert done.folder.resolve().parent == (tmp_path / "out").resolve()
    assert done.folder.name.isascii() and len(done.folder.name) < 80
    assert json.loads((done.folder / "manifest.json").read_text())["name"] == name


@pytest.mark.parametrize(("name", "kept"), [("天津问题", "天津问题"), ("my question", "my-question"), ("été_2.1", "été_2.1"), ("e\u0301te\u0301", "été"), ("问" * 64, "问" * 64)])
def test_a_name_in_any_script_stays_readable(name, kept, tmp_path):
    assert write(tmp_path, name=name).folder.name == f"{kept}-0123abcd"


def test_a_run_that_fails_while_writing_leaves_the_former_result_whole(tmp_path, monkeypatch):
    former = write(tmp_path)
    before = {path.name: path.read_bytes() for path in former.folder.iterdir()}
    calls = {"n": 0, "fail_at": 0}

    def faulty(real):
        def call(*args):
            calls["n"] += 1
            if calls["n"] == calls["fail_at"]:
                raise OSError(28, "No space left on device")
            return real(*args)

        return call

    monkeypatch.setattr(os, "fsync", faulty(os.fsync))
    for fail_at in range(1, 6):  # every flush before the first rename
        calls.update(n=0, fail_at=fail_at)
        with pytest.raises(RunError, match="No space left"):
            write(tmp_path, render=lambda page: "<p>other")
        assert {path.name: path.read_bytes() for path in former.folder.iterdir()} == before
    calls.update(n=0, fail_at=0)
    write(tmp_path, render=lambda page: "<p>other")
    assert calls["n"] == 7 and verify(former.folder) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_ordinary_error_for_the_parquet_writer_too():
    with pytest.raises(OSError, match="No space left"):
        store.write_parquet(result().journal, Path("/dev/full"))


@pytest.mark.parametrize("name", ["summary.csv", "series.parquet", "journal.parquet", "report.html"])
def test_damage_is_found_and_named(name, tmp_path):
    folder = write(tmp_path).folder
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    assert verify(folder) == [f"{name} is not as it was written"]
    with pytest.raises(InputError, match=name):
        load(folder)
    (folder / name).unlink()
    assert verify(folder) == [f"{name} is missing"]


def test_a_forged_table_with_a_matching_hash_still_fails_the_digest(tmp_path):
    folder = write(tmp_path).folder
    text = (folder / "summary.csv").read_text().replace("cost.least,fen,-5", "cost.least,fen,-6")
    (folder / "summary.csv").write_text(text, newline="\n")
    contents = json.loads((folder / "manifest.json").read_text())
    contents["files"]["summary.csv"]["sha256"] = disk.sha256(folder / "summary.csv")
    (folder / "manifest.json").write_bytes(disk.sealed(contents))
    assert verify(folder) == ["the digest of summary and journal is not the one in the manifest"]


@pytest.mark.parametrize("manifest_text", ["", "{", "[]", '{"schema": "marketsim.run/9"}', "null"])
def test_a_folder_without_a_sound_manifest_is_no_result(manifest_text, tmp_path):
    with pytest.raises(InputError, match="not a finished result folder"):
        load(tmp_path)
    (tmp_path / "manifest.json").write_text(manifest_text)
    with pytest.raises(InputError, match="damaged: "):
        load(tmp_path)


def test_a_manifest_of_another_schema_is_told(tmp_path):
    (tmp_path / "manifest.json").write_bytes(disk.sealed({"schema": "marketsim.run/9", "files": {}}))
    with pytest.raises(InputError, match="reads marketsim.run/1"):
        load(tmp_path)


@pytest.mark.parametrize(("stands", "forged"), [('"seed": 7', '"seed": 8'), ('"Fish"', '"Fisk"'), ('"option": "base"', '"option": "bass"')])
def test_a_manifest_vouches_for_itself(stands, forged, tmp_path):
    folder = write(tmp_path).folder
    text = (folder / "manifest.json").read_text()
    assert stands in text
    (folder / "manifest.json").write_text(text.replace(stands, forged))
    with pytest.raises(InputError, match="not as it was written"):
        load(folder)


def test_the_folder_name_depends_on_question_region_seed_and_code(tmp_path, monkeypatch):
    (tmp_path / "regions.csv").write_text("a")
    names = [disk.hash8("{}", tmp_path, 1), disk.hash8("{}", tmp_path, 2), disk.hash8('{"x":1}', tmp_path, 1)]
    (tmp_path / "regions.csv").write_text("b")
    names.append(disk.hash8("{}", tmp_path, 1))
    monkeypatch.setattr(disk, "code_version", lambda: "another")
    names.append(disk.hash8("{}", tmp_path, 1))
    assert len(set(names)) == 5 and all(len(name) == 8 for name in names)
    assert disk.hash8("{}", tmp_path, 1) == names[-1]


def test_a_disk_that_is_full_says_so_and_not_in_json():
    told = disk_says('IO Error: Async write failed: {"exception_type":"IO","exception_message":"No space left on device","errno":"28"}')
    assert told.errno == 28 and told.strerror == "No space left on device"
    assert str(disk_says("IO Error: no idea")) == "IO Error: no idea"


def test_parquet_for_other_programs_keeps_every_value(tmp_path):
    table = pandas.DataFrame({"metric": ["a", "b"], "value": pandas.Series([10**12 + 1, 0.5], dtype=object)})
    (file,) = export({"summary": table}, tmp_path / "mine", "parquet")
    assert file.name == "mine-summary.parquet" and store.read_parquet(file)["value"].tolist() == [10**12 + 1, 0.5]
    with pytest.raises(InputError, match="csv"):
        export({"summary": table.assign(value=pandas.Series([2**53 + 1, 0.5], dtype=object))}, tmp_path / "big", "parquet")
