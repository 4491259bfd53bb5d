"""Bugs planted in a copy of the compiled core are all caught by the sessions of `test_agree`.

The copy runs uncompiled (`compiled`: NUMBA_DISABLE_JIT) over the same memory, in the checked build, so that a bug may go
anywhere and still be told from a crash.
"""

import importlib
import shutil
import signal
import sys
from pathlib import Path

import numba
import pytest

from marketsim.matching import core, reference

sys.path.insert(0, str(Path(__file__).parent))
from test_agree import Session  # noqa: E402

sys.path.pop(0)
HOME = Path(core.__file__).parent

# name, file, what stands there, what is planted
BUGS = [
    ("the newest level is the best", "kernel_book.py", "min(get32(b, at.BEST + side), key)", "key"),
    ("second level of bits left behind", "kernel_book.py", "word_put(a, bits1, w1, left)", "word_put(a, bits1, w1, left | 1)"),
    ("last in, first out", "kernel_book.py", "    last = get32(a, level + at.PREV)\n    put_pair(a, slot + at.NEXT, level, last)\n    put32(a, last + at.NEXT, slot)\n    put32(a, level + at.PREV, slot)",
     "    last = get32(a, level + at.NEXT)\n    put32(a, slot + at.NEXT, last)\n    put32(a, slot + at.PREV, level)\n    put32(a, last + at.PREV, slot)\n    put32(a, level + at.NEXT, slot)"),
    ("the next best is looked for too far away", "kernel_book.py", "put32(b, at.BEST + side, next_level(h, a, bits, key))", "put32(b, at.BEST + side, next_level(h, a, bits, key + 64))"),
    ("a cancelled id may be cancelled again", "kernel_book.py", "put32(get64(h, at.IDS), oid, at.GONE)", "pass"),
    ("hidden lots stay frozen", "kernel_book.py", "lots = get32(a, slot + at.LOTS) + hidden_lots(a, slot)", "lots = get32(a, slot + at.LOTS)"),
    ("an iceberg keeps its second slot", "kernel_book.py", "    if rarely(get32(a, slot + at.EXTRA) != 0):\n        drop_hidden", "    if False:\n        drop_hidden"),
    ("trades at the wrong end of the band", "kernel_match.py", "(1 - side) * (get32", "side * (get32"),
    ("bought today, sold today", "kernel_match.py", "if get64(h, at.SETTLEMENT) == 1:", "if True:"),
    ("a refill keeps its place", "kernel_match.py", "    level = level_of(h, b, side, get32(a, slot + at.KEY))\n    leave(a, slot)\n    join(a, level, slot)", "    pass"),
    ("the largest fraction gets nothing", "kernel_match.py", "if fraction > low:", "if fraction < low:"),
    ("ties by the last in time", "kernel_match.py", "fraction == low and ties > 0", "fraction == low and ties > 1"),
    ("newest cancels the oldest too", "kernel_match.py", "            if rule == NEWEST:\n                dropped = 1\n                break\n", ""),
    ("both goes on trading", "kernel_match.py", "            if rule != OLDEST:\n                dropped = 1\n                break\n            continue", "            continue"),
    ("depth cap off by one", "kernel_match.py", "if cap > 0 and levels == cap:", "if cap > 0 and levels > cap:"),
    ("the venue's draw stands still", "kernel_match.py", "put32(b, at.DRAWS, draws)", "pass"),
    ("another constant of the stream", "kernel_match.py", "shift_right(number, 27)", "shift_right(number, 28)"),
    ("FOK counts its own trader", "kernel_match.py", "return total + (shown if by_time else 0)", "pass"),
    ("band without its edge", "kernel_submit.py", "if key < 0 or key > width:", "if key < 0 or key >= width:"),
    ("IOC remainder rests", "kernel_submit.py", "(m[at.M_KIND] == face.LIMIT or m[at.M_KIND] == face.POST)", "m[at.M_KIND] != face.MARKET"),
    ("POST may cross", "kernel_submit.py", "if m[at.M_KIND] == face.POST and", "if False and"),
    ("an id twice", "kernel_submit.py", "!= at.UNSEEN:\n        return face.USED_ID", "> at.GONE:\n        return face.USED_ID"),
    ("the remainder stays frozen", "kernel_submit.py", "    if held and left > 0:\n", "    if False:\n"),
    ("reduce to the same is accepted", "kernel_submit.py", "if lots >= shown + hidden:", "if lots > shown + hidden:"),
    ("reduce takes shown lots first", "kernel_submit.py", "put32(a, slot + at.LOTS, min(shown, lots))", "put32(a, slot + at.LOTS, max(1, min(shown, lots - hidden)))"),
    ("blocks in the narrow band", "kernel_submit.py", "if not get_signed32(b, at.BLOCK_LOW) <= tick <= get_signed32(b, at.BLOCK_HIGH):", "if not 0 <= tick - get_signed32(b, at.LOW) <= get32(b, at.WIDTH):"),
    ("short path: IOC remainder rests", "kernel_batch.py", "if (m[at.M_KIND] == face.LIMIT) & (left > 0):", "if left > 0:"),
    ("short path: one level is enough", "kernel_batch.py", "    while left > 0 and best <= limit:", "    if left > 0 and best <= limit:"),
    ("short path: no trade at the limit", "kernel_batch.py", "<= width - key):", "< width - key):"),
    ("short path: the queue keeps who has gone", "kernel_batch.py", "    put32(a, level + at.NEXT, slot)\n    put32(a, slot + at.PREV, level)\n    if rarely(slot", "    if rarely(slot"),
    ("short path: a used id", "kernel_batch.py", "== at.UNSEEN and get32(b, at.PHASE)", "!= 99 and get32(b, at.PHASE)"),
    ("short path: closed books trade", "kernel_batch.py", " and get32(b, at.PHASE) == face.CONTINUOUS\n", "\n"),
    ("short path: shares by time whatever the venue says", "kernel_batch.py", " | get64(h, at.ALLOCATION) |", " |"),
    ("call: time for pro rata", "kernel_cross.py", "if get64(h, at.CALL_PRO_RATA) == 0:", "if True:"),
    ("call: hidden lots stay out", "kernel_cross.py", "return get32(a, slot + at.LOTS) + hidden_lots(a, slot)", "return get32(a, slot + at.LOTS)"),
    ("call: refills show everything", "kernel_cross.py", "shown = min(peak, left)", "shown = left"),
    ("yesterday's purchases stay locked", "core.py", "self.sellable(book)[:] += self.bought(book)", "pass"),
]


