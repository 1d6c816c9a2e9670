from __future__ import annotations

import pytest
import tensorflow as tf
from tests.expression_cases import parsed
from tests.modeling.layers.expressions.graphs import nullable

from modeling.layers.expressions.compile_graph import compile_graph


def test_no_rows_are_no_results() -> None:
    result = compile_graph(parsed("if(s LIKE 'a%', x, 1)"))({"s": nullable("s", []), "x": nullable("x", [])})
    assert result.values.shape == [0]
    assert result.values.dtype == tf.float64


def test_a_column_that_is_absent() -> None:
    with pytest.raises(KeyError, match="x"):
        compile_graph(parsed("x + 1"))({"y": nullable("y", [1.0])})
