"""The process beside the server: kept warm, it answers one JSON line with one; or, given a study, it runs it and tells how far it is.

`python -m marketsim.report.live.worker` answers questions from standard input; `… worker FILE OUT` runs a study. Nothing else goes to
standard output than lines of JSON. While a preview runs, questions that need no run are answered at once, and a newer preview ends it.
"""

import gc
import importlib
import json
import os
import select
import signal
import sys
import time
from collections import deque
from pathlib import Path

from marketsim.errors import MarketsimError, ProblemsFound
from marketsim.report.document import document
from marketsim.report.live import previews, questions

QUICK = ("levers", "write")
LEAST_PAUSE_S = 3.0
"""A half-finished study is published no more often than this, and no more than a tenth of the time."""


def answer(asked: dict) -> dict:
    """The answer to one question. Raises MarketsimError with a sentence for people."""
    if asked["do"] == "levers":
        return questions.levers(asked["base"])
    if asked["do"] == "write":
        return questions.write(asked["state"], Path(asked["folder"]))
    if asked["do"] == "report":
        return {"document": report(Path(asked["folder"]))}
    raise KeyError(asked["do"])


class Superseded(Exception):
    """A newer preview was asked for while this one was at work."""


class Closed(Exception):
    """The server is gone."""


class Desk:
    """Questions from standard input: quick ones are answered when they are seen, the others stand in line."""

    def __init__(self):
        self.line: deque[dict] = deque()
        self.half = b""
        self.at_work: tuple[str, int] | None = None
        self.keys: dict[int, tuple[str, int] | None] = {}

    def look(self, patience_s: float | None = 0.0) -> None:
        """Take in what has come, waiting `patience_s` for it (None: as long as it takes). Raises Superseded and Closed."""
        while select.select([sys.stdin], [], [], patience_s)[0]:
            came = os.read(sys.stdin.fileno(), 1 << 16)
            if not came:
                raise Closed
            *lines, self.half = (self.half + came).split(b"\n")
            for line in lines:
                self._take(json.loads(line))
            patience_s = 0.0
        if self.at_work and any(one["do"] == "preview" and not self._same(one) for one in self.line):
            raise Superseded

    def _take(self, asked: dict) -> None:
        if asked["do"] in QUICK:
            return self.reply(asked)
        if asked["do"] == "preview":
            for older in [one for one in self.line if one["do"] == "preview"]:
                self.line.remove(older)
                self.keys.pop(older["id"], None)
                _tell({"id": older["id"], "superseded": True})
        self.line.append(asked)

    def _same(self, asked: dict) -> bool:
        """Whether a preview asks for the very run that is at work; one that asks for nothing sensible ends nothing. A question is read once."""
        if asked["id"] not in self.keys:
            try:
                self.keys[asked["id"]] = previews.key(questions.one(asked["state"], int(asked["option"])))
            except Exception:
                self.keys[asked["id"]] = None
        return self.keys[asked["id"]] in (None, self.at_work)

    def reply(self, asked: dict) -> None:
        """Answer one question."""
        self.keys.pop(asked["id"], None)
        try:
            found = self._preview(asked) if asked["do"] == "preview" else answer(asked)
        except Superseded:
            found = {"superseded": True}
        except Closed:
            raise
        except Exception as error:
            found = _told(error)
        _tell({"id": asked["id"]} | found)

    def _preview(self, asked: dict) -> dict:
        return {"document": self.at(asked["state"], int(asked["option"]))}

    def at(self, state: dict, option: int) -> dict:
        """The document of a preview, with an eye on what comes in the meantime."""
        scenario = questions.one(state, option)
        self.at_work = previews.key(scenario)
        try:
            return previews.preview(scenario, self.look)
        finally:
            self.at_work = None

    def warm(self) -> None:
        """Have at hand what a preview needs, and the first preview itself; given up when something else is asked."""
        gc.disable()  # what is loaded stays, so looking for what could go is in vain
        try:
            for name in previews.PARTS:
                importlib.import_module(name)
                self.look()
            self.at(questions.begin(questions.FIRST), 0)
        except Superseded:
            pass
        finally:
            gc.enable()

    def rehearse(self) -> None:
        """Load the compiled kernels, which halve every preview from now on; given up when something is asked."""
        self.look()
        if self.line:
            return
        importlib.import_module(previews.KERNELS)
        self.at_work = ("rehearsal", 0)
        try:
            previews.rehearse(questions.one(questions.begin(questions.FIRST), 0), self.look)
        except Superseded:
            pass
        finally:
            self.at_work = None