def mutant(folder: Path, name: str, bug: tuple, monkeypatch) -> type:
    """The core with one bug in it, as a package of its own that runs uncompiled and checked."""
    _, file, stands, planted = bug
    package = folder / name
    package.mkdir()
    for source in HOME.glob("*.py"):
        shutil.copy(source, package)
    text = (HOME / file).read_text()
    assert text.count(stands) == 1, f"{stands!r} stands {text.count(stands)} times in {file}"
    (package / file).write_text(text.replace(stands, planted))
    for source in package.glob("*.py"):
        source.write_text(source.read_text().replace("marketsim.matching", name))
    (package / "face.py").write_text("import sys\nfrom marketsim.matching import face\nsys.modules[__name__] = face\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    monkeypatch.setenv("MARKETSIM_CHECKED", "1")
    monkeypatch.setenv("MARKETSIM_CACHE", str(folder / "cache"))
    return importlib.import_module(f"{name}.core").Engine


def sessions(engine: type, most: int) -> None:
    """Sessions of 300 events, the planted engine against the plain one; one that hangs is stopped, and not called caught."""
    signal.signal(signal.SIGVTALRM, lambda *_: pytest.fail("hangs"))
    signal.setitimer(signal.ITIMER_VIRTUAL, 20)
    try:
        for seed in range(most):
            Session(seed, reference.Engine, engine).play(300)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def test_the_copy_without_a_bug_agrees(tmp_path, monkeypatch):
    sessions(mutant(tmp_path, "unplanted", ("", "core.py", "class Engine:", "class Engine:"), monkeypatch), 10)


@pytest.mark.parametrize("bug", BUGS, ids=[bug[0] for bug in BUGS])
def test_planted_bug_is_caught(bug, tmp_path, monkeypatch):
    engine = mutant(tmp_path, f"planted_core_{BUGS.index(bug)}", bug, monkeypatch)
    with pytest.raises((AssertionError, IndexError, OverflowError, MemoryError)):
        sessions(engine, 150)


def test_there_are_enough():
    assert len(BUGS) >= 20 and len({bug[0] for bug in BUGS}) == len(BUGS)
