"""Two Dask workers behind cables of their own, one of which is pulled in the middle of a study: prints how long each study took.

    unshare --net python tests/study/cable.py FOLDER

Runs in a network of its own, where nobody else is: a hub with the scheduler and the study, and a network for each worker. A pulled
cable tells nobody anything; packets are gone. FOLDER holds toy.yaml. Prints JSON: seconds undisturbed and with the cable pulled,
runs done, and whether the tables are the same.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import toy_work  # noqa: F401  found here, so found by the workers

from marketsim.scenario import load
from marketsim.study import collect, parts
from marketsim.study.backlog import Limits
from marketsim.study.engine import How, run_missing
from marketsim.study.futures import drawn
from marketsim.study.plan import plan

SCHEDULER = "tcp://10.77.1.1:8786"
SETTINGS = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "15s", "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "11s", "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "11s"}


def ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True)


def cluster(place: Path) -> list[subprocess.Popen]:
    """A scheduler, and two workers that wait for their cable and then start."""
    environment = os.environ | SETTINGS
    ip("link set lo up")
    started = []
    for number in (1, 2):
        worker = f"exec {sys.executable} -m distributed.cli.dask_worker {SCHEDULER} --nthreads 1 --no-dashboard --local-directory {place / str(number)}"
        wait = f"read cable; ip link set lo up; ip addr add 10.77.{number}.2/24 dev worker{number}; ip link set worker{number} up; ip route add default via 10.77.{number}.1"
        started.append(subprocess.Popen(["unshare", "--net", "sh", "-c", f"{wait}; {worker}"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        while os.readlink(f"/proc/{started[-1].pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        ip(f"link add hub{number} type veth peer name worker{number} netns {started[-1].pid}")
        ip(f"addr add 10.77.{number}.1/24 dev hub{number}")
        ip(f"link set hub{number} up")
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "10.77.1.1", "--port", "8786", "--no-dashboard"]
    scheduler = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for worker in started:
        worker.stdin.write(b"\n")
        worker.stdin.flush()
    return [scheduler, *started]


def workers() -> int:
    """How many workers the scheduler knows; 0 while there is no scheduler."""
    import distributed

    try:
        with distributed.Client(SCHEDULER, timeout="2s", set_as_default=False) as client:
            return len(client.scheduler_info(n_workers=-1)["workers"])
    except OSError:
        return 0


def study(place: Path, name: str, pull_at: int) -> tuple[float, str]:
    """Seconds of a study, and its tables; the cable goes when `pull_at` runs are done (0: never)."""
    scenario = load(place / "toy.yaml")
    asked = plan(scenario, drawn(scenario, scenario.question.runs.futures), scenario.question.runs.seeds, work="toy_work:toy")
    begun, pulled = time.monotonic(), []

    def tell(done: int, total: int, text: str) -> None:
        if pull_at and done >= pull_at and not pulled:
            pulled.append(done)
            ip("link set hub2 down")

    run_missing(asked, place / name, How(limits=Limits(hands=2), cluster=SCHEDULER), tell)
    seconds = time.monotonic() - begun
    assert bool(pulled) == bool(pull_at) and all(map(parts.sound, parts.listed(place / name)))
    wanted = collect.asked(asked, place / name)
    return seconds, "".join(collect.summary_lines(place / name, wanted)) + "".join(collect.run_lines(wanted))


def main() -> int:
    """Both studies, on one cluster."""
    place = Path(sys.argv[1])
    started = cluster(place)
    try:
        patience = time.monotonic() + 60
        while workers() < 2 and time.monotonic() < patience:
            time.sleep(0.2)
        calm, whole = study(place, "calm", 0)
        pulled, again = study(place, "pulled", 6)
    finally:
        for process in reversed(started):
            process.kill()
    print(json.dumps({"calm_s": round(calm, 1), "pulled_s": round(pulled, 1), "done": whole.count(",done,"), "same": again == whole}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
