"""How the compiled traders of the double auction are built and cached, and their luck: a draw is a function of its address.

Draw number `address` of a session's `key` is the scrambled sum key + address·golden ratio, as a float in [0, 1).
Source: SplitMix64, Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators, OOPSLA.
"""

import hashlib
from pathlib import Path

import numba
import numpy as np

from marketsim.matching.compiled import cache_folder, part

__all__ = ["draw", "kernel", "part"]

_GOLDEN, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def kernel(function):
    """Compile a function that Python calls; its machine code is kept under a key of all sources of this room's kernels."""
    digest = hashlib.sha256()
    for name in ("induced_kernel", "double_auction", "induced_random", "induced_zip", "induced_beliefs"):
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    folder = cache_folder() / digest.hexdigest()[:16]
    before = numba.config.CACHE_DIR
    try:
        folder.mkdir(parents=True, exist_ok=True)
        numba.config.CACHE_DIR = str(folder)  # read once, while decorating
        return numba.njit(cache=True, error_model="numpy", nogil=True)(function)
    except OSError:  # nowhere to write: compile in every process
        return numba.njit(error_model="numpy", nogil=True)(function)
    finally:
        numba.config.CACHE_DIR = before


@part
def draw(key, address):
    """The draw at `address` of the stream `key` (both uint64 and int64), from [0, 1)."""
    word = key + np.uint64(address) * _GOLDEN
    word = (word ^ (word >> _SHIFTS[0])) * _FIRST
    word = (word ^ (word >> _SHIFTS[1])) * _SECOND
    return np.float64((word ^ (word >> _SHIFTS[2])) >> _SHIFTS[3]) * 2.0**-53
