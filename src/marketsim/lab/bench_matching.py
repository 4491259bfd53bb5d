"""The matching benchmark: make or read a tape of messages, time an engine on it, check and report what came out.

Rates are messages per CPU second of the timed part. A tape is a folder of `.npy` columns and a `meta.json`, which
`read_tape` lists, or one table (`table_tape`). The checksum is the CRC-32 of the timed trades as little-endian int32 rows
(taker id, maker id, taker owner, maker owner, book, tick, lots, taker side).

Source: the tape format and the mix of messages are the project's own conventions (docs/decisions).
"""

import json
import platform
import resource
import time
import zlib
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from marketsim.errors import InputError
from marketsim.lab import bench_kernels, table_tape
from marketsim.matching import face
from marketsim.matching.core import COLUMN_TYPES, Engine
from marketsim.matching.face import Messages, Rules

SHAPES = {"shallow": (1_000, 1), "deep": (100_000, 1), "many": (100_000, 1_000)}
TICKS = 2_048
MEAN_DISTANCE = 20
TAPE_COLUMNS = ("kind", "side", "price", "qty", "oid", "owner", "book")
TOTALS = ("trades", "volume", "pv")
SAMPLE = 1_000
MOST_MESSAGES = 50_000_000


@dataclass(frozen=True, kw_only=True)
class Tape:
    """Messages with what is known of them: the first `fill` are not timed; `expected` may hold trades, volume, pv."""

    messages: Messages
    fill: int
    ticks: int
    books: int
    expected: dict[str, int]

    def __len__(self) -> int:
        return len(self.messages.kind)

    def rules(self) -> Rules:
        """Rules of an engine this tape can be played on."""
        owner = int(self.messages.owner.max(initial=0)) + 1
        return Rules(ticks=self.ticks, books=self.books, owners=owner, orders=max(1, min(len(self), self.fill * 2 + 1024)))


def workload(shape: str, messages: int = 1_000_000, seed: int = 1, orders: int | None = None) -> Tape:
    """Make a seeded tape: `shape` names live orders and books (`SHAPES`); `orders` overrides the live orders.

    Raises InputError for another shape, for too few or too many messages, and for a seed out of bounds.
    """
    if shape not in SHAPES:
        near = get_close_matches(shape.casefold(), SHAPES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"shape {shape!r}: expected one of {', '.join(SHAPES)}{hint}")
    if not 1 <= messages <= MOST_MESSAGES:
        raise InputError(f"{messages} messages: expected 1 to {MOST_MESSAGES}")
    if not 0 <= seed < 1 << 63:
        raise InputError(f"seed {seed}: expected 0 to 2^63 - 1")
    live, books = SHAPES[shape]
    live, rows = orders or live, messages + (orders or live)
    engine = Engine(Rules(ticks=TICKS, books=books, orders=rows, owners=1_000))
    for book in range(books):
        engine.open_day(book, 0, TICKS - 1)
    engine.make_room(rows)
    table, scratch = np.zeros((rows, 7), np.int32), np.zeros((2, rows), np.int64)
    bench_kernels.write_workload(engine.address, table, _quantiles(), scratch, live, seed)
    columns = dict(zip(("kind", "side", "tick", "lots", "oid", "owner", "book"), table.T, strict=True))
    return Tape(messages=Messages(**{name: column.astype(COLUMN_TYPES[name]) for name, column in columns.items()}),
                fill=live, ticks=TICKS, books=books, expected={})


def _quantiles() -> np.ndarray:
    """1,024 quantiles of a geometric distance of mean MEAN_DISTANCE, as integers."""
    table, left, distance = [], 1 << 40, 0
    for place in range(1024):
        while left > ((1024 - place) << 30):
            left -= left // (MEAN_DISTANCE + 1)
            distance += 1
        table.append(min(distance, TICKS // 2 - 2))
    return np.array(table, np.int64)


def read_tape(folder: Path) -> Tape:
    """Read a folder of columns `kind side price qty oid owner book` (.npy) and meta.json (n_pre, P, nbooks, trades …), or a table.

    Raises InputError naming the file, what is wrong with it and what was expected.
    """
    if folder.suffix.lower() in table_tape.ENDINGS:
        found, ticks, books = table_tape.columns(folder)
        return Tape(messages=Messages(**{name: column.astype(COLUMN_TYPES[name]) for name, column in found.items()}), fill=0, ticks=ticks, books=books, expected={})
    meta = _meta(folder / "meta.json")
    columns = {ours: _column(folder / f"{name}.npy", COLUMN_TYPES[ours]) for name, ours in zip(TAPE_COLUMNS, COLUMN_TYPES, strict=False)}
    if len({len(column) for column in columns.values()}) != 1:
        raise InputError(f"{folder}: columns differ in length: {', '.join(f'{k} {len(v)}' for k, v in columns.items())}")
    rows = len(columns["kind"])
    if not 0 <= meta["n_pre"] <= rows:
        raise InputError(f"{folder / 'meta.json'}: n_pre is {meta['n_pre']}; expected 0 to {rows}, the rows of the tape")
    expected = {key: meta[key] for key in TOTALS if key in meta}
    return Tape(messages=Messages(**columns), fill=meta["n_pre"], ticks=meta["P"], books=meta["nbooks"], expected=expected)


def _meta(path: Path) -> dict[str, int]:
    """The whole numbers of a tape's meta.json; what is null or not asked for is left out."""
    if not path.is_file():
        raise InputError(f"{path.parent}: no meta.json; a tape is a folder with meta.json and {', '.join(TAPE_COLUMNS)} as .npy files, or one .csv or .parquet file")
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error})") from None
    if not isinstance(meta, dict):
        raise InputError(f"{path}: expected an object with n_pre, P and nbooks")
    missing = [key for key in ("n_pre", "P", "nbooks") if meta.get(key) is None]
    if missing:
        raise InputError(f"{path}: {', '.join(missing)} missing; expected n_pre, P and nbooks")
    numbers = {key: meta[key] for key in ("n_pre", "P", "nbooks", *TOTALS) if meta.get(key) is not None}
    for key, most in (("P", face.MOST_TICKS), ("nbooks", 1 << 24), *((key, None) for key in numbers)):
        value = numbers[key]
        if isinstance(value, bool) or not isinstance(value, int):
            raise InputError(f"{path}: {key} is {value!r}; expected a whole number")
        if most and not 1 <= value <= most:
            raise InputError(f"{path}: {key} is {value}; expected 1 to {most}")
    return numbers


