from __future__ import annotations

import pickle

import pyarrow as pa
import pytest
from tests.expression_cases import arrays, parsed

from sources.expressions.compile_arrow import compile_arrow


def test_a_kernel_survives_pickle() -> None:
    kernel = pickle.loads(pickle.dumps(compile_arrow(parsed("hour(t) + n"))))
    columns = arrays({"t": [0, None], "n": [1, 1], "x": [1.0, 1.0]})
    assert kernel(columns).to_pylist() == [20, None]


def test_no_rows_are_no_results() -> None:
    result = compile_arrow(parsed("concat(s, cast(n AS STRING))"))(arrays({"s": [], "n": []}))
    assert result.type == pa.binary()
    assert len(result) == 0


def test_a_string_array_is_text() -> None:
    assert compile_arrow(parsed("length(s)"))({"s": pa.array(["é", None])}).to_pylist() == [1, None]


def test_slices_and_chunks_of_a_table_are_read() -> None:
    columns = {"s": pa.array([b"a", b"bc", None, b"def"], pa.binary())[1:], "n": pa.array([1, None, 3, 4])[1:]}
    assert compile_arrow(parsed("concat(s, n)"))(columns).to_pylist() == [None, None, b"def4"]


def test_a_column_of_another_type_or_none_is_refused() -> None:
    kernel = compile_arrow(parsed("x + 1"))
    with pytest.raises(TypeError, match="double is an array of double"):
        kernel({"x": pa.array([1])})
    with pytest.raises(KeyError, match="x"):
        kernel({"y": pa.array([1.0])})
