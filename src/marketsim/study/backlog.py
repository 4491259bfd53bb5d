"""What is still to do: runs handed out in chunks that are worth sending, and taken back when whoever had them is gone.

A chunk is as many runs as take about a second; near the end they get smaller, down to a fifth of one, so that several hands finish
together. When a hand dies in a chunk, nobody knows on which run: every run of it is then sent alone, and one that takes its hand with it three
times is given up. So a run that always crashes costs itself and nothing else.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marketsim.study.plan import Job

CHUNK_S, LEAST_S = 1.0, 0.2
ATTEMPTS = 3
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a run may take: `timeout_s` of wall time and `memory_bytes` of its process (0: no limit); `hands` work at once."""

    hands: int
    timeout_s: float = 3600.0
    memory_bytes: int = 0


class Backlog:
    """Runs that wait, and how long one takes; `total` runs in all."""

    def __init__(self, jobs: Sequence[Job], hands: int):
        self.total, self.hands = len(jobs), max(1, hands)
        self.done, self.failed, self.seconds = 0, 0, 0.0
        self.waiting, self.alone = deque(jobs), deque()
        self.tries: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self.waiting or self.alone)

    def take(self) -> list[Job]:
        """The next chunk; empty when nothing waits."""
        if not self.waiting:
            return [self.alone.popleft()] if self.alone else []
        rate = self.done / self.seconds if self.seconds else 0.0
        share = -(-len(self.waiting) // (3 * self.hands if self.hands > 1 else 1))
        size = max(1, min(int(CHUNK_S * rate), max(int(LEAST_S * rate), share)))
        return [self.waiting.popleft() for _ in range(min(size, len(self.waiting)))]

    def finished(self, seconds: Sequence[float], failed: int) -> None:
        """Runs that are on disk, and how long each took."""
        self.done += len(seconds)
        self.failed += failed
        self.seconds += sum(seconds)

    def back(self, chunk: Sequence[Job]) -> None:
        """A chunk nobody began."""
        self.waiting.extendleft(reversed(chunk))

    def lost(self, chunk: Sequence[Job]) -> list[Job]:
        """A chunk whose hand died in it; returns the runs that are given up."""
        for job in chunk:
            self.tries[job.run] += len(chunk) == 1
        given_up = [job for job in chunk if self.tries[job.run] >= ATTEMPTS]
        self.alone.extend(job for job in chunk if job not in given_up)
        return given_up
