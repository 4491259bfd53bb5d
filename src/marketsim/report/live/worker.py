"""The process beside the server: kept warm, it answers one JSON line with one; or, given a study, it runs it and tells how far it is.

`python -m marketsim.report.live.worker` answers questions from standard input; `… worker FILE OUT` runs a study. Nothing else goes to
standard output than lines of JSON.
"""

import gc
import json
import select
import signal
import sys
import time
from pathlib import Path

from marketsim.errors import MarketsimError, ProblemsFound
from marketsim.report.document import document
from marketsim.report.live import questions

IDLE_S = 0.3
LEAST_PAUSE_S = 3.0
"""A half-finished study is published no more often than this, and no more than a tenth of the time."""


def answer(asked: dict) -> dict:
    """The answer to one question. Raises MarketsimError with a sentence for people."""
    if asked["do"] == "levers":
        return questions.levers(asked["base"])
    if asked["do"] == "write":
        return questions.write(asked["state"], Path(asked["folder"]))
    if asked["do"] == "preview":
        return {"document": _preview(asked["state"], int(asked["option"]))}
    if asked["do"] == "report":
        return {"document": report(Path(asked["folder"]))}
    raise KeyError(asked["do"])


def report(folder: Path) -> dict:
    """The document of a stored run or study."""
    from marketsim.report import study_page
    from marketsim.study import opened, page, stored

    if opened.is_study(folder):
        return document(study_page.assemble(folder))
    found = stored.load(folder)
    return document(page.assemble(found.manifest, found.summary, found.series))


def _preview(state: dict, option: int) -> dict:
    """One option in its own future with one seed, as the report of a run."""
    import pandas

    from marketsim.simulation.run import run
    from marketsim.study import page, store
    from marketsim.study.folder import code_version

    scenario = questions.one(state, option)
    result = run(scenario, scenario.seed, None)
    summary = store.summary_table(result.summary, option="base", future="base", seed=scenario.seed)
    manifest = {"name": scenario.name, "hash": "", "seed": scenario.seed, "option": "base", "future": "base", "code": code_version(), "digest": "–",
                "command": "marketsim serve", "about": result.report, "sources": result.sources}  # fmt: skip
    series = result.series if isinstance(result.series, pandas.DataFrame) else pandas.DataFrame(result.series)
    return document(page.assemble(manifest, summary, series))


def study(file: Path, out: Path) -> None:
    """Run a study to its end, publishing what is there now and then; told to stop, it publishes once more and ends."""
    from marketsim.scenario import load
    from marketsim.study import collect, compare, engine, lock
    from marketsim.study.futures import drawn
    from marketsim.study.plan import plan, size
    from marketsim.study.scorecard import scorecard

    signal.signal(signal.SIGTERM, _stop)
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


def _stop(number, frame) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


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
    cold = True
    while True:
        if cold and not select.select([sys.stdin], [], [], IDLE_S)[0]:  # nobody asks: have what a preview needs at hand
            questions.warm()
            gc.collect()
            gc.freeze()  # what is loaded stays: no later collection walks it, which is a tenth of a preview
            cold = False
        line = sys.stdin.readline()
        if not line:
            return 0
        asked = json.loads(line)
        try:
            found = answer(asked)
        except Exception as error:
            found = _told(error)
        _tell({"id": asked["id"]} | found)


if __name__ == "__main__":
    sys.exit(main())
