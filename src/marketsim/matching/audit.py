"""Invariants of the compiled engine, walked in plain Python: what the checked build makes sure of after every batch.

Every queue is linked both ways, level bits say what is there, the best pair is the best, the id map and the counts
agree with the orders, nothing rests with zero lots, and an open book is not crossed.

Source: the list of invariants follows `layout`; the habit is TigerBeetle's (TIGER_STYLE, assertions).
"""

import numpy as np

from marketsim.matching import face
from marketsim.matching import layout as at


def check(header: np.ndarray, records: np.ndarray, arena: np.ndarray, ids: np.ndarray) -> None:
    """Raise AssertionError naming the first broken invariant."""
    slots: list[int] = []
    for book, record in enumerate(records):
        if record[at.LADDER]:
            for side in (face.BUY, face.SELL):
                slots += _check_side(header, record, arena, (book, side))
        if record[at.PHASE] == face.CONTINUOUS:
            bid, ask = record[at.BEST:at.BEST + 2].tolist()
            _require(at.NO_KEY in (bid, ask) or bid + ask > record[at.WIDTH], f"book {book} is crossed")
    _require(len(slots) == len(set(slots)) == header[at.LIVE], "live orders are not those in the queues")
    for slot in slots:
        _require(ids[arena[slot + at.OID]] == slot, f"id map does not lead to the order in slot {slot}")
    _require(np.count_nonzero(ids > at.GONE) == len(slots), "the id map knows orders that do not rest")
    refills = sum(_refills(arena, slot) for slot in slots)
    _require(refills == header[at.REFILLS], f"{header[at.REFILLS]} refills counted, {refills} left")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(f"matching core: {message}")


def _refills(arena: np.ndarray, slot: int) -> int:
    extra = arena[slot + at.EXTRA]
    return -(-int(arena[extra + at.HIDDEN]) // int(arena[extra + at.PEAK])) if extra else 0


def _bits(arena: np.ndarray, offset: int, words: int) -> np.ndarray:
    """Places of set bits of a bitmap level."""
    return np.flatnonzero(np.unpackbits(arena[offset:offset + 2 * words].view(np.uint8), bitorder="little"))


def _check_side(header: np.ndarray, record: np.ndarray, arena: np.ndarray, home: tuple[int, int]) -> list[int]:
    book, side = home
    ticks, bits = int(header[at.TICKS]), int(record[at.BITMAP]) + side * int(header[at.SIDE_WORDS])
    level1, level2 = int(header[at.LEVEL1]), int(header[at.LEVEL2])
    keys = _bits(arena, bits, level1 // 2)
    words = _bits(arena, bits + level1, (level2 - level1) // 2)
    _require(np.array_equal(words, np.unique(keys >> 6)), f"book {book}: second level of bits is wrong")
    _require(np.array_equal(_bits(arena, bits + level2, 1), np.unique(words >> 6)), f"book {book}: third level of bits is wrong")
    _require(record[at.BEST + side] == (keys[0] if len(keys) else at.NO_KEY), f"book {book}: best of side {side} is wrong")
    slots: list[int] = []
    for key in keys.tolist():
        level = int(record[at.LADDER]) + 2 * (side * ticks + key)
        before, slot = level, int(arena[level + at.NEXT])
        _require(slot != level, f"book {book}: empty level marked as occupied")
        while slot != level:
            _require(arena[slot + at.PREV] == before, f"book {book}: queue is not linked backwards")
            _require(arena[slot + at.KEY] == key and arena[slot + at.HOME] == book * 2 + side, f"book {book}: order in the wrong queue")
            _require(arena[slot + at.LOTS] > 0, f"book {book}: an order of zero lots rests")
            slots.append(slot)
            before, slot = slot, int(arena[slot + at.NEXT])
        _require(arena[level + at.PREV] == before, f"book {book}: end of a queue is wrong")
    return slots
