"""Expressions: the kernel of Spark's tasks and the graph have one result, to the last bit where functions are exact."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.parity.drawn_expressions import COLUMNS, ZONE, Drawing, rows

from contracts.expressions import Expression, ResultType
from modeling.layers.expressions.compile_graph import compile_graph
from modeling.layers.expressions.nullable import DTYPES, Nullable, kept
from preprocessing.expressions.parsing.parse_expression import parse_expression
from sources.expressions.compile_arrow import compile_arrow

KINDS: list[ResultType] = ["double", "integer", "boolean", "text", "instant"]
FILLS = {"double": 0.0, "integer": 0, "boolean": False, "text": b"", "instant": 0}


def as_tensors(columns: Mapping[str, pa.Array]) -> dict[str, tf.Tensor]:
    """Two tensors for a column: its values, garbage where null, and their validity."""
    tensors: dict[str, tf.Tensor] = {}
    for name, array in columns.items():
        kind = COLUMNS[name]
        values = [FILLS[kind] if value is None else value for value in array.to_pylist()]
        tensors[name] = tf.constant(values, DTYPES[kind])
        tensors[f"{name}_is_valid"] = tf.constant(array.is_valid().to_numpy(zero_copy_only=False))
    return tensors


class Graphs(tf.Module):
    """Some expressions in one graph, which TensorFlow optimizes as it does when it serves."""

    def __init__(self, expressions: Sequence[Expression]) -> None:
        super().__init__()
        self._graphs = [compile_graph(expression) for expression in expressions]
        values = {name: tf.TensorSpec([None], DTYPES[kind], name=name) for name, kind in COLUMNS.items()}
        valid = {f"{name}_is_valid": tf.TensorSpec([None], tf.bool) for name in COLUMNS}
        self.compute = tf.function(self._compute, input_signature=[{**values, **valid}])

    def _compute(self, tensors: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        columns = {name: Nullable(tensors[name], tensors[f"{name}_is_valid"]) for name in COLUMNS}
        results = [graph(columns) for graph in self._graphs]
        named = {f"values_{i}": result.values for i, result in enumerate(results)}
        return named | {f"valid_{i}": result.valid for i, result in enumerate(results)}

    def __call__(self, columns: Mapping[str, pa.Array]) -> list[pa.Array]:
        outputs = self.compute(as_tensors(columns))
        return [
            pa.array(outputs[f"values_{i}"].numpy(), mask=~outputs[f"valid_{i}"].numpy())
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
    return abs(left - right) <= ulps * math.ulp(max(abs(left), abs(right)))


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


QUICK: dict[str, Any] = {
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
}
"""No shrinking: each try traces a graph or plans a query, and the message has the expression and the row."""
DRAWING = Drawing()
DRAWN = st.lists(st.one_of([DRAWING.of(kind, 3) for kind in KINDS]), min_size=12, max_size=12)


@given(DRAWN, st.integers(0, 2**32))
@settings(max_examples=10, **QUICK)
def test_kernel_and_graph_agree_to_the_last_bit(texts: list[str], seed: int) -> None:
    assert_alike(texts, rows(seed))


@pytest.mark.long
@pytest.mark.timeout(1800)
@given(DRAWN, st.integers(0, 2**32))
@settings(max_examples=150, **QUICK)
def test_many_more_agree_to_the_last_bit(texts: list[str], seed: int) -> None:
    assert_alike(texts, rows(seed))


@given(st.lists(DRAWING.inexact(2), min_size=12, max_size=12), st.integers(0, 2**32))
@settings(max_examples=5, **QUICK)
def test_functions_that_are_not_rounded_exactly_differ_in_the_last_place(texts: list[str], seed: int) -> None:
    assert_alike(texts, rows(seed), ulps=4)


EXAMPLES = {
    "haversine": "12742 * asin(least(1, sqrt(pow(sin(radians(x - y) / 2), 2) + cos(radians(x)) * cos(radians(y))"
    " * pow(sin(radians(x) / 2), 2))))",
    "ratio": "x / y",
    "age in days": "datediff(t, coalesce(v, DATE '2000-01-01'))",
    "domain": "regexp_extract(lower(s), '@([^@]+)$', 1)",
    "hour": "hour(t)",
}


def test_the_worked_examples_survive_in_a_saved_model(tmp_path: Path) -> None:
    graphs = Graphs([parse_expression(text, COLUMNS, ZONE) for text in EXAMPLES.values()])
    columns = {**rows(1, 300), "s": pa.array([b"Me@Example.ORG", b"none", None] * 100, pa.binary())}
    columns |= {"x": pa.array(np.linspace(-90, 90, 300)), "y": pa.array(np.linspace(-50, 80, 300))}
    tf.saved_model.save(graphs, str(tmp_path), signatures={})
    outputs = tf.saved_model.load(str(tmp_path)).compute(as_tensors(columns))
    for i, (name, text) in enumerate(EXAMPLES.items()):
        graph = pa.array(outputs[f"values_{i}"].numpy(), mask=~outputs[f"valid_{i}"].numpy())
        kernel = compile_arrow(parse_expression(text, COLUMNS, ZONE))(columns)
        wrong = differences(text, kernel, graph, columns, 8 if name == "haversine" else 0)
        assert not wrong, "\n".join(wrong[:3])


def test_the_optimizer_would_change_what_is_not_kept() -> None:
    """Without `kept` a constant divisor becomes a multiplication, with another last place."""
    values = tf.constant(np.arange(1.0, 200.0))
    signature = [tf.TensorSpec([None], tf.float64)]
    plain = tf.function(lambda x: x / 3.0, input_signature=signature)
    through_kept = tf.function(lambda x: x / kept(tf.constant(3.0, tf.float64)), input_signature=signature)
    expected = np.arange(1.0, 200.0) / 3.0
    assert np.array_equal(through_kept(values).numpy(), expected)
    assert not np.array_equal(plain(values).numpy(), expected)
