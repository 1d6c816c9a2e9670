from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tritonclient.utils import deserialize_bytes_tensor, serialize_byte_tensor

from contracts.errors import InvalidRequest
from modeling.protocols.tensor_codec import DTYPES, datatype_of, from_binary, from_json, to_binary, to_json

NUMBERS = [name for name in DTYPES if name != "BYTES"]


@given(st.sampled_from(NUMBERS), st.binary(max_size=64))
def test_numbers_of_every_width_survive_binary(datatype: str, data: bytes) -> None:
    size = DTYPES[datatype].itemsize
    data = bytes(byte & 1 for byte in data) if datatype == "BOOL" else data[: len(data) // size * size]
    found = from_binary(data, datatype, len(data) // size, "x")
    assert datatype_of(found) == datatype
    assert to_binary(found) == data


@given(st.lists(st.binary(max_size=9)))
def test_bytes_are_written_and_read_as_tritons_client_does(elements: list[bytes]) -> None:
    array = np.empty(len(elements), object)
    array[:] = elements
    ours = to_binary(array)
    assert from_binary(ours, "BYTES", len(elements), "x").tolist() == elements
    if elements:
        theirs = serialize_byte_tensor(array)
        assert theirs is not None
        assert theirs.item() == ours
        assert deserialize_bytes_tensor(ours).tolist() == elements


@given(st.binary(max_size=40), st.sampled_from(list(DTYPES)), st.integers(0, 5))
def test_any_bytes_are_read_or_refused(data: bytes, datatype: str, count: int) -> None:
    try:
        found = from_binary(data, datatype, count, "inputs.x")
    except InvalidRequest:
        return
    assert len(found) == count
    assert to_binary(found) == data


@pytest.mark.parametrize(
    ("data", "datatype", "count", "message"),
    [
        (b"\0" * 7, "FP32", 2, "2 elements of FP32 are 8 bytes. Received: 7 bytes"),
        (b"\0\2", "BOOL", 2, "0 or 1"),
        (b"\1\0\0", "BYTES", 1, r"x\[0\]: the data ends within an element's length"),
        (b"\0\0\0\0\xff\xff\xff\xffab", "BYTES", 2, r"x\[1\]: must be 4294967295 bytes long, but only 2 bytes"),
        (b"\0\0\0\0", "BYTES", 2, "must have 2 elements, by its shape. Received: 1"),
    ],
)
def test_truncated_binary_data(data: bytes, datatype: str, count: int, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        from_binary(data, datatype, count, "x")


@pytest.mark.parametrize("shape", [[2], [2, 1], [2, 1, 1]])
def test_data_is_flat_or_nested_as_its_shape_says(shape: list[int]) -> None:
    assert from_json([1.5, None], "FP32", shape, "x") == [1.5, None]
    nested: Any = [1.5, None]
    for _ in shape[1:]:
        nested = [[each] for each in nested] if shape == [2, 1] else [[[each]] for each in [1.5, None]]
    assert from_json(nested, "FP32", shape, "x") == [1.5, None]


@pytest.mark.parametrize(
    ("data", "datatype", "shape", "message"),
    [
        (1, "FP32", [1], "must be a list"),
        ([1], "FP32", [2], r"must have 2 elements, by its shape \[2\]. Received: 1"),
        ([[1], [2]], "FP32", [2], r"x\[0\]: FP32 must be a number"),
        ([[1], 2], "FP32", [2, 1], "FP32 must be a number"),
        ([[1, 2], [3]], "FP32", [2, 1], "must have 2 elements.*Received: 3"),
        ([True], "FP32", [1], r"x\[0\]: FP32 must be a number.*Received: true"),
        (["a"], "FP64", [1], "FP64 must be a number"),
        ([0, 1.5], "INT64", [2], r"x\[1\]: INT64 must be a whole number"),
        ([0, 300], "INT8", [2], r"x\[1\]: INT8 must be from -128 to 127. Received: 300"),
        ([-1], "UINT64", [1], "UINT64 must be from 0"),
        ([1], "BOOL", [1], "BOOL must be true or false"),
        ([1], "BYTES", [1], "BYTES must be text"),
    ],
)
def test_data_that_is_not_what_it_says(data: Any, datatype: str, shape: list[int], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        from_json(data, datatype, shape, "x")


def test_outputs_are_written_row_by_row() -> None:
    array = np.array([[1, 2], [3, 4]], np.int64)
    assert to_json(array) == [1, 2, 3, 4]
    assert to_binary(array.T) == np.array([1, 3, 2, 4], "<i8").tobytes()
    assert to_json(np.array([[b"a"], ["é".encode()]], object)) == ["a", "é"]
