"""Shipped scenarios damaged at random, byte by byte and line by line: never a traceback, never a slow answer."""

import random
import time

import pytest

from marketsim.scenario import examine, names

PIECES = [
    "null", "{}", "[]", "[[", "}}", ": ", "- ", "\t", "&a ", "*a", "!!int ", "true", ".inf", "-1", "1e40", "%", "9" * 50, "万",
    "：", "'", '"', "|\n", ">\n", "? ", "#", "\n", "\0", "..", "~", "rule: hybrid, parts: [1]", "parts: [{rule: 3}]", "{rule: [x]}",
    "set: 3", "options: 3", "markets: 3", "regions: [1, [2], {a: 3}]", "extends: null", "power: null", "targets: []",
    "uncertainty: {a: 3}", "options: {a: {set: {markets: {}}}}", "strategies: null", "{values: [1, {}]}", "\ud7ff", "\u2028",
]  # fmt: skip
SLOWEST_SECONDS = 2.0


def damaged(text: bytes, luck: random.Random) -> bytes:
    """The text after one to five accidents."""
    data = bytearray(text)
    for _ in range(luck.randint(1, 5)):
        at, kind = luck.randrange(len(data) + 1), luck.randrange(5)
        if kind == 0:
            data[at : at + luck.randint(0, 6)] = luck.choice(PIECES).encode()
        elif kind == 1:
            lines = bytes(data).split(b"\n")
            number = luck.randrange(len(lines))
            lines[number] = lines[number].split(b": ")[0] + b": " + luck.choice(PIECES).encode()
            data = bytearray(b"\n".join(lines))
        elif kind == 2:
            del data[at : at + luck.randint(1, 12)]
        elif kind == 3 and at < len(data):
            data[at] = luck.randrange(256)
        else:
            source = luck.randrange(len(data) + 1)
            data[at:at] = data[source : source + luck.randint(1, 30)]
    return bytes(data)


@pytest.mark.parametrize("seed", range(4))
def test_no_damage_breaks_the_loader(seed, tmp_path):
    luck = random.Random(seed)
    path = tmp_path / "damaged.yaml"
    texts = [file.read_bytes() for file in names.bases().values()]
    refused = 0
    for _ in range(100):
        path.write_bytes(damaged(luck.choice(texts), luck))
        begun = time.process_time()
        found = examine(path)
        assert time.process_time() - begun < SLOWEST_SECONDS
        assert (found.scenario is None) == bool(found.problems)
        refused += bool(found.problems)
        for problem in found.problems:
            assert problem.render("en").startswith(problem.place()) and problem.render("zh") and problem.record()
    assert refused > 50
