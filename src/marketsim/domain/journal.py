"""The journal of a ledger: every batch that was posted, in order; a very long one lies on the disk.

Batches are kept in memory until they are many, then the oldest move to a temporary file without a name, which vanishes with
the process. Reading goes through both in the order of posting.
"""

import tempfile
from collections.abc import Iterator

import numpy as np

KEPT = 2_000_000
"""Entries kept in memory: 36 MB."""


def on_disk(record):
    """The same record with its columns in a temporary file without a name, from where they are read when they are looked at."""
    file, places = tempfile.TemporaryFile(), {}
    for name, column in vars(record).items():
        places[name] = file.tell()
        file.write(np.ascontiguousarray(column).data)
    file.flush()
    return type(record)(**{
        name: np.memmap(file, dtype=column.dtype, mode="r", offset=places[name], shape=column.shape) for name, column in vars(record).items()
    })  # fmt: skip


class Journal:
    """Batches as (tick, entries), oldest first; `append`, `len` and iteration are a list's."""

    def __init__(self, kept: int = KEPT):
        self._kept = kept
        self._recent: list = []
        self._entries = 0
        self._file = None
        self._stored: list[tuple] = []

    def __len__(self) -> int:
        return len(self._stored) + len(self._recent)

    def append(self, posted: tuple) -> None:
        """Add (tick, entries). Raises OSError when the disk refuses."""
        self._recent.append(posted)
        self._entries += len(posted[1])
        if self._entries > self._kept:
            self._store()

    def __iter__(self) -> Iterator[tuple]:
        for tick, record, columns in self._stored:
            yield tick, record(**{name: self._read(*where) for name, where in columns.items()})
        yield from self._recent

    def _store(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()
        self._file.seek(0, 2)
        for tick, batch in self._recent:
            columns = {}
            for name, column in vars(batch).items():
                columns[name] = (self._file.tell(), column.dtype, len(column))
                self._file.write(np.ascontiguousarray(column).data)
            self._stored.append((tick, type(batch), columns))
        self._recent, self._entries = [], 0

    def _read(self, start: int, dtype: np.dtype, rows: int) -> np.ndarray:
        self._file.seek(start)
        return np.frombuffer(self._file.read(rows * dtype.itemsize), dtype=dtype)
