"""The values that Arrow does not convert, by bisection."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.values.refused import refused


def as_int8(values: pa.Array) -> pa.Array:
    return values.cast(pa.int8())


@given(st.lists(st.one_of(st.none(), st.integers(-200, 200)), max_size=60), st.integers(0, 9))
def test_exactly_the_values_that_do_not_convert_are_named(values: list[int | None], first: int) -> None:
    wrong = [first + row for row, value in enumerate(values) if value is not None and not -128 <= value <= 127]
    assert refused(pa.array(values, pa.int64()), as_int8, first) == wrong


@pytest.mark.parametrize("rows", [[], [0], [4095], [0, 4095], [7, 8, 9]])
def test_few_among_many_are_sought_in_few_steps(rows: list[int]) -> None:
    texts = ["x" if row in rows else "1" for row in range(4096)]
    converted: list[int] = []

    def convert(values: pa.Array) -> None:
        converted.append(len(values))
        values.cast(pa.int64())

    assert refused(pa.array(texts), convert) == rows
    assert len(converted) <= 1 + 2 * 12 * len(rows)


def test_other_errors_are_not_hidden() -> None:
    def convert(values: pa.Array) -> None:
        raise TypeError

    with pytest.raises(TypeError):
        refused(pa.array([1]), convert)
