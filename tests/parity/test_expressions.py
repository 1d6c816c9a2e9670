"""Expressions: the kernel of Spark's tasks and the graph have one result, to the last bit where functions are exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.parity.drawn_expressions import COLUMNS, ZONE, Drawing, rows

from contracts.expressions import Expression, ResultType
from modeling.layers.expressions.compile_graph import compile_graph
from modeling.layers.expressions.nullable import DTYPES, Nullable
from preprocessing.expressions import compile_arrow, parse_expression

KINDS: list[ResultType] = ["double", "integer", "boolean", "text", "instant"]
FILLS = {"double": 0.0, "integer": 0, "boolean": False, "text": b"", "instant": 0}


def as_tensors(columns: Mapping[str, pa.Array]) -> dict[str, tf.Tensor]:
    """Two tensors for a column: its values, garbage where null, and their validity."""
    tensors: dict[str, tf.Tensor] = {}
    for name, array in columns.items():
        kind = COLUMNS[name]
        values = [FILLS[kind] if value is None else value for value in array.to_pylist()]
        tensors[name] = tf.constant(values, DTYPES[kind])
        tensors[f"{name} is valid"] = tf.constant(array.is_valid().to_numpy(zero_copy_only=False))
    return tensors


class Graphs(tf.Module):
    """Some expressions in one graph, which TensorFlow optimizes as it does when it serves."""

    def __init__(self, expressions: Sequence[Expression]) -> None:
        super().__init__()
        self._graphs = [compile_graph(expression) for expression in expressions]
        values = {name: tf.TensorSpec([None], DTYPES[kind], name=name) for name, kind in COLUMNS.items()}
        valid = {f"{name} is valid": tf.TensorSpec([None], tf.bool) for name in COLUMNS}
        self.compute = tf.function(self._compute, input_signature=[{**values, **valid}])

    def _compute(self, tensors: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        columns = {name: Nullable(tensors[name], tensors[f"{name} is valid"]) for name in COLUMNS}
        results = [graph(columns) for graph in self._graphs]
        named = {f"values {i}": result.values for i, result in enumerate(results)}
        return named | {f"valid {i}": result.valid for i, result in enumerate(results)}

    def __call__(self, columns: Mapping[str, pa.Array]) -> list[pa.Array]:
        outputs = self.compute(as_tensors(columns))
        return [
            pa.array(outputs[f"values {i}"].numpy(), mask=~outputs[f"valid {i}"].numpy())
            for i in range(len(self._graphs))
        ]


def differences(text: str, kernel: pa.Array, graph: pa.Array, columns: Mapping[str, pa.Array], ulps: int) -> list[str]:
    left, right = kernel.to_pylist(), graph.to_pylist()
    return [
        f"{text}: {a!r} in the kernel, {b!r} in the graph, of { {name: array[i].as_py() for name, array in columns.items()} }"
        for i, (a, b) in enumerate(zip(left, right, strict=True))
        if not alike(a, b, ulps)
    ]


def alike(left: object, right: object, ulps: int) -> bool:
    if not (isinstance(left, float) and isinstance(right, float)):
        return left == right
    if ulps == 0:
        return left.hex() == right.hex()
    return abs(left - right) <= ulps * np.spacing(max(abs(left), abs(right)))


def assert_alike(texts: Sequence[str], columns: Mapping[str, pa.Array], ulps: int = 0) -> None:
    expressions = {text: parsed for text in texts if (parsed := parse(text)) is not None}
    graphs = Graphs(list(expressions.values()))
    for (text, expression), graph in zip(expressions.items(), graphs(columns), strict=True):
        wrong = differences(text, compile_arrow(expression)(columns), graph, columns, ulps)
        assert not wrong, "\n".join(wrong[:3])


def parse(text: str) -> Expression | None:
    """Return the expression; None for one of literals alone, and for text that depends on no column."""
    try:
        return parse_expression(text, COLUMNS, ZONE)
    except ValueError as error:
        assert "reads at least one column" in str(error), text  # noqa: PT017
        return None


DRAWING = Drawing()
DRAWN = st.lists(st.one_of(DRAWING.of(kind, 3) for kind in KINDS), min_size=12, max_size=12)


@given(DRAWN, st.integers(0, 2**32))
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_kernel_and_graph_agree_to_the_last_bit(texts: list[str], seed: int) -> None:
    assert_alike(texts, rows(seed))
