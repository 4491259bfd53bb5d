"""Joining parts that was cut short between writing the new part and dropping the old ones loses nothing, in whatever order parts are named."""

import itertools

import pytest

from marketsim.study import parts



@pytest.mark.parametrize("at_once", [2, 3, 4, 5, 8])
def test_a_join_cut_short_loses_nothing(tmp_path, monkeypatch, at_once):
    names = ("a", "b", "c", "d", "e", "f")
    for number, order in enumerate(itertools.permutations(range(3))):
        folder = tmp_path / str(number)
        pairs = [names[2 * place:2 * place + 2] for place in order]
        for salt, pair in enumerate(pairs):  # the seconds differ, and with them the names
            parts.commit(folder, [parts.Outcome(run=run, status=parts.DONE, seconds=salt + number, summary=[("1", "m", "kg", 1)]) for run in pair])
        with monkeypatch.context() as cut:
            cut.setattr(parts, "_drop", lambda folder, name: (_ for _ in ()).throw(OSError("cut")))
            try:
                parts.compact(folder, at_once=4)
            except OSError:
                pass
        for _ in range(3):
            parts.compact(folder, at_once=at_once)
            assert sorted(parts.runs(folder)["run"]) == list(names)


def test_a_part_that_a_join_would_make_again_is_not_lost(tmp_path):
    """Three parts in the order of their names, and beside them what the first two make: the case that lost four runs."""
    tried = 0
    for salt in range(400):
        folder = tmp_path / str(salt)
        first = [parts.commit(folder, [parts.Outcome(run=run, status=parts.DONE, seconds=float(salt)) for run in pair]) for pair in ("ab", "cd", "ef")]
        two = sorted(first)[:2]
        made = {name: (folder / parts.PARTS / name) for name in two}
        runs = {name: "".join(parts.connection().execute("SELECT run FROM read_parquet(?)", [str(path / "runs.parquet")]).df()["run"]) for name, path in made.items()}
        scratch = tmp_path / f"scratch{salt}"
        for name in two:
            parts.commit(scratch, [parts.Outcome(run=run, status=parts.DONE, seconds=float(salt)) for run in runs[name]])
        parts.compact(scratch, at_once=4)
        (joined,) = parts.listed(scratch)
        if joined.name < sorted(first)[2]:
            continue
        tried += 1
        parts.commit_bytes(folder, {file.name: file.read_bytes() for file in joined.iterdir()})
        parts.compact(folder, at_once=4)
        assert sorted(parts.runs(folder)["run"]) == list("abcdef")
        if tried == 3:
            return
    raise AssertionError("the case never came up")


def test_what_a_run_came_to_does_not_depend_on_the_names_of_parts(tmp_path):
    """A run that crashed and was late, in two parts: before and after joining either with a third, the same one counts."""
    told = set()
    for salt in range(12):
        folder = tmp_path / str(salt)
        for status in (parts.CRASHED, parts.LATE):
            parts.commit(folder, [parts.Outcome(run="a", status=status, reason="x", seconds=float(salt))])
        told.add(tuple(parts.runs(folder)["status"]))
        for other in range(3):
            parts.commit(folder, [parts.Outcome(run=f"b{other}", status=parts.DONE, seconds=float(salt))])
            parts.compact(folder, at_once=2)
            told.add(tuple(parts.runs(folder)["status"][:1]))
    assert told == {(parts.CRASHED,)}
