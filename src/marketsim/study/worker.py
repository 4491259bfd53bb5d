"""A worker process: chunks of runs come in as lines, part files go out to the disk, and one line back says what became of them.

Standard input brings JSON lines, first what every run needs, then one line a chunk; whoever started the worker keeps the other
end, so an end of file means nobody waits any more and the process ends at once. Nothing but answers goes to the answer pipe:
what a run prints lands on standard error.
"""

import contextlib
import gc
import json
import os
import queue
import sys
import threading
from pathlib import Path

from marketsim.study import parts, task
from marketsim.study.plan import Job


def main() -> int:
    """Serve chunks until the pipe closes."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    told = json.loads(sys.stdin.readline())
    chunks: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(chunks,), daemon=True).start()
    if told["memory_bytes"]:
        _limit_memory(told["memory_bytes"])
    folder = Path(told["folder"])
    try:
        work = task.prepare(told["context"])
        parts.rehearse(folder)
    except OSError as error:
        return _answer(answers, {"stop": f"could not write {folder}: {error.strerror or error}"})
    except Exception as error:
        return _answer(answers, {"stop": f"a worker could not start: {type(error).__name__}: {error}"})
    gc.collect()
    gc.freeze()  # what stays for good is not walked again after every few runs
    _answer(answers, {"ready": os.getpid()})
    while True:
        number, rows = chunks.get()
        tried = task.attempt(work, [Job(run=run, option=option, future=future, seed=seed) for run, option, future, seed in rows])
        try:
            for outcome, text in tried:
                if text:
                    task.keep_traceback(folder, outcome.run, text)
            part = parts.commit(folder, [outcome for outcome, _ in tried])
        except OSError as error:
            return _answer(answers, {"stop": f"could not write {folder}: {error.strerror or error}"})
        done = [[one.status, one.seconds] for one, _ in tried]
        del tried
        gc.collect()  # a world refers to itself: left to chance, dozens would wait to be found
        _answer(answers, {"chunk": number, "part": part, "runs": done})


def _listen(chunks: queue.SimpleQueue) -> None:
    """Pass chunks on; at the end of file, end the process in the middle of whatever it does."""
    for line in sys.stdin:
        chunks.put(json.loads(line))
    os._exit(0)


def _answer(answers, message: dict) -> int:
    answers.write(json.dumps(message) + "\n")
    answers.flush()
    return 1


def _limit_memory(limit: int) -> None:
    """Let an allocation beyond `limit` bytes fail inside the run that asks for it, where the system can do that."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


if __name__ == "__main__":
    sys.exit(main())
