"""Many runs: the same bytes whoever did the work and whatever died on the way, and a failure stays one row."""

import os

import pytest

from marketsim.errors import RunError
from marketsim.scenario import load
from marketsim.study import collect, compare, lock, parts
from marketsim.study.engine import missing, run_missing


def test_any_number_of_workers_gives_the_same_bytes(toys, tmp_path):
    scenario = toys.study()
    one, two, five = (toys.finish(scenario, tmp_path / str(hands), toys.how(hands)) for hands in (1, 2, 5))
    assert one == two == five
    lines = one["summary.csv"].decode().splitlines()
    assert len(lines) == 1 + 2 * 4 * 3 * 7
    cells = [line.split(",") for line in lines[1:]]
    assert cells == sorted(cells, key=lambda row: (row[0], row[1], int(row[2]), *row[3:6]))


def test_options_meet_the_same_luck_and_every_future_has_its_own(toys, tmp_path):
    jobs = toys.plan(toys.study()).jobs
    seeds = {option: [(job.future, job.seed) for job in jobs if job.option == option] for option in ("plain", "better")}
    assert seeds["plain"] == seeds["better"]
    assert len({seed for _, seed in seeds["plain"]}) == 12


def test_a_study_that_is_extended_runs_only_what_is_new(toys, tmp_path):
    small, folder = toys.study(seeds=2, futures=2), tmp_path / "out"
    toys.finish(small, folder)
    bigger = toys.study("plain", "better", "third", seeds=3, futures=3)
    asked = toys.plan(bigger)
    assert len(asked.jobs) - len(missing(asked, folder)) == len(toys.plan(small).jobs)
    assert compare.study_folder(small, tmp_path) == compare.study_folder(bigger, tmp_path)
    fresh = toys.finish(bigger, tmp_path / "fresh")
    assert toys.finish(bigger, folder) == fresh


def test_identical_options_are_one_run_and_differ_by_nothing(toys, tmp_path):
    scenario = toys.study()
    twins = tmp_path / "twins.yaml"
    twins.write_text((tmp_path / "toy.yaml").read_text(encoding="utf-8").replace("firm_sd: 2%", "firm_sd: 1%"), encoding="utf-8")
    asked = toys.plan(load(twins))
    assert len({job.run for job in asked.jobs}) == len(asked.jobs) / 2 and scenario.question != load(twins).question
    run_missing(asked, tmp_path / "out", toys.how(), lambda *told: None)
    wanted = collect.asked(asked, tmp_path / "out")
    rows = collect.figures(tmp_path / "out", wanted, ["cost.market"])
    tables = collect.grid(rows[rows["region"] == "120000"], wanted)
    assert (tables["plain"] == tables["better"]).all()


def test_one_run_that_always_kills_its_worker_is_one_row_and_its_neighbours_live(toys, tmp_path):
    scenario = toys.study("crash", futures=1, seeds=20)
    asked, folder = toys.plan(scenario), tmp_path / "out"
    run_missing(asked, folder, toys.how(), lambda *told: None)
    status = collect.asked(asked, folder).set_index("seed")["status"].to_dict()
    bad = {seed for seed in status if seed % 10 == 3}
    assert {seed for seed, what in status.items() if what == "crashed"} == bad and len(bad) == 2
    assert sum(what == "done" for what in status.values()) == 18
    rows = (folder / "runs.csv") if (folder / "runs.csv").exists() else None
    assert rows is None and "SIGKILL" in collect.asked(asked, folder)["reason"].max()


def test_an_error_is_a_row_with_its_reason_and_a_traceback_beside(toys, tmp_path):
    scenario = toys.study("plain", "error", futures=1, seeds=4)
    tables = toys.finish(scenario, tmp_path / "out")
    failed = [line for line in tables["runs.csv"].decode().splitlines() if ",failed," in line]
    assert len(failed) == 4 and all("ValueError: =the toy was asked to fail" in line for line in failed)
    traces = list((tmp_path / "out" / "failures").iterdir())
    assert len(traces) == 4 and "in _misbehave" in traces[0].read_text(encoding="utf-8")
    assert missing(toys.plan(scenario), tmp_path / "out") == []


def test_a_run_that_takes_too_long_or_too_much_memory_is_a_row(toys, tmp_path):
    scenario = toys.study("plain", "hang", "hog", futures=1, seeds=1)
    asked, folder = toys.plan(scenario), tmp_path / "out"
    run_missing(asked, folder, toys.how(timeout_s=2.0, memory_bytes=2 * 2**30), lambda *told: None)
    wanted = collect.asked(asked, folder).set_index("option")
    assert wanted["status"].to_dict() == {"plain": "done", "hang": "timed out", "hog": "failed"}
    assert "MemoryError" in wanted["reason"]["hog"] and "2 s" in wanted["reason"]["hang"]
    assert [job.option for job in missing(asked, folder)] == ["hang"]


def test_a_damaged_part_is_found_set_aside_and_done_again(toys, tmp_path):
    scenario, folder = toys.study(), tmp_path / "out"
    whole = toys.finish(scenario, folder)
    part = parts.listed(folder)[0]
    data = bytearray((part / "summary.parquet").read_bytes())
    data[len(data) // 2] ^= 1
    (part / "summary.parquet").write_bytes(data)
    assert toys.run(scenario, folder, toys.how()) == [part.name]
    assert toys.published(scenario, folder) == whole


def test_compacting_changes_no_figure(toys, tmp_path):
    scenario, folder = toys.study(), tmp_path / "out"
    whole, before = toys.finish(scenario, folder), len(parts.listed(folder))
    assert before > 1 and parts.compact(folder) == 1
    assert all(map(parts.sound, parts.listed(folder)))
    assert toys.published(scenario, folder) == whole


def test_two_studies_at_once_in_one_folder_are_refused(toys, tmp_path):
    with lock.held(tmp_path / "out"):
        with pytest.raises(RunError, match=f"process {os.getpid()}"):
            with lock.held(tmp_path / "out"):
                pass


def test_a_full_disk_is_one_sentence_and_what_is_finished_stays(toys, tmp_path, monkeypatch):
    scenario, folder = toys.study(), tmp_path / "out"
    toys.finish(scenario, folder)
    bigger = toys.plan(toys.study(seeds=6))
    monkeypatch.setenv("MARKETSIM_TOY_COUNT", "/dev/full")
    run_missing(bigger, folder, toys.how(), lambda *told: None)  # each new run fails by itself
    assert (collect.asked(bigger, folder)["status"] == "failed").sum() == 24
    (folder / "parts").chmod(0o500)
    try:
        if os.geteuid() != 0:
            with pytest.raises(RunError, match="could not write"):
                toys.run(toys.study(seeds=8), folder, toys.how())
    finally:
        (folder / "parts").chmod(0o700)
