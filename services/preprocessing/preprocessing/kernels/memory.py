"""Reads and writes at an address, so that a kernel can walk Arrow's buffers without copying them, and CRC32C in hardware.

Every function here trusts its address: only `preprocessing.kernels` calls them, with addresses of live arrays from
`arrow_addresses`.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic


def _reader(numba_type: types.Type, kind: ir.Type):
    @intrinsic
    def read(typing_context, address):
        def generate(context, builder, signature, arguments):
            pointer = builder.inttoptr(arguments[0], kind.as_pointer())
            return builder.load(pointer, align=1)

        return numba_type(types.int64), generate

    return read


def _writer(numba_type: types.Type, bits: int):
    @intrinsic
    def write(typing_context, address, value):
        def generate(context, builder, signature, arguments):
            pointer = builder.inttoptr(arguments[0], ir.IntType(bits).as_pointer())
            builder.store(arguments[1], pointer, align=1)
            return context.get_dummy_value()

        return types.void(types.int64, numba_type), generate

    return write


read_u8 = _reader(types.uint8, ir.IntType(8))
read_i32 = _reader(types.int32, ir.IntType(32))
read_u32 = _reader(types.uint32, ir.IntType(32))
read_i64 = _reader(types.int64, ir.IntType(64))
read_u64 = _reader(types.uint64, ir.IntType(64))
read_f32 = _reader(types.float32, ir.FloatType())


@intrinsic
def bits_of_double(typing_context, value):
    """Return the 64 bits of a double, as uint64."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.uint64(types.float64), generate


@intrinsic
def leading_zeros(typing_context, value):
    """Return the number of leading zero bits of a uint64, as int64."""

    def generate(context, builder, signature, arguments):
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


write_u8 = _writer(types.uint8, 8)
write_u32 = _writer(types.uint32, 32)
write_u64 = _writer(types.uint64, 64)


@intrinsic
def prefetch(typing_context, address):
    """Prefetch the cache line at an address that will be read or written soon; any address is allowed."""

    def generate(context, builder, signature, arguments):
        i32 = ir.IntType(32)
        pointer = ir.PointerType(ir.IntType(8))
        kind = ir.FunctionType(ir.VoidType(), [pointer, i32, i32, i32])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        given = builder.inttoptr(arguments[0], pointer)
        builder.call(function, [given, *(ir.Constant(i32, value) for value in (1, 3, 1))])  # to write, keep, data
        return context.get_dummy_value()

    return types.void(types.int64), generate


@njit(inline="always", cache=True)
def is_valid(bitmap, position):
    """Return true if the Arrow validity bitmap at that address has the bit; address 0: no bitmap, all valid."""
    if bitmap == 0:
        return True
    return (read_u8(bitmap + (position >> 3)) >> np.uint8(position & 7)) & np.uint8(1) != 0


@njit(inline="always")
def copy_bytes(target, source, length):
    """Copy `length` bytes between regions that do not overlap; returns the address after the last."""
    end = target + length
    if length >= 8:
        while target + 8 <= end:
            write_u64(target, read_u64(source))
            target += 8
            source += 8
        if target < end:  # rewrites the last eight bytes, instead of a loop over the rest
            back = end - 8 - target
            write_u64(target + back, read_u64(source + back))
    else:
        while target < end:
            write_u8(target, read_u8(source))
            target += 1
            source += 1
    return end


@njit(inline="always")
def equal_bytes(first, second, length):
    """Return true if `length` bytes are equal at both addresses."""
    while length >= 8:
        if read_u64(first) != read_u64(second):
            return False
        first += 8
        second += 8
        length -= 8
    while length > 0:
        if read_u8(first) != read_u8(second):
            return False
        first += 1
        second += 1
        length -= 1
    return True


def _hardware_instruction() -> str | None:
    """Return the LLVM intrinsic that adds eight bytes to a CRC32C on this processor, or None."""
    architecture = llvm.get_process_triple().partition("-")[0]
    features = llvm.get_host_cpu_features()
    if architecture == "x86_64" and features.get("sse4.2"):
        return "llvm.x86.sse42.crc32.64.64"
    if architecture in ("aarch64", "arm64") and features.get("crc", True):
        return "llvm.aarch64.crc32cx"
    return None


_INSTRUCTION = _hardware_instruction()


def _crc_table() -> np.ndarray:
    """Return the 256 remainders of the Castagnoli polynomial, reflected: RFC 3720, appendix B.4."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0x82F63B78), table >> 1).astype(np.uint32)
    return table


_TABLE = _crc_table()

if _INSTRUCTION is not None:

    @intrinsic
    def _crc_eight(typing_context, crc, value):  # pyright: ignore[reportRedeclaration]
        """Add eight bytes to a CRC32C; `crc` and the result are uint32 in 64 bits."""

        def generate(context, builder, signature, arguments):
            i64, i32 = ir.IntType(64), ir.IntType(32)
            wide = str(_INSTRUCTION).endswith("64.64")
            state = i64 if wide else i32
            function = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(state, [state, i64]), _INSTRUCTION
            )
            first = arguments[0] if wide else builder.trunc(arguments[0], i32)
            result = builder.call(function, [first, arguments[1]])
            return result if wide else builder.zext(result, i64)

        return types.uint64(types.uint64, types.uint64), generate

else:

    @njit(inline="always", cache=True)
    def _crc_eight(crc, value):  # pyright: ignore[reportRedeclaration]
        mixed = crc ^ value
        for _ in range(8):
            mixed = np.uint64(_TABLE[mixed & np.uint64(255)]) ^ (mixed >> np.uint64(8))
        return mixed


@njit(cache=True)
def masked_crc32c(address, length):
    """Return CRC32C of `length` bytes, rotated and offset as the TFRecord format requires.

    Source: TensorFlow's `core/lib/io/record_writer` format notes; the mask keeps a CRC over data that holds CRCs useful.
    """
    crc = np.uint64(0xFFFFFFFF)
    end = address + length
    while address + 8 <= end:
        crc = _crc_eight(crc, read_u64(address))
        address += 8
    while address < end:
        index = (crc ^ np.uint64(read_u8(address))) & np.uint64(255)
        crc = np.uint64(_TABLE[index]) ^ (crc >> np.uint64(8))
        address += 1
    value = np.uint32(crc ^ np.uint64(0xFFFFFFFF))
    rotated = np.uint32((value >> np.uint32(15)) | (value << np.uint32(17)))
    return np.uint32(rotated + np.uint32(0xA282EAD8))  # numba adds in 64 bits
