"""The supervisor: worker processes on this machine do the runs, and none of them can lose more than what it is doing.

Every worker hangs on two pipes. One that dies is replaced and its chunk sent again; one that takes too long is killed and its run
becomes a row; when the supervisor itself dies, its workers see the pipe close and end. What is finished lies on the disk, so
starting again is all there is to resuming.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from marketsim.errors import RunError
from marketsim.study import parts
from marketsim.study.backlog import Backlog, Limits, Tell
from marketsim.study.parts import CRASHED, DONE, LATE, Outcome
from marketsim.study.plan import Job

AHEAD = 2
"""Chunks a worker has at hand: the next is there when one is done."""
FALSE_STARTS = 3
SETTINGS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1") | {
    "MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**28), "MALLOC_TOP_PAD_": str(2**24),
}  # fmt: skip
"""What a worker's surroundings say: one thread each, and memory that one run leaves is kept for the next."""
LOG = "workers.log"


class Hand:
    """One worker process and the chunks it has, the one it is at in front."""

    def __init__(self, command: list[str], told: dict, log):
        environment = os.environ | SETTINGS
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment, start_new_session=True
        )
        self.chunks: deque[tuple[int, list[Job]]] = deque()
        self.ready, self.rest, self.since = False, b"", time.monotonic()
        self.send(told)

    def send(self, message: object) -> None:
        """Write one line; a worker that is gone shows itself by its closed pipe."""
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def answers(self) -> list[dict] | None:
        """What has been said since; None when the worker is gone."""
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        if not data:
            return None
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def end(self) -> int:
        """Kill the worker and collect it; returns its exit status."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                pass
        return self.process.wait()


class Supervisor:
    """Runs the jobs of one study in a folder."""

    def __init__(self, jobs: Sequence[Job], context: dict, folder: Path, limits: Limits, tell: Tell):
        self.folder, self.limits, self.tell = folder, limits, tell
        self.backlog = Backlog(jobs, limits.hands)
        self.told = {"context": context, "folder": str(folder), "memory_bytes": limits.memory_bytes}
        self.hands: list[Hand] = []
        self.selector = selectors.DefaultSelector()
        self.numbers, self.false_starts, self.begun = 0, 0, time.monotonic()

    def work(self) -> None:
        """Until every run is a row. Raises RunError when the disk refuses or workers do not start."""
        with (self.folder / LOG).open("ab") as self.log:
            try:
                while self.backlog or any(hand.chunks for hand in self.hands):
                    self._hand_out()
                    for key, _ in self.selector.select(timeout=0.25):
                        self._hear(key.data)
                    self._stop_the_late()
            finally:
                for hand in self.hands:
                    hand.end()
                self.selector.close()
        if not (self.folder / LOG).stat().st_size:
            (self.folder / LOG).unlink()

    def _hand_out(self) -> None:
        wanted = min(self.limits.hands, len(self.backlog.waiting) + len(self.backlog.alone) + sum(len(h.chunks) for h in self.hands))
        while len(self.hands) < wanted:
            hand = Hand([sys.executable, "-m", "marketsim.study.worker"], self.told, self.log)
            self.hands.append(hand)
            self.selector.register(hand.process.stdout, selectors.EVENT_READ, hand)
        for ahead in range(1, AHEAD + 1):  # one for each before a second for any
            for hand in self.hands:
                if len(hand.chunks) < ahead and self.backlog and (ahead == 1 or self.backlog.seconds):
                    self._give(hand)

    def _give(self, hand: Hand) -> None:
        chunk = self.backlog.take()
        self.numbers += 1
        if not hand.chunks:
            hand.since = time.monotonic()
        hand.chunks.append((self.numbers, chunk))
        hand.send([self.numbers, [[job.run, job.option, job.future, job.seed] for job in chunk]])

    def _hear(self, hand: Hand) -> None:
        answers = hand.answers()
        if answers is None:
            return self._bury(hand)
        for answer in answers:
            if "stop" in answer:
                raise RunError(answer["stop"])
            hand.since = time.monotonic()
            if "ready" in answer:
                hand.ready, self.false_starts = True, 0
                continue
            number, chunk = hand.chunks.popleft()
            if number != answer["chunk"]:
                raise RunError(f"a worker answered chunk {answer['chunk']} while chunk {number} was its next")
            self.backlog.finished([seconds for _, seconds in answer["runs"]], sum(status != DONE for status, _ in answer["runs"]))
            self._progress()

    def _stop_the_late(self) -> None:
        for hand in [h for h in self.hands if h.ready and h.chunks]:
            allowed = self.limits.timeout_s * len(hand.chunks[0][1])
            if self.limits.timeout_s and time.monotonic() - hand.since > allowed:
                self._bury(hand, late=True)

    def _bury(self, hand: Hand, late: bool = False) -> None:
        """Replace a worker: what it was at is tried again or given up, what it had not begun goes back."""
        self.selector.unregister(hand.process.stdout)
        self.hands.remove(hand)
        status = hand.end()
        if not hand.ready:
            self.false_starts += 1
            if self.false_starts > FALSE_STARTS:
                raise RunError(f"workers end before they are ready ({_told(status)}); {self.folder / LOG} says why")
        while len(hand.chunks) > (1 if hand.ready else 0):
            self.backlog.back(hand.chunks.pop()[1])
        for _, chunk in hand.chunks:
            if late and len(chunk) == 1:
                self._give_up(chunk[0], LATE, f"took longer than {self.limits.timeout_s:g} s")
            else:
                for job in self.backlog.lost(chunk):
                    self._give_up(job, CRASHED, f"its worker ended each time ({_told(status)})")
        hand.chunks.clear()

    def _give_up(self, job: Job, status: str, reason: str) -> None:
        try:
            parts.commit(self.folder, [Outcome(run=job.run, status=status, reason=reason)])
        except OSError as error:
            raise RunError.of("error.disk", {"folder": str(self.folder), "why": str(error.strerror or error)}) from error
        self.backlog.finished([0.0], 1)
        self._progress()

    def _progress(self) -> None:
        done, spent = self.backlog.done, time.monotonic() - self.begun
        failed = f", {self.backlog.failed} failed" if self.backlog.failed else ""
        self.tell(done, self.backlog.total, f"{done}/{self.backlog.total} runs, {done / max(spent, 1e-9):.2g}/s{failed}")


def _told(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
