"""What the kernels do to memory and words, as LLVM instructions: loads, stores, prefetch, bit counts, wrapping arithmetic.

A pointer is a buffer's base and an index in it, and words of different widths are declared apart: so LLVM knows that a store
to the arena leaves the header as it was, and keeps what it read. `interpreted` says the same in plain Python.

Source: LLVM language reference, "getelementptr" and "TBAA metadata"; numba documentation, "Low-level extension API".
"""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def _pointer(builder, base, index, width: int):
    return builder.gep(builder.inttoptr(base, ir.IntType(width).as_pointer()), [index])


def _apart(builder, instruction, width: int):
    """Tell LLVM that words of different widths never share memory."""
    root = builder.module.add_metadata(["marketsim matching"])
    kind = builder.module.add_metadata([f"word {width}", root, ir.Constant(ir.IntType(64), 0)])
    instruction.set_metadata("tbaa", builder.module.add_metadata([kind, kind, ir.Constant(ir.IntType(64), 0)]))
    return instruction


@intrinsic
def load32(typing_context, base, index):
    """Unsigned 32-bit word `index` behind `base`."""
    def generate(context, builder, signature, args):
        value = _apart(builder, builder.load(_pointer(builder, args[0], args[1], 32), align=4), 32)
        return builder.zext(value, ir.IntType(64))
    return types.int64(types.int64, types.int64), generate


@intrinsic
def load_signed32(typing_context, base, index):
    """Signed 32-bit word `index` behind `base`."""
    def generate(context, builder, signature, args):
        value = _apart(builder, builder.load(_pointer(builder, args[0], args[1], 32), align=4), 32)
        return builder.sext(value, ir.IntType(64))
    return types.int64(types.int64, types.int64), generate


@intrinsic
def load8(typing_context, base, index):
    """Byte `index` behind `base`."""
    def generate(context, builder, signature, args):
        value = _apart(builder, builder.load(_pointer(builder, args[0], args[1], 8), align=1), 8)
        return builder.zext(value, ir.IntType(64))
    return types.int64(types.int64, types.int64), generate


@intrinsic
def load64(typing_context, base, index):
    """Signed 64-bit word `index` behind `base`."""
    def generate(context, builder, signature, args):
        return _apart(builder, builder.load(_pointer(builder, args[0], args[1], 64), align=8), 64)
    return types.int64(types.int64, types.int64), generate


@intrinsic
def store8(typing_context, base, index, value):
    """Write byte `index` behind `base`."""
    def generate(context, builder, signature, args):
        _apart(builder, builder.store(builder.trunc(args[2], ir.IntType(8)), _pointer(builder, args[0], args[1], 8), align=1), 8)
        return context.get_dummy_value()
    return types.void(types.int64, types.int64, types.int64), generate


@intrinsic
def store32(typing_context, base, index, value):
    """Write 32-bit word `index` behind `base`."""
    def generate(context, builder, signature, args):
        _apart(builder, builder.store(builder.trunc(args[2], ir.IntType(32)), _pointer(builder, args[0], args[1], 32), align=4), 32)
        return context.get_dummy_value()
    return types.void(types.int64, types.int64, types.int64), generate


@intrinsic
def store_pair(typing_context, base, index, first, second):
    """Write 32-bit words `index` and `index` + 1 behind `base` with one store."""
    def generate(context, builder, signature, args):
        low, high = (builder.zext(builder.trunc(args[n], ir.IntType(32)), ir.IntType(64)) for n in (2, 3))
        both = builder.or_(low, builder.shl(high, ir.Constant(ir.IntType(64), 32)))
        pointer = builder.bitcast(_pointer(builder, args[0], args[1], 32), ir.IntType(64).as_pointer())
        _apart(builder, builder.store(both, pointer, align=4), 32)
        return context.get_dummy_value()
    return types.void(types.int64, types.int64, types.int64, types.int64), generate


@intrinsic
def store64(typing_context, base, index, value):
    """Write 64-bit word `index` behind `base`."""
    def generate(context, builder, signature, args):
        _apart(builder, builder.store(args[2], _pointer(builder, args[0], args[1], 64), align=8), 64)
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
def rarely(typing_context, condition):
    """The condition, with word to LLVM that it seldom holds: what it guards is laid out of the way."""
    def generate(context, builder, signature, args):
        bit = ir.IntType(1)
        function = builder.module.declare_intrinsic("llvm.expect", [bit], ir.FunctionType(bit, [bit, bit]))
        return builder.call(function, [args[0], bit(0)])
    return types.boolean(types.boolean), generate


@intrinsic
def lowest_bit(typing_context, word):
    """Place of the lowest set bit of a word that is not zero."""
    def generate(context, builder, signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))
    return types.int64(types.int64), generate


@intrinsic
def shift_left(typing_context, word, places):
    """Shift to the left by 0 to 63 places; what leaves the word is lost (Python's word grows)."""
    def generate(context, builder, signature, args):
        return builder.shl(args[0], args[1])
    return types.int64(types.int64, types.int64), generate


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


# Python's own C functions, for `calls`; an object is its address.
number_of = types.ExternalFunction("PyLong_AsLongLong", types.int64(types.int64))
object_of = types.ExternalFunction("PyLong_FromLongLong", types.int64(types.int64))
error = types.ExternalFunction("PyErr_Occurred", types.int64())
allocate = types.ExternalFunction("PyType_GenericAlloc", types.int64(types.int64, types.int64))
put_item = types.ExternalFunction("PyTuple_SetItem", types.int32(types.int64, types.int64, types.int64))