def _column(path: Path, kind: type) -> np.ndarray:
    """One column of a tape, shape (messages,), of the engine's type."""
    if not path.is_file():
        raise InputError(f"{path}: missing; a tape has the columns {', '.join(TAPE_COLUMNS)}")
    try:
        values = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"{path}: cannot be read as a .npy array ({error})") from None
    wanted = np.dtype(kind)
    if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind not in "iu":
        found = f"{values.dtype} of shape {values.shape}" if isinstance(values, np.ndarray) else "an archive"
        raise InputError(f"{path}: {found}; expected whole numbers ({wanted}), one a message")
    column = np.ascontiguousarray(values, wanted)
    wrong = np.flatnonzero(column != values)
    if len(wrong):
        raise InputError(f"{path}: row {wrong[0]} is {values[wrong[0]]}, which does not fit {wanted}")
    return column


def write_tape(tape: Tape, folder: Path) -> None:
    """Write a tape as a folder that `read_tape` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, ours in zip(TAPE_COLUMNS, COLUMN_TYPES, strict=False):
        np.save(folder / f"{name}.npy", getattr(tape.messages, ours))
    meta = {"n_pre": tape.fill, "P": tape.ticks, "nbooks": tape.books, **tape.expected}
    (folder / "meta.json").write_text(json.dumps(meta, indent=1) + "\n")


def part_of(messages: Messages, rows: slice) -> Messages:
    """Some rows of a batch, without a copy."""
    cut = {f.name: getattr(messages, f.name) for f in fields(messages)}
    return Messages(**{name: column[rows] if column is not None else None for name, column in cut.items()})


def filled_engine(tape: Tape, make=Engine, rules: Rules | None = None):
    """An engine with the untimed part of a tape played, its trade log empty."""
    engine = make(rules or tape.rules())
    for book in range(tape.books):
        engine.open_day(book, 0, tape.ticks - 1)
    engine.submit_batch(part_of(tape.messages, slice(0, tape.fill)))
    engine.clear_trades()
    return engine


def play(tape: Tape, rules: Rules | None = None) -> tuple[float, face.Trades]:
    """CPU seconds and trades of the timed part of a tape, in one batch."""
    engine = filled_engine(tape, rules=rules)
    timed = part_of(tape.messages, slice(tape.fill, None))
    engine.make_room(len(tape) - tape.fill)
    begin = time.thread_time()
    trades = engine.submit_batch(timed)
    return time.thread_time() - begin, trades


def percentiles(tape: Tape) -> tuple[int, int]:
    """Median and 99th percentile of nanoseconds a message, over batches of SAMPLE messages."""
    engine, samples = filled_engine(tape), []
    for first in range(tape.fill, len(tape), SAMPLE):
        rows = part_of(tape.messages, slice(first, first + SAMPLE))
        begin = time.perf_counter_ns()
        engine.submit_batch(rows)
        samples.append((time.perf_counter_ns() - begin) / max(1, len(rows.kind)))
    return tuple(int(value) for value in np.percentile(samples or [0], (50, 99)))


def totals(trades: face.Trades) -> dict[str, int]:
    """Trades, lots, and the sum of tick × lots."""
    lots = trades.lots.astype(np.int64)
    return {"trades": len(trades), "volume": int(lots.sum()), "pv": int((trades.tick * lots).sum())}


def checksum(trades: face.Trades) -> str:
    """CRC-32 of the trades, eight hexadecimal digits."""
    rows = np.stack([getattr(trades, f.name) for f in fields(trades)], axis=1).astype("<i4")
    return f"{zlib.crc32(rows.tobytes()):08x}"


def run(arguments: dict) -> dict:
    """Time the engine on a tape (`arguments["tape"]`) or on a workload of its own (`shape`, `messages`, `seed`).

    Returns what `marketsim bench matching --json` prints; `differences` lists expected figures that were missed.
    """
    if arguments.get("tape"):
        tape = read_tape(Path(arguments["tape"]))
    else:
        tape = workload(arguments.get("shape", "shallow"), arguments.get("messages", 1_000_000), arguments.get("seed", 1))
    seconds, trades = play(tape)
    found, timed = totals(trades), len(tape) - tape.fill
    p50, p99 = percentiles(tape)
    differences = [f"{key}: expected {value}, got {found[key]}" for key, value in tape.expected.items() if found[key] != value]
    return {
        "schema": "marketsim.bench/1", "messages": timed, "messages_per_second": round(timed / seconds) if seconds else 0,
        "cpu_seconds": seconds, **found, "checksum": checksum(trades), "p50_ns": p50, "p99_ns": p99,
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "machine": machine(),
        "expected": tape.expected, "differences": differences,
    }


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    import numba

    return {"system": platform.platform(), "processor": platform.machine(), "python": platform.python_version(),
            "numpy": np.__version__, "numba": numba.__version__}
