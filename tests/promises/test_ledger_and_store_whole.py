"""What is left of ledger and store when the other tests are done: every branch is taken, compiled and plain alike."""

import importlib
import random
from pathlib import Path

import numpy as np
import pytest

from marketsim.domain import ledger
from marketsim.domain.accounts import open_accounts
from marketsim.domain.ledger import LIMIT, Entries, Ledger, entries
from marketsim.errors import InputError, LedgerError, RunError
from marketsim.study import lock, parts, replay
from marketsim.study.folder import sealed
from marketsim.study.stored import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("compiled", [False, True])
def test_the_plain_and_the_compiled_way_both_agree_with_the_model(compiled, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.setattr(ledger, "compiled_pays", lambda rows, many: compiled)
    books = importlib.import_module("steps").Books(random.Random(11))
    for _ in range(400):
        books.step()
    assert len(books.posted) > 50


@pytest.mark.parametrize("compiled", [False, True])
def test_balances_that_outgrow_an_integer_are_refused(compiled, monkeypatch):
    monkeypatch.setattr(ledger, "compiled_pays", lambda rows, many: compiled)
    book = Ledger(("right",), open_accounts([("a", "firm"), ("b", "firm"), ("issuer", "issuer")]))
    book.post(0, entries("issue", 0, 2, 0, LIMIT - 1))
    with pytest.raises(LedgerError, match="outgrew"):
        book.post(1, entries("issue", 0, 2, 1, LIMIT - 1))  # the issuer's side
    with pytest.raises(LedgerError, match="more than an int64"):
        book.post(1, entries("transfer", 0, 0, 1, np.array([LIMIT // 2, LIMIT // 2 + 1])))
    assert book.available(0)[:2].tolist() == [LIMIT - 1, 0] and len(book.journal) == 1
    book.post(2, Entries(move=np.zeros(0, np.int8), asset=np.zeros(0, np.int8), source=np.zeros(0, np.int32), target=np.zeros(0, np.int32), amount=np.zeros(0, np.int64)))
    assert len(book.journal) == 1, "nothing posted is nothing in the journal"
    with pytest.raises(ValueError):
        entries("transfer", 0, np.arange(3), 1, np.arange(1, 3))


def test_a_wrong_name_or_kind_of_account():
    with pytest.raises(ValueError, match="share a name"):
        open_accounts([("a", "firm"), ("a", "firm")])
    with pytest.raises(ValueError):
        open_accounts([("a", "pirate")])
    with pytest.raises(ValueError):
        open_accounts([("a", "firm")]).index("b")
    with pytest.raises(ValueError):
        Ledger(("right",), open_accounts([("a", "firm")])).asset("left")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_of_the_disk_for_every_part_file():
    with pytest.raises(OSError, match="No space left"):
        parts._write("SELECT 1 AS x", [], Path("/dev/full"))


def test_parts_made_elsewhere_nothing_to_clean_and_nothing_to_join(tmp_path):
    assert parts.clean(tmp_path) == [] and parts.listed(tmp_path) == [] and len(parts.runs(tmp_path)) == 0 and parts.compact(tmp_path) == 0
    series = {"tick": np.arange(3), "region": np.array(["1"] * 3, dtype=object), "price [CNY/t]": np.array([1.5, 2.5, np.nan])}
    other = {"tick": np.arange(2), "region": np.array(["2"] * 2, dtype=object), "volume [kg]": np.array([2.0**40, 1.0])}
    made = [parts.Outcome(run="a", status=parts.DONE, series=series, summary=[("1", "m", "kg", 2**60), ("1", "n", "1", 0.5)]),
            parts.Outcome(run="b", status=parts.DONE, series=other), parts.Outcome(run="c", status=parts.LATE, reason="slow")]  # fmt: skip
    files = parts.to_bytes(made)
    name = parts.commit_bytes(tmp_path, files)
    assert name == parts.commit_bytes(tmp_path, files) and parts.sound(tmp_path / "parts" / name)
    better = parts.commit(tmp_path, [parts.Outcome(run="c", status=parts.DONE)])
    assert parts.compact(tmp_path) == 1
    table = parts.runs(tmp_path).set_index("run")
    assert table["status"].to_dict() == {"a": parts.DONE, "b": parts.DONE, "c": parts.DONE} and better
    (tmp_path / "parts" / ".gone-x").mkdir()
    (part,) = parts.listed(tmp_path)
    assert parts.clean(tmp_path) == parts.unsound(tmp_path) == [] and not (tmp_path / "parts" / ".gone-x").exists() and part.exists()
    (part / "summary.parquet").write_bytes(b"")
    assert parts.unsound(tmp_path) == [part.name]
    assert parts.clean(tmp_path) == [part.name] and parts.listed(tmp_path) == []


def test_a_rehearsal_leaves_nothing_and_words_that_all_runs_share_are_told_once(tmp_path):
    import duckdb

    (tmp_path / "parts").mkdir()
    parts.rehearse(tmp_path)
    assert not any((tmp_path / "parts").iterdir())
    words = np.array(["north", "south", "north"], dtype=object)
    made = [parts.Outcome(run=run, status=parts.DONE, series={"tick": np.arange(3), "region": words}) for run in "ab"]
    for name, data in parts.to_bytes(made).items():
        (tmp_path / name).write_bytes(data)
    panel = duckdb.sql(f"SELECT tick, region FROM '{tmp_path}/series.parquet'").fetchall()
    assert panel == [(0, "north"), (1, "south"), (2, "north")] * 2


def test_a_folder_in_use_is_told_even_when_its_holder_left_no_name(tmp_path):
    with lock.held(tmp_path):
        with pytest.raises(RunError, match="in use: process"):
            with lock.held(tmp_path):
                pass
        (tmp_path / "lock").write_text("?")
        with pytest.raises(RunError, match="did not say"):
            with lock.held(tmp_path):
                pass


@pytest.mark.parametrize("files", [None, [], {"../x": {}}, {"x": 1}])
def test_a_sealed_manifest_must_list_its_files(files, tmp_path):
    (tmp_path / "manifest.json").write_bytes(sealed({"schema": "marketsim.run/1", "files": files}))
    with pytest.raises(InputError, match="does not list"):
        load(tmp_path)


def test_a_summary_that_only_its_hash_vouches_for(tmp_path):
    (tmp_path / "summary.csv").write_text("option\n1\n")
    (tmp_path / "manifest.json").write_bytes(sealed({"schema": "marketsim.run/1", "files": {}, "digest": ""}))
    with pytest.raises(InputError, match="is no summary"):
        load(tmp_path).summary


def test_an_empty_journal_leaves_nothing():
    import pandas

    from marketsim.study import store

    empty = pandas.DataFrame({name: pandas.Series(dtype="int64" if name in ("number", "tick", "amount") else "str") for name in ("number", "tick", "move", "asset", "source", "target", "amount")})
    table = store.summary_table([("1", "reconcile.fish.firm", "kg", 5)], option="base", future="base", seed=1)
    assert replay.differences(table, empty) == ["the journal, replayed, leaves 0 of fish with firm; the summary says 5"]
