"""The two processes beside the server: a warm one that answers, and one that runs a study; this side only passes lines of JSON."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

MODULE = "marketsim.report.live.worker"
LIMIT = 1 << 26
PATIENCE_S = 120.0

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Of the worker's libraries: their arrays are small here, and starting more threads takes a tenth of a second from the server's core."""
LOST = {"error": [["计算进程已中断，请重试", "the worker ended; try again"]]}
STOP_S = 120
"""How long a stop may take: on a busy machine the chunk at work and one more publication can be slow."""


class Answers:
    """A kept-warm worker: questions are told apart by number, so a quick one need not wait; restarted when it dies."""

    def __init__(self):
        self.process: asyncio.subprocess.Process | None = None
        self.turn, self.number = asyncio.Lock(), 0
        self.waiting: dict[int, asyncio.Future] = {}
        self.task: asyncio.Task | None = None

    async def start(self) -> None:
        """Start the worker where none is at work; it warms up while the page loads."""
        if self.process is not None:
            return
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(sys.executable, "-m", MODULE, stdin=pipe, stdout=pipe, limit=LIMIT, env=os.environ | ONE_THREAD)
        self.task = asyncio.create_task(self._listen(self.process))

    async def ask(self, question: dict) -> dict:
        """The worker's answer, or {"error": …} where it died or took too long."""
        async with self.turn:
            await self.start()
            self.number += 1
            number, answer = self.number, asyncio.get_running_loop().create_future()
            self.waiting[number] = answer
            try:
                self.process.stdin.write(json.dumps(question | {"id": number}).encode() + b"\n")
                await self.process.stdin.drain()
            except ConnectionError:
                self._give_up()
        try:
            return await asyncio.wait_for(answer, PATIENCE_S)
        except TimeoutError:
            await self.stop()
            return LOST
        finally:
            self.waiting.pop(number, None)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        try:
            while line := await process.stdout.readline():
                found = json.loads(line)
                answer = self.waiting.get(found.get("id"))
                if answer is not None and not answer.done():
                    answer.set_result(found)
        except ValueError:  # a line that is too long or no JSON: nothing more can be read
            process.kill()
        if process is self.process:
            self.process = None
            self._give_up()

    def _give_up(self) -> None:
        for answer in self.waiting.values():
            if not answer.done():
                answer.set_result(LOST)

    async def stop(self) -> None:
        """End the worker."""
        process, self.process = self.process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
        self._give_up()


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
