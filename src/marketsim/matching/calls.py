"""How Python sends one message: C functions that take plain integers and give a receipt, each a kernel within.

What numba puts around a kernel asks of every argument what it may be; with a tuple of eight that costs more than matching.
Here the compiled code speaks Python's stable C interface itself: `PyLong_AsLongLong`, the kernel, a tuple of the receipt's
type. An address of a Python object is an int64 like any other. A broken invariant of the checked build is printed and comes
back as SystemError.

Source: Python documentation, "C API and ABI stability", "Common object structures" (METH_FASTCALL); numba documentation, "cfunc".
"""

import ctypes

import numba
from numba import types

from marketsim.matching import face, interpreted
from marketsim.matching.compiled import callback, inner, words
from marketsim.matching.kernel_submit import NEED_ROOM, answer, cancel

METH_FASTCALL = 0x80
_load64, _number_of, _object_of, _error = words.load64, words.number_of, words.object_of, words.error
_allocate, _put_item = words.allocate, words.put_item


@inner
def _argument(arguments, place):
    return _number_of(_load64(arguments, place))


@inner
def _receipt(kind, answered):
    made = _allocate(kind, 4)
    if made != 0:
        _put_item(made, 0, _object_of(answered[0]))
        _put_item(made, 1, _object_of(answered[1]))
        _put_item(made, 2, _object_of(answered[2]))
        _put_item(made, 3, _object_of(answered[3]))
    return made


def _submit(receipt, arguments, _count):
    h = _argument(arguments, 0)
    m = (_argument(arguments, 1), _argument(arguments, 2), _argument(arguments, 3), _argument(arguments, 4),
         _argument(arguments, 5), _argument(arguments, 6), _argument(arguments, 7))
    if _error() != 0:
        return 0
    answered = answer(h, m)
    return _object_of(0) if answered[1] == NEED_ROOM else _receipt(receipt, answered)


def _cancel(receipt, arguments, _count):
    h, oid = _argument(arguments, 0), _argument(arguments, 1)
    if _error() != 0:
        return 0
    return _receipt(receipt, (oid, cancel(h, oid), 0, 0))


class _Method(ctypes.Structure):
    """CPython's PyMethodDef."""

    _fields_ = (("name", ctypes.c_char_p), ("address", ctypes.c_void_p), ("flags", ctypes.c_int), ("text", ctypes.c_char_p))


def _callable(function, name: bytes):
    """A Python callable of a function above, which gets the type of receipts as its first argument."""
    if numba.config.DISABLE_JIT:
        return lambda *given: interpreted.call(function, face.Receipt, given)
    compiled = callback(function, types.int64(types.int64, types.int64, types.int64))
    method = _Method(name, compiled.address, METH_FASTCALL, None)
    _KEPT.extend((compiled, method))
    make = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)(("PyCFunction_NewEx", ctypes.pythonapi))
    return make(ctypes.addressof(method), face.Receipt, None)


_KEPT: list[object] = []  # Python holds the addresses of these for good

submit_now = _callable(_submit, b"submit")
"""submit_now(address, kind, side, tick, lots, owner, book, peak): a receipt, or 0 when room must be made first."""
cancel_now = _callable(_cancel, b"cancel")
"""cancel_now(address, oid): a receipt."""
