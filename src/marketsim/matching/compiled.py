"""How kernels are compiled and cached, and how they read memory: loads and stores at an address, nothing more.

Passing arrays into a compiled function costs more than matching an order, so kernels get the address of one header
(`layout`) and reach everything from there. With MARKETSIM_CHECKED=1 every access is checked against the length that
stands in front of its buffer, and `check` raises; otherwise both vanish.

The cache folder is keyed by the sources of all kernels, the checked flag and the processor, because numba's own cache
does not see a change in a called function. Integers are int64 throughout: numba makes uint64 + int64 a float.

Source: numba documentation, "Low-level extension API" (intrinsics) and "Notes on caching" (5 limitations).
"""

import hashlib
import os
from pathlib import Path

import numba
from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic

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
    dispatcher.compile(tuple(argument_types))
    return dispatcher.overloads[tuple(argument_types)].entry_point


def _pointer(builder, base, index, width: int):
    offset = builder.mul(index, ir.Constant(ir.IntType(64), width // 8))
    return builder.inttoptr(builder.add(base, offset), ir.IntType(width).as_pointer())


@intrinsic
def _load32(typing_context, base, index):
    def generate(context, builder, signature, args):
        value = builder.load(_pointer(builder, args[0], args[1], 32), align=4)
        return builder.zext(value, ir.IntType(64))
    return types.int64(types.int64, types.int64), generate


@intrinsic
def _load_signed32(typing_context, base, index):
    def generate(context, builder, signature, args):
        value = builder.load(_pointer(builder, args[0], args[1], 32), align=4)
        return builder.sext(value, ir.IntType(64))
    return types.int64(types.int64, types.int64), generate


@intrinsic
def _load8(typing_context, base, index):
    def generate(context, builder, signature, args):
        value = builder.load(_pointer(builder, args[0], args[1], 8), align=1)
        return builder.zext(value, ir.IntType(64))
    return types.int64(types.int64, types.int64), generate


@intrinsic
def _load64(typing_context, base, index):
    def generate(context, builder, signature, args):
        return builder.load(_pointer(builder, args[0], args[1], 64), align=8)
    return types.int64(types.int64, types.int64), generate


@intrinsic
def _store8(typing_context, base, index, value):
    def generate(context, builder, signature, args):
        builder.store(builder.trunc(args[2], ir.IntType(8)), _pointer(builder, args[0], args[1], 8), align=1)
        return context.get_dummy_value()
    return types.void(types.int64, types.int64, types.int64), generate


@intrinsic
def _store32(typing_context, base, index, value):
    def generate(context, builder, signature, args):
        builder.store(builder.trunc(args[2], ir.IntType(32)), _pointer(builder, args[0], args[1], 32), align=4)
        return context.get_dummy_value()
    return types.void(types.int64, types.int64, types.int64), generate


@intrinsic
def _store64(typing_context, base, index, value):
    def generate(context, builder, signature, args):
        builder.store(args[2], _pointer(builder, args[0], args[1], 64), align=8)
        return context.get_dummy_value()
    return types.void(types.int64, types.int64, types.int64), generate


@intrinsic
def prefetch(typing_context, base, index):
    """Ask for the cache line of 32-bit word `index` behind `base`; any address is harmless."""
    def generate(context, builder, signature, args):
        i32, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        function = builder.module.declare_intrinsic("llvm.prefetch", [pointer], ir.FunctionType(
            ir.VoidType(), [pointer, i32, i32, i32]))
        address = builder.bitcast(_pointer(builder, args[0], args[1], 32), pointer)
        builder.call(function, [address, i32(1), i32(3), i32(1)])
        return context.get_dummy_value()
    return types.void(types.int64, types.int64), generate


@intrinsic
def lowest_bit(typing_context, word):
    """Place of the lowest set bit of a word that is not zero."""
    def generate(context, builder, signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))
    return types.int64(types.int64), generate


@intrinsic
def shift_right(typing_context, word, places):
    """Logical shift to the right (Python's is arithmetic)."""
    def generate(context, builder, signature, args):
        return builder.lshr(args[0], args[1])
    return types.int64(types.int64, types.int64), generate


@intrinsic
def below(typing_context, value, limit):
    """Whether 0 ≤ value < limit, for a limit that is not negative, in one comparison."""
    def generate(context, builder, signature, args):
        return builder.icmp_unsigned("<", args[0], args[1])
    return types.boolean(types.int64, types.int64), generate


@intrinsic
def wrapping_times(typing_context, left, right):
    """Product modulo 2⁶⁴ (numba lets LLVM assume that a plain signed product never overflows)."""
    def generate(context, builder, signature, args):
        return builder.mul(args[0], args[1])
    return types.int64(types.int64, types.int64), generate


@intrinsic
def wrapping_plus(typing_context, left, right):
    """Sum modulo 2⁶⁴."""
    def generate(context, builder, signature, args):
        return builder.add(args[0], args[1])
    return types.int64(types.int64, types.int64), generate


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
def get64(base, index):
    """64-bit word `index` of the buffer at `base`."""
    _inside(base, index, 8)
    return _load64(base, index)


@part
def put64(base, index, value):
    """Write 64-bit word `index` of the buffer at `base`."""
    _inside(base, index, 8)
    _store64(base, index, value)


# Columns of a caller's arrays have no length in front; the batch kernel checks their row count once instead.
column8, column32, write_column8 = _load8, _load_signed32, _store8
