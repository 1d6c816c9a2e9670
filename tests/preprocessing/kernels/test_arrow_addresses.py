"""Addresses of Arrow buffers, read back through ctypes."""

from __future__ import annotations

import ctypes
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from preprocessing.kernels.arrow_addresses import Column, column


@pytest.mark.parametrize(("kind", "ctype"), [(pa.int64(), ctypes.c_int64), (pa.float64(), ctypes.c_double)])
def test_values_are_at_the_address_from_the_start_of_the_slice(kind: pa.DataType, ctype: type[ctypes.c_int64]) -> None:
    array = pa.array([7, 8, 9, 10], kind).slice(2)
    addresses = column(array)
    assert (addresses.start, addresses.offsets, addresses.bitmap) == (2, 0, 0)
    values = (ctype * 4).from_address(addresses.values)
    assert list(values[addresses.start :]) == array.to_pylist()


def test_bytes_are_between_their_offsets() -> None:
    array = pa.array([b"left out", b"ab", b"", b"cde"], pa.binary()).slice(1)
    addresses = column(array)
    offsets = np.ctypeslib.as_array((ctypes.c_int32 * 5).from_address(addresses.offsets))[addresses.start :]
    text = [ctypes.string_at(addresses.values + int(a), int(b - a)) for a, b in pairwise(offsets)]
    assert text == [b"ab", b"", b"cde"]


def test_the_bitmap_has_a_bit_per_value() -> None:
    array = pa.array([1, None, None, 4], pa.int64())
    bitmap = ctypes.c_uint8.from_address(column(array).bitmap).value
    assert [bitmap >> i & 1 for i in range(4)] == [1, 0, 0, 1]


def test_a_slice_without_missing_values_has_no_bitmap() -> None:
    array = pa.array([None, 1, 2], pa.int64())
    assert column(array).bitmap != 0
    assert column(array.slice(1)).bitmap == 0


@pytest.mark.parametrize("kind", [pa.binary(), pa.int64()])
def test_a_column_of_missing_values_has_addresses_of_what_is_there(kind: pa.DataType) -> None:
    addresses = column(pa.array([None, None], kind))
    assert isinstance(addresses, Column)
    assert addresses.bitmap != 0
    assert (addresses.offsets != 0) == (kind == pa.binary())
