"""One study works in a folder at a time: a lock that the system itself drops when its holder dies."""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from marketsim.errors import RunError


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder. Raises RunError naming the process that has it."""
    import fcntl  # not on Windows, where studies are not supported yet

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError.of("error.in_use", {"folder": str(folder), "holder": _holder(folder)}) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}))
        file.flush()
        yield


def _holder(folder: Path) -> str:
    try:
        told = json.loads((folder / "lock").read_text(encoding="utf-8"))
        return f"process {told['pid']} since {told['since']}"
    except (OSError, ValueError, KeyError):
        return "by a process that did not say its number"