def report(folder: Path) -> dict:
    """The document of a stored run or study."""
    from marketsim.report import study_page
    from marketsim.study import opened, page, stored

    if opened.is_study(folder):
        return document(study_page.assemble(folder))
    found = stored.load(folder)
    return document(page.assemble(found.manifest, found.summary, found.series, found.journal))


def study(file: Path, out: Path) -> None:
    """Run a study to its end, publishing what is there now and then; told to stop, it publishes once more and ends."""
    from marketsim.scenario import load
    from marketsim.study import collect, compare, engine, lock
    from marketsim.study.futures import drawn
    from marketsim.study.plan import plan, size
    from marketsim.study.scorecard import scorecard

    stopping: list[int] = []  # looked at between runs: an exception out of the blue would end a query of the store as an error of its own
    signal.signal(signal.SIGTERM, lambda number, frame: stopping.append(number))
    scenario = load(file)
    folder, begun = compare.study_folder(scenario, out), time.monotonic()
    futures, seeds = size(scenario)
    asked = plan(scenario, drawn(scenario, futures), seeds)
    last = {"at": begun, "took": 0.0}

    def publish() -> None:
        since = time.monotonic()
        wanted = collect.asked(asked, folder)
        if (wanted["status"] == "done").any():
            compare.publish(folder, asked, wanted, scorecard(folder, wanted, scenario.question.report.judge_by))
            _tell({"partial": str(folder)})
        last.update(at=time.monotonic(), took=time.monotonic() - since)

    def tell(done: int, total: int, text: str) -> None:
        now = time.monotonic()
        _tell({"done": done, "total": total, "seconds": now - begun})
        if stopping:
            raise KeyboardInterrupt
        if done < total and now - last["at"] > max(LEAST_PAUSE_S, 10 * last["took"]):
            publish()

    _tell({"done": 0, "total": len(asked.jobs), "seconds": 0.0, "folder": str(folder)})
    try:
        finished = compare.compare(scenario, out, engine.local(), tell)
    except KeyboardInterrupt:
        with lock.held(folder):
            publish()
        _tell({"stopped": str(folder)})
        return
    _tell({"finished": str(finished.folder), "failed": finished.failed, "digest": finished.digest})


def _tell(message: dict) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _told(error: Exception) -> dict:
    """An error as lines in both languages, without a traceback."""
    if isinstance(error, ProblemsFound):
        return {"error": [[problem.render("zh"), problem.render("en")] for problem in error.problems[:10]]}
    text = str(error) if isinstance(error, MarketsimError) else type(error).__name__
    return {"error": [[text, text]]}


def main() -> int:
    """Answer until standard input closes, or run the study that the arguments name."""
    if len(sys.argv) == 3:
        try:
            study(Path(sys.argv[1]), Path(sys.argv[2]))
        except Exception as error:
            _tell(_told(error))
        return 0
    desk, rehearsed = Desk(), False
    try:
        desk.warm()
        while True:
            while desk.line:
                desk.reply(desk.line.popleft())
            if not rehearsed:
                desk.rehearse()
                rehearsed = not desk.line
            if not desk.line:
                gc.collect()
                gc.freeze()  # what is loaded stays: no later collection walks it
                desk.look(None)
    except Closed:
        return 0


if __name__ == "__main__":
    sys.exit(main())
