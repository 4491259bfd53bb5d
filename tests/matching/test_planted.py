"""Bugs planted in a copy of the plain engine are all caught by the sessions of `test_agree`: the net has no such holes."""

import importlib
import importlib.util
import sys
from pathlib import Path

import pytest

from marketsim.matching import core, reference

FILES = ("reference.py", "reference_book.py", "reference_cross.py")

# name, file, what stands there, what is planted
BUGS = [
    ("worst price first", "reference_book.py", "(ticks[-1] if side == BUY else ticks[0])", "(ticks[0] if side == BUY else ticks[-1])"),
    ("last in, first out", "reference.py", "maker = next(iter(queue.values()))", "maker = list(queue.values())[-1]"),
    ("trades at the taker's price", "reference.py", "self._record(taker, maker, maker.tick, lots)", "self._record(taker, maker, taker.tick, lots)"),
    ("equal prices do not meet", "reference.py", "best <= order.tick if", "best < order.tick if"),
    ("IOC remainder rests", "reference.py", "kind in (face.LIMIT, face.POST) and", "kind in (face.LIMIT, face.POST, face.IOC) and"),
    ("POST may cross", "reference.py", "if kind == face.POST and self", "if kind == 99 and self"),
    ("FOK counts its own trader", "reference.py", "if place not in own)", ")"),
    ("FOK ignores the depth cap", "reference.py", "crossing[: self.rules.depth_cap or None]", "crossing"),
    ("newest cancels the oldest too", "reference.py", 'if smp != "newest":', 'if True:'),
    ("both goes on trading", "reference.py", 'if smp != "oldest":\n                return True', 'if smp == "newest":\n                return True'),
    ("reduce loses its place", "reference.py", "        self._release(order, order.lots + order.hidden - lots)\n        self._shrink(order, lots, shown_first=False)",
     "        self._release(order, order.lots + order.hidden - lots)\n        self._books[order.book].to_back(order)\n        self._shrink(order, lots, shown_first=False)"),
    ("reduce to the same is accepted", "reference.py", "if lots >= order.lots + order.hidden:", "if lots > order.lots + order.hidden:"),
    ("refill keeps its place", "reference.py", "self._books[maker.book].to_back(maker)", "pass"),
    ("refill shows everything", "reference.py", "min(maker.peak, maker.hidden)", "maker.hidden"),
    ("band without its edge", "reference.py", "state.low <= order.tick <= state.high", "state.low <= order.tick < state.high"),
    ("depth cap off by one", "reference.py", "levels == self.rules.depth_cap > 0", "levels > self.rules.depth_cap > 0"),
    ("bought today, sold today", "reference.py", 'if self.rules.settlement == "t0" else self._bought', 'if True else self._bought'),
    ("a cancel keeps holdings frozen", "reference.py", "self._release(order, order.lots + order.hidden)\n", "pass\n"),
    ("an id twice", "reference.py", "face.USED_ID if order.oid in self._used else face.OK", "face.OK"),
    ("call: imbalance ignored", "reference_cross.py", "if abs(o[1]) == least]", "]"),
    ("call: pressure reversed", "reference_cross.py", "return left[-1]", "return left[0]"),
    ("call: reference ignored", "reference_cross.py", "abs(o[2] - reference_tick)", "0"),
    ("the venue's draw stands still", "reference.py", "state.draws += 1", "state.draws = 1"),
    ("blocks in the narrow band", "reference.py", "state.block_low <= tick <= state.block_high", "state.low <= tick <= state.high"),
    ("yesterday's purchases stay locked", "reference.py", "self._sellable[book] += self._bought[book]", "pass"),
]


def sessions():
    """The module that drives the engines; tests are not a package, so it is loaded by its path."""
    name = "matching_sessions"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("test_agree.py"))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def mutant(folder: Path, name: str, bug: tuple) -> type:
    """The plain engine with one bug in it."""
    _, file, stands, planted = bug
    package = folder / name
    package.mkdir()
    for source in FILES:
        text = Path(reference.__file__).with_name(source).read_text()
        if source == file:
            assert text.count(stands) == 1, f"{stands!r} stands {text.count(stands)} times in {file}"
            text = text.replace(stands, planted)
        text = text.replace("from marketsim.matching import face, reference_cross", f"from marketsim.matching import face\nfrom {name} import reference_cross")
        (package / source).write_text(text.replace("marketsim.matching.reference_book", f"{name}.reference_book"))
    (package / "__init__.py").write_text("")
    return importlib.import_module(f"{name}.reference").Engine


@pytest.mark.parametrize("bug", BUGS, ids=[bug[0] for bug in BUGS])
def test_planted_bug_is_caught(bug, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    engine = mutant(tmp_path, f"planted_{BUGS.index(bug)}", bug)
    with pytest.raises((AssertionError, KeyError)):
        for seed in range(150):
            sessions().Session(seed, core.Engine, engine).play(300)


def test_there_are_enough():
    assert len(BUGS) >= 20
