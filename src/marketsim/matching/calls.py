"""How Python sends one message: C functions that take plain integers and give a receipt, each a kernel within.

What numba puts around a kernel asks of every argument what it may be; with a tuple of eight that costs more than matching.
Here the compiled code speaks Python's stable C interface itself: `PyLong_AsLongLong`, the kernel, a tuple of the receipt's
type. In the checked build and without compiling, plain functions of the same face send the message.

Source: Python documentation, "C API and ABI stability", "Common object structures" (METH_FASTCALL); numba documentation, "cfunc".
"""

import ctypes
from operator import index

import numba
from numba import types

from marketsim.matching import face
from marketsim.matching.compiled import CHECKED, callback, get64, inner
from marketsim.matching.kernel_submit import NEED_ROOM, answer, cancel, cancel_one, submit_one

_WORD = types.int64  # an address too
_number_of = types.ExternalFunction("PyLong_AsLongLong", _WORD(_WORD))
_object_of = types.ExternalFunction("PyLong_FromLongLong", _WORD(_WORD))
_error = types.ExternalFunction("PyErr_Occurred", _WORD())
_allocate = types.ExternalFunction("PyType_GenericAlloc", _WORD(_WORD, _WORD))
_put = types.ExternalFunction("PyTuple_SetItem", types.int32(_WORD, _WORD, _WORD))
METH_FASTCALL = 0x80


@inner
def _argument(arguments, place):
    return _number_of(get64(arguments, place))


@inner
def _receipt(kind, answered):
    made = _allocate(kind, 4)
    if made != 0:
        _put(made, 0, _object_of(answered[0]))
        _put(made, 1, _object_of(answered[1]))
        _put(made, 2, _object_of(answered[2]))
        _put(made, 3, _object_of(answered[3]))
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
    """A Python callable of the compiled function, which gets the type of receipts as its `self`."""
    compiled = callback(function, _WORD(_WORD, _WORD, _WORD))
    method = _Method(name, compiled.address, METH_FASTCALL, None)
    _KEPT.extend((compiled, method))
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
    return make(ctypes.addressof(method), face.Receipt, None)


_KEPT: list[object] = []  # Python holds the addresses of these for good


def _submit_plainly(address: int, *message: int) -> face.Receipt | None:
    answered = submit_one(address, tuple(map(index, message)))
    return None if answered[1] == NEED_ROOM else face.Receipt(*answered)


def _cancel_plainly(address: int, oid: int) -> face.Receipt:
    return face.Receipt(oid, cancel_one(address, index(oid)), 0, 0)


# submit_now(address, kind, side, tick, lots, owner, book, peak): a receipt, or something false when room must be made first.
# cancel_now(address, oid): a receipt.
_PLAIN = CHECKED or numba.config.DISABLE_JIT
submit_now = _submit_plainly if _PLAIN else _callable(_submit, b"submit")
cancel_now = _cancel_plainly if _PLAIN else _callable(_cancel, b"cancel")
