"""The two processes beside the server: a warm one that answers, and one that runs a study; this side only passes lines of JSON."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

MODULE = "marketsim.report.live.worker"
LIMIT = 1 << 26
PATIENCE_S = 120.0

STOP_S = 120
"""How long a stop may take: on a busy machine the chunk at work and one more publication can be slow."""


class Answers:
    """A kept-warm worker: one question at a time, restarted when it dies."""

    def __init__(self):
        self.process: asyncio.subprocess.Process | None = None
        self.turn, self.number = asyncio.Lock(), 0

    async def start(self) -> None:
        """Start the worker; it warms up while the page loads."""
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(sys.executable, "-m", MODULE, stdin=pipe, stdout=pipe, limit=LIMIT)

    async def ask(self, question: dict) -> dict:
        """The worker's answer, or {"error": …} where it died or took too long."""
        async with self.turn:
            try:
                return await asyncio.wait_for(self._ask(question), PATIENCE_S)
            except (TimeoutError, BrokenPipeError, ConnectionError, ValueError):
                await self.stop()
                return {"error": [["计算进程已中断，请重试", "the worker ended; try again"]]}

    async def _ask(self, question: dict) -> dict:
        if self.process is None or self.process.returncode is not None:
            await self.start()
        self.number += 1
        self.process.stdin.write(json.dumps(question | {"id": self.number}).encode() + b"\n")
        await self.process.stdin.drain()
        while True:
            line = await self.process.stdout.readline()
            if not line:
                raise BrokenPipeError
            found = json.loads(line)
            if found.get("id") == self.number:
                return found

    async def stop(self) -> None:
        """End the worker."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self.process = None


class Study:
    """The process that runs a study, at most one at a time; `hear` is told every line it says."""

    def __init__(self, hear: Callable[[dict], None]):
        self.hear, self.process, self.task = hear, None, None

    @property
    def running(self) -> bool:
        """Whether a study is at work."""
        return self.process is not None and self.process.returncode is None

    async def start(self, file: Path, out: Path) -> None:
        """Run a study file; its results land under `out`."""
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(sys.executable, "-m", MODULE, str(file), str(out), stdin=asyncio.subprocess.DEVNULL, stdout=pipe, limit=LIMIT)
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while line := await self.process.stdout.readline():
            self.hear(json.loads(line))
        await self.process.wait()
        self.hear({"ended": True})

    async def stop(self) -> None:
        """Ask it to stop; what is finished is published and kept."""
        if self.running:
            self.process.terminate()
            try:
                await asyncio.wait_for(asyncio.shield(self.task), STOP_S)
            except TimeoutError:
                self.process.kill()
