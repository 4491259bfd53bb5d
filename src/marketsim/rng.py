"""Addressed luck: every draw is a function of (seed, replication, purpose, step, who), never of call order.

The key of a counter-based generator (Philox) comes from (seed, replication, purpose), its counter from the step and from the
id of whoever draws. Adding a market or a firm leaves everybody else's luck as it was.

Source: Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from statistics import NormalDist

import numpy as np

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
MANY = 5000
"""Ids from which compiled drawing is worth its start."""


@dataclass(frozen=True, kw_only=True)
class Luck:
    """The luck of one year of one replication of one seed; options and futures are never part of the address."""

    seed: int
    replication: int = 0
    year: int = 0

    def uniform(self, purpose: str, step: int, n: int) -> np.ndarray:
        """`n` draws from [0, 1) by position: a longer array starts with the shorter one. Shape (n,)."""
        return self._stream(purpose, step).random(n)

    def normal(self, purpose: str, step: int, n: int) -> np.ndarray:
        """`n` standard normal draws by position: a longer array starts with the shorter one. Shape (n,)."""
        return self._stream(purpose, step).standard_normal(n)

    def uniform_of(self, purpose: str, step: int, ids: np.ndarray) -> np.ndarray:
        """One draw from (0, 1) for each id, whatever the other ids are. `ids` (n,) int64 ≥ 0; returns (n,)."""
        if len(ids) >= MANY:
            return _compiled()(ids.astype(np.uint64), np.uint64(step), *np.frombuffer(self._key(purpose)[:8], dtype="<u4").astype(np.uint64))
        ids = ids.astype(np.uint64)
        words = [ids & _LOW, ids >> _HALF, np.full(ids.shape, step, dtype=np.uint64), np.zeros(ids.shape, dtype=np.uint64)]
        first, second, _, _ = philox(words, np.frombuffer(self._key(purpose)[:8], dtype="<u4").tolist())
        high = (first << np.uint64(21)) | (second >> np.uint64(11))  # 53 bits: what a double holds
        return (high.astype(np.float64) + 0.5) * 2.0**-53

    def normal_of(self, purpose: str, step: int, ids: np.ndarray) -> np.ndarray:
        """One standard normal draw for each id, by inversion in scalar arithmetic. `ids` (n,); returns (n,)."""
        uniform = self.uniform_of(purpose, step, ids)
        return np.fromiter(map(NormalDist().inv_cdf, uniform.tolist()), dtype=np.float64, count=len(uniform))

    def _key(self, purpose: str) -> bytes:
        later = f"year {self.year}/" if self.year else ""  # the first year's luck is that of a run of one year
        return sha256(f"{self.seed}/{self.replication}/{later}{purpose}".encode()).digest()

    def _stream(self, purpose: str, step: int) -> np.random.Generator:
        key = np.frombuffer(self._key(purpose)[:16], dtype="<u8")
        return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, step]))


@cache
def _compiled():
    """`uniform_of` for many ids in one compiled pass: the same integers, the same doubles."""
    import numba

    low, half = _LOW, _HALF
    (m0, m1), (w0, w1) = _MULTIPLIERS, map(np.uint64, _WEYL)

    def draw(ids, step, k0, k1):
        out = np.empty(len(ids))
        for i in range(len(ids)):
            c0, c1, c2, c3 = ids[i] & low, ids[i] >> half, step, np.uint64(0)
            a, b = k0, k1
            for _ in range(10):
                p0, p1 = c0 * m0, c2 * m1
                c0, c1, c2, c3 = (p1 >> half) ^ c1 ^ a, p1 & low, (p0 >> half) ^ c3 ^ b, p0 & low
                a, b = (a + w0) & low, (b + w1) & low
            high = (c0 << np.uint64(21)) | (c1 >> np.uint64(11))
            out[i] = (np.float64(high) + 0.5) * 2.0**-53
        return out

    return numba.njit(draw)


def philox(counter: list[np.ndarray], key: list[int]) -> list[np.ndarray]:
    """Philox4x32 with ten rounds on columns: four words of 32 bits (held in uint64) in, four out. Shapes (n,)."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (p1 >> _HALF) ^ c1 ^ np.uint64(k0), p1 & _LOW, (p0 >> _HALF) ^ c3 ^ np.uint64(k1), p0 & _LOW
        k0, k1 = (k0 + _WEYL[0]) & 0xFFFFFFFF, (k1 + _WEYL[1]) & 0xFFFFFFFF
    return [c0, c1, c2, c3]
