"""How kernels are compiled and cached, and how they read memory: loads and stores at an address, nothing more.

Passing arrays into a compiled function costs more than matching an order, so kernels get the address of one header
(`layout`) and reach everything from there. With MARKETSIM_CHECKED=1 every access is checked against the length that
stands in front of its buffer, and `check` raises; otherwise both vanish. With NUMBA_DISABLE_JIT=1 nothing is compiled:
the kernels are plain Python, slow, and open to tools that measure or change Python.

The cache folder is keyed by the sources of all kernels, the checked flag and the processor, because numba's own cache
does not see a change in a called function. Integers are int64 throughout: numba makes uint64 + int64 a float.

Source: numba documentation, "Low-level extension API" (intrinsics) and "Notes on caching" (5 limitations).
"""

import hashlib
import os
from pathlib import Path

import numba
from llvmlite import binding

if numba.config.DISABLE_JIT:
    from marketsim.matching import interpreted as words
else:
    from marketsim.matching import intrinsics as words

below, lowest_bit, prefetch, rarely = words.below, words.lowest_bit, words.prefetch, words.rarely
shift_left, shift_right = words.shift_left, words.shift_right
wrapping_plus, wrapping_times = words.wrapping_plus, words.wrapping_times
_load32, _load_signed32, _load64 = words.load32, words.load_signed32, words.load64
_store32, _store_pair, _store64 = words.store32, words.store_pair, words.store64
# Columns of a caller's arrays have no length in front; the batch kernel checks their row count once instead.
column8, column32, write_column8 = words.load8, words.load_signed32, words.store8

CHECKED = os.environ.get("MARKETSIM_CHECKED", "0") not in ("", "0")


def cache_folder() -> Path:
    """Folder of the compiled kernels of this very source, flag and processor."""
    root = os.environ.get("MARKETSIM_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "marketsim"
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    digest.update(f"{CHECKED} {binding.get_host_cpu_name()} {numba.__version__}".encode())
    return Path(root) / "kernels" / digest.hexdigest()[:16]


def _cache_works(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.access(folder, os.W_OK)
    except OSError:
        return False


_FOLDER = cache_folder()
_CACHED = _cache_works(_FOLDER)


def kernel(function):
    """Compile a function that Python calls; its machine code is kept in `cache_folder()`."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_FOLDER)  # read once, while decorating
    try:
        return numba.njit(cache=_CACHED, error_model="numpy", nogil=True)(function)
    finally:
        numba.config.CACHE_DIR = before


def part(function):
    """Compile a function that only kernels call; it is inlined or linked into them."""
    return numba.njit(error_model="numpy", nogil=True)(function)


def inner(function):
    """As `part`, but always inlined (unless checked): for the few functions on the path of every message."""
    return numba.njit(error_model="numpy", nogil=True, forceinline=not CHECKED)(function)


def entry(dispatcher, *argument_types):
    """The C entry of a kernel for these argument types: called from Python it skips numba's look at every argument."""
    if numba.config.DISABLE_JIT:
        return dispatcher
    dispatcher.compile(tuple(argument_types))
    return dispatcher.overloads[tuple(argument_types)].entry_point


def callback(function, signature):
    """A kernel that C code calls by its `address`, for a numba signature; kept as `kernel` keeps it."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_FOLDER)
    try:
        return numba.cfunc(signature, cache=_CACHED, error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = before


@part
def check(condition):
    """Raise AssertionError unless `condition` holds; nothing at all outside the checked build."""
    if CHECKED:
        if not condition:
            raise AssertionError("matching core: an invariant is broken")


@part
def _inside(base, index, width):
    if CHECKED:
        if base == 0 or index < 0 or (index + 1) * width > _load64(base, -1):
            raise IndexError("matching core: memory access outside its buffer")


@part
def get32(base, index):
    """Unsigned 32-bit word `index` of the buffer at `base`."""
    _inside(base, index, 4)
    return _load32(base, index)


@part
def get_signed32(base, index):
    """Signed 32-bit word `index` of the buffer at `base`."""
    _inside(base, index, 4)
    return _load_signed32(base, index)


@part
def put32(base, index, value):
    """Write 32-bit word `index` of the buffer at `base`."""
    _inside(base, index, 4)
    _store32(base, index, value)


@part
def put_pair(base, index, first, second):
    """Write 32-bit words `index` and `index` + 1 of the buffer at `base` with one store."""
    _inside(base, index, 4)
    _inside(base, index + 1, 4)
    _store_pair(base, index, first, second)


@part
def get64(base, index):
    """64-bit word `index` of the buffer at `base`."""
    _inside(base, index, 8)
    return _load64(base, index)


@part
def put64(base, index, value):
    """Write 64-bit word `index` of the buffer at `base`."""
    _inside(base, index, 8)
    _store64(base, index, value)

