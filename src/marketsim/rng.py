"""Addressed luck: every draw is a function of (seed, replication, purpose, step, who), never of call order.

The key of a counter-based generator (Philox) comes from (seed, replication, purpose), its counter from the step and from the
id of whoever draws. Adding a market or a firm leaves everybody else's luck as it was.

Source: Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
"""

import sys
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from statistics import NormalDist

import numpy as np

_MULTIPLIERS = np.array([0xD2511F53, 0xCD9E8D57], dtype=np.uint64)
_WEYL = np.outer(np.arange(10), [0x9E3779B9, 0xBB67AE85]).astype(np.uint64)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_BLOCK = 1 << 14
_MIDDLE = np.array([
    (2.5090809287301226727e+3, 5.2264952788528545610e+3), (3.3430575583588128105e+4, 2.8729085735721942674e+4),
    (6.7265770927008700853e+4, 3.9307895800092710610e+4), (4.5921953931549871457e+4, 2.1213794301586595867e+4),
    (1.3731693765509461125e+4, 5.3941960214247511077e+3), (1.9715909503065514427e+3, 6.8718700749205790830e+2),
    (1.3314166789178437745e+2, 4.2313330701600911252e+1), (3.3871328727963666080e+0, 1.0),
])  # fmt: skip
"""Coefficients of the normal quantile near the middle, highest power first: above and below the line."""
MANY = 5000
"""Ids from which compiled drawing is worth its start; where numba is loaded anyway it always is."""


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
        return self.uniforms_of((purpose,), step, ids)[0]

    def uniforms_of(self, purposes: tuple[str, ...], step: int, ids: np.ndarray) -> np.ndarray:
        """`uniform_of` for several purposes in one pass. Shape (purposes, n)."""
        keys = self._keys(purposes)
        if len(ids) >= MANY or "numba" in sys.modules:
            out = np.empty((len(purposes), len(ids)))
            _compiled()(np.asarray(ids, dtype=np.int64), step, keys, out)
            return out
        return _plain(keys, np.array([step]), ids)[:, 0]

    def uniforms_over(self, purposes: tuple[str, ...], steps: range, ids: np.ndarray) -> np.ndarray:
        """`uniforms_of` for several steps in one pass: of few ids that costs little more than one step. Shape (purposes, steps, n)."""
        return _plain(self._keys(purposes), np.array(steps), ids)

    def normal_of(self, purpose: str, step: int, ids: np.ndarray) -> np.ndarray:
        """One standard normal draw for each id, by inversion. `ids` (n,); returns (n,)."""
        return inverse_normal(self.uniform_of(purpose, step, ids))

    def _keys(self, purposes: tuple[str, ...]) -> np.ndarray:
        return np.array([_words(self._text(purpose)) for purpose in purposes], dtype=np.int64)

    def _text(self, purpose: str) -> str:
        later = f"year {self.year}/" if self.year else ""  # the first year's luck is that of a run of one year
        return f"{self.seed}/{self.replication}/{later}{purpose}"

    def _stream(self, purpose: str, step: int) -> np.random.Generator:
        key = np.frombuffer(sha256(self._text(purpose).encode()).digest()[:16], dtype="<u8")
        return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, step]))


def inverse_normal(uniform: np.ndarray) -> np.ndarray:
    """The normal quantile of each draw (n,), to the bit as `statistics` gives it: near the middle a quotient of polynomials, beyond it one by one.

    Only sums, products and quotients are taken of columns, in the order of the scalar formula; the tails need a logarithm.
    Source: Wichura (1988), Algorithm AS 241, Applied Statistics 37, as in Python's `statistics.NormalDist.inv_cdf`.
    """
    found = np.empty(len(uniform))
    for first in range(0, len(uniform), _BLOCK):
        some = slice(first, first + _BLOCK)
        q = uniform[some] - 0.5
        r = 0.180625 - q * q
        above, below = np.full((2, len(q)), _MIDDLE[0][:, None])
        for up, down in _MIDDLE[1:]:
            above *= r
            above += up
            below *= r
            below += down
        found[some] = above * q / below
    tails = np.flatnonzero(np.abs(uniform - 0.5) > 0.425)
    found[tails] = list(map(NormalDist().inv_cdf, uniform[tails].tolist()))
    return found


@lru_cache(maxsize=256)
def _words(text: str) -> tuple[int, int]:
    """The key of an address: the first two words of 32 bits of its hash."""
    digest = sha256(text.encode()).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")


@cache
def _compiled():
    """`uniforms_of` in one compiled pass: the same integers, the same doubles."""
    import numba

    def draw(ids, step, keys, out):
        low = 0xFFFFFFFF
        for row in range(len(keys)):
            for i in range(len(ids)):
                c0, c1, c2, c3 = ids[i] & low, (ids[i] >> 32) & low, step, 0
                a, b = keys[row, 0], keys[row, 1]
                for _ in range(10):
                    p0, p1 = np.uint64(c0) * np.uint64(0xD2511F53), np.uint64(c2) * np.uint64(0xCD9E8D57)
                    h0, h1 = np.int64(p0 >> np.uint64(32)), np.int64(p1 >> np.uint64(32))
                    c0, c1, c2, c3 = h1 ^ c1 ^ a, np.int64(p1 & np.uint64(low)), h0 ^ c3 ^ b, np.int64(p0 & np.uint64(low))
                    a, b = (a + 0x9E3779B9) & low, (b + 0xBB67AE85) & low
                high = (c0 << 21) | (c1 >> 11)
                out[row, i] = (np.float64(high) + 0.5) * 2.0**-53

    try:
        return numba.njit(cache=True)(draw)  # it calls nothing else, so numba's own cache sees every change
    except RuntimeError:  # nowhere to keep it
        return numba.njit(draw)


def _plain(keys: np.ndarray, steps: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Draws of the ids (n,) at each of the steps under each of the `keys` (purposes, 2); (purposes, steps, n)."""
    ids, step = np.asarray(ids, dtype=np.uint64), steps.astype(np.uint64)[:, None]
    even, odd = np.zeros((2, 2, len(keys), len(steps), len(ids)), dtype=np.uint64)
    even[0], odd[0], even[1] = ids & _LOW, ids >> _HALF, step
    even, odd = _rounds(even, odd, keys.T.astype(np.uint64)[:, :, None, None])
    high = (even[0] << np.uint64(21)) | (odd[0] >> np.uint64(11))  # 53 bits: what a double holds
    return (high.astype(np.float64) + 0.5) * 2.0**-53


def philox(counter: list[np.ndarray], key: list[int]) -> list[np.ndarray]:
    """Philox4x32 with ten rounds on columns: four words of 32 bits (held in uint64) in, four out. Shapes (n,)."""
    even, odd = _rounds(np.array(counter[::2]), np.array(counter[1::2]), np.array(key, dtype=np.uint64)[:, None])
    return [even[0], odd[0], even[1], odd[1]]


def _rounds(even: np.ndarray, odd: np.ndarray, key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rounds on both halves at once: words 0 and 2 in `even`, 1 and 3 in `odd`, each (2, …, n) and overwritten; `key` (2, …, 1)."""
    shape = (2,) + (1,) * (even.ndim - 1)
    multiplier, product = _MULTIPLIERS.reshape(shape), np.empty_like(even)
    for turn in (key + _WEYL.reshape(10, *shape)) & _LOW:
        np.multiply(even, multiplier, out=product)
        crossed = product[::-1]
        np.right_shift(crossed, _HALF, out=even)
        even ^= odd
        even ^= turn
        np.bitwise_and(crossed, _LOW, out=odd)
    return even, odd
