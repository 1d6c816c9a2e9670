"""The registers of an HLL sketch, filled as Apache DataSketches fills them, so that sketches of both can be merged.

Source: Apache DataSketches, `HllUtil` and `MurmurHash3`: a value is hashed with MurmurHash3 (x64, 128 bits, seed 9001); the low
bits of the first half choose the register, which keeps the largest number of leading zeros of the second half, plus one.
Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog", 2007. Registers only depend on the set of values; they merge by maximum.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.memory import leading_zeros

_SEED = np.uint64(9001)
_C1 = np.uint64(0x87C37B91114253D5)
_C2 = np.uint64(0x4CF5AD432745937F)
_MOST_ZEROS = 62


@njit(inline="always")
def _final_mix(h):
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


@njit(inline="always")
def _murmur(value):
    """Return MurmurHash3_x64_128 of the eight bytes of a uint64, as two uint64."""
    k = value * _C1
    k = ((k << np.uint64(31)) | (k >> np.uint64(33))) * _C2
    first = (_SEED ^ k) ^ np.uint64(8)
    second = _SEED ^ np.uint64(8)
    first += second
    second += first
    first, second = _final_mix(first), _final_mix(second)
    first += second
    return first, second + first


@njit(cache=True, nogil=True)
def fill_registers(bits, registers):
    """Add values to uint8 `registers`, a power of two of them. `bits` uint64: of doubles (no -0.0), or of int64s."""
    mask = np.uint64(len(registers) - 1)
    for i in range(len(bits)):
        first, second = _murmur(bits[i])
        zeros = min(leading_zeros(second), _MOST_ZEROS) + 1
        register = first & mask
        registers[register] = max(registers[register], zeros)
