"""Addressed luck: every draw is a function of (seed, replication, purpose, step, position), never of call order.

The key of a counter-based generator (Philox 4x64) comes from (seed, replication, purpose), the counter from the step, and
the position in the stream from the id of whoever draws. Adding a market or a firm leaves everybody else's luck as it was.

Source: Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
"""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Luck:
    """The luck of one replication of one seed; options and futures are never part of the address."""

    seed: int
    replication: int = 0

    def _generator(self, purpose: str, step: int) -> np.random.Generator:
        address = f"{self.seed}/{self.replication}/{purpose}".encode()
        key = np.frombuffer(sha256(address).digest()[:16], dtype="<u8")
        return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, step]))

    def uniform(self, purpose: str, step: int, n: int) -> np.ndarray:
        """`n` draws from [0, 1): position i belongs to id i whatever `n` is. Shape (n,)."""
        return self._generator(purpose, step).random(n)

    def normal(self, purpose: str, step: int, n: int) -> np.ndarray:
        """`n` standard normal draws; a longer array starts with the shorter one. Shape (n,)."""
        return self._generator(purpose, step).standard_normal(n)
