"""Operations and stored values of a graph that are refused, in nodes and in functions that are run or not."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from modeling.export.check_operations import NotOurs, check_dtype, check_operations


def graph_with(operation: str, function: str | None = None) -> Any:
    graph = tf.compat.v1.GraphDef()
    nodes = graph.node
    if function is not None:
        added = graph.library.function.add()
        added.signature.name = function
        nodes = added.node_def
    nodes.add(name="first", op="AddV2")
    nodes.add(name="second", op=operation)
    return graph


@pytest.mark.parametrize("function", [None, "f"])
def test_an_operation_that_is_not_listed_is_named_with_its_place(function: str | None) -> None:
    place = "the graph" if function is None else "the function 'f'"
    with pytest.raises(NotOurs, match=rf"^{place} has the operation 'WriteFile' \(node 'second'\)"):
        check_operations(graph_with("WriteFile", function), {"f"})
    check_operations(graph_with("Mul", function), {"f"})


def test_the_savers_operations_are_allowed_where_they_are_not_run() -> None:
    check_operations(graph_with("SaveV2"), {"f"})
    check_operations(graph_with("RestoreV2", "save"), {"f"})
    with pytest.raises(NotOurs, match="the function 'f' has the operation 'RestoreV2'"):
        check_operations(graph_with("RestoreV2", "f"), {"f"})


def test_a_call_by_the_name_of_a_function_is_refused() -> None:
    with pytest.raises(NotOurs, match="the operation 'hidden'"):
        check_operations(graph_with("hidden", "f"), {"f", "hidden"})


@pytest.mark.parametrize("kind", [tf.resource.as_datatype_enum, tf.variant.as_datatype_enum, 101, 0, 9999])
def test_stored_values_are_numbers_booleans_and_text(kind: int) -> None:
    with pytest.raises(NotOurs, match=rf"^variable 3 holds values of a type .* Received: type {kind}$"):
        check_dtype(kind, "variable 3")
    for allowed in (tf.float32, tf.string, tf.bool, tf.int64):
        check_dtype(allowed.as_datatype_enum, "variable 3")
