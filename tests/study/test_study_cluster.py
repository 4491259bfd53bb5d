"""Dask: the same bytes as worker processes, and a killed worker costs nothing but time."""

import os
import signal

import pytest

pytest.importorskip("distributed")


@pytest.mark.slow
def test_dask_gives_the_bytes_of_processes_even_when_a_worker_is_killed(toys, tmp_path):
    scenario = toys.study("slow", "plain", futures=4, seeds=5)
    whole = toys.finish(scenario, tmp_path / "processes")
    folder = tmp_path / "dask"
    killed = []

    def tell(done, total, text):
        if not killed and done >= 2:
            workers = [pid for pid in _descendants(os.getpid()) if "dask" in _command(pid) or "spawn" in _command(pid)]
            leaves = [pid for pid in workers if not _children(pid)]
            if leaves:
                killed.append(leaves[-1])
                os.kill(leaves[-1], signal.SIGKILL)

    toys.run(scenario, folder, toys.how(dask=True), tell)
    assert killed
    assert toys.published(scenario, folder) == whole


@pytest.mark.slow
def test_on_dask_too_a_run_that_kills_its_worker_is_one_row(toys, tmp_path):
    scenario = toys.study("crash", futures=1, seeds=10)
    folder = tmp_path / "dask"
    toys.run(scenario, folder, toys.how(dask=True))
    status = toys.asked(scenario, folder).set_index("seed")["status"].to_dict()
    assert sorted(status.values()) == ["crashed"] + 9 * ["done"]
    assert all((seed % 10 == 3) == (what == "crashed") for seed, what in status.items())


def _children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def _descendants(pid):
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/children") as file:
            for child in map(int, file.read().split()):
                found += [child, *_descendants(child)]
    return found


def _command(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return file.read()
    except OSError:
        return ""
