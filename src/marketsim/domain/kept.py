"""Reading a data file once: what a function read from a path is kept as long as no file there changes.

Many runs in one process read the same tables; arrays that are handed out twice cannot be written to.
"""

import dataclasses
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path

import numpy as np


def kept(read: Callable) -> Callable:
    """The function `read(path, …)` with the last answers kept; its other arguments must be hashable."""

    @lru_cache(maxsize=16)
    def once(stamp: tuple, path: Path, more: tuple):
        found = read(path, *more)
        _seal(found)
        return found

    @wraps(read)
    def looked_up(path, *more):
        return once(_stamp(path), path, more)

    return looked_up


def _stamp(path: Path) -> tuple:
    """Names, sizes and times of the files a path stands for."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    about = [(file.name, file.stat()) for file in files if file.exists()]
    return tuple((name, state.st_size, state.st_mtime_ns) for name, state in about)


def _seal(found) -> None:
    for column in vars(found).values() if dataclasses.is_dataclass(found) else ():
        if isinstance(column, np.ndarray):
            column.flags.writeable = False
