"""`intrinsics` in plain Python, for kernels that run uncompiled (NUMBA_DISABLE_JIT=1): to measure coverage and plant faults.

Words are read and written where they lie, through ctypes; numbers wrap to signed 64 bits as LLVM's do.

Source: Python documentation, ctypes, "from_address".
"""

from ctypes import PYFUNCTYPE, addressof, c_int, c_int32, c_int64, c_ssize_t, c_uint8, c_uint32, c_void_p, cast, py_object, pythonapi

_WORD = 0xFFFFFFFFFFFFFFFF


def _signed(number: int) -> int:
    return ((number + (1 << 63)) & _WORD) - (1 << 63)


def load32(base: int, index: int) -> int:
    """Unsigned 32-bit word `index` behind `base`."""
    return c_uint32.from_address(base + 4 * int(index)).value


def load_signed32(base: int, index: int) -> int:
    """Signed 32-bit word `index` behind `base`."""
    return c_int32.from_address(base + 4 * int(index)).value


def load8(base: int, index: int) -> int:
    """Byte `index` behind `base`."""
    return c_uint8.from_address(base + int(index)).value


def load64(base: int, index: int) -> int:
    """Signed 64-bit word `index` behind `base`."""
    return c_int64.from_address(base + 8 * int(index)).value


def store8(base: int, index: int, value: int) -> None:
    """Write byte `index` behind `base`."""
    c_uint8.from_address(base + int(index)).value = int(value)


def store32(base: int, index: int, value: int) -> None:
    """Write 32-bit word `index` behind `base`."""
    c_uint32.from_address(base + 4 * int(index)).value = int(value)


def store_pair(base, index, first, second):
    """Write two neighbouring words of 32 bits."""
    store32(base, index, first)
    store32(base, index + 1, second)


def store64(base: int, index: int, value: int) -> None:
    """Write 64-bit word `index` behind `base`."""
    c_int64.from_address(base + 8 * int(index)).value = int(value)


def prefetch(base: int, index: int) -> None:
    """Nothing: a hint to the processor."""


def rarely(condition: bool) -> bool:
    """The condition itself."""
    return condition


def lowest_bit(word: int) -> int:
    """Place of the lowest set bit of a word that is not zero."""
    return (word & -word).bit_length() - 1


def shift_left(word: int, places: int) -> int:
    """Shift to the left by 0 to 63 places; what leaves the word is lost."""
    return _signed(word << places)


def shift_right(word: int, places: int) -> int:
    """Logical shift to the right (Python's is arithmetic)."""
    return (word & _WORD) >> places


def below(value: int, limit: int) -> bool:
    """Whether 0 ≤ value < limit."""
    return 0 <= value < limit


def wrapping_times(left: int, right: int) -> int:
    """Product modulo 2⁶⁴."""
    return _signed(left * right)


def wrapping_plus(left: int, right: int) -> int:
    """Sum modulo 2⁶⁴."""
    return _signed(left + right)


# Python's own C functions, for `calls`; an object is its address, and an error waits in `_errors` as it does in C.
_errors: list[Exception] = []
_number = PYFUNCTYPE(c_int64, c_void_p)(("PyLong_AsLongLong", pythonapi))
_forget = PYFUNCTYPE(None, c_void_p)(("Py_DecRef", pythonapi))
object_of = PYFUNCTYPE(c_void_p, c_int64)(("PyLong_FromLongLong", pythonapi))
allocate = PYFUNCTYPE(c_void_p, c_void_p, c_ssize_t)(("PyType_GenericAlloc", pythonapi))
put_item = PYFUNCTYPE(c_int, c_void_p, c_ssize_t, c_void_p)(("PyTuple_SetItem", pythonapi))


def number_of(address: int) -> int:
    """The whole number at an address; −1 and an error for anything else."""
    try:
        return _number(address)
    except (TypeError, OverflowError) as fault:
        _errors.append(fault)
        return -1


def error() -> int:
    """Whether an error waits."""
    return len(_errors)


def call(function, receiver: object, given: tuple) -> object:
    """Call a function of `calls` as Python calls a C function of its fast convention."""
    arguments = (c_void_p * len(given))(*map(id, given))
    made = function(id(receiver), addressof(arguments), len(given))
    if made == 0:
        fault = _errors[0] if _errors else MemoryError()
        _errors.clear()
        raise fault
    result = cast(made, py_object).value
    _forget(made)
    return result
