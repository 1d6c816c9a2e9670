"""Refuses a SavedModel whose graph holds more than the arithmetic of a model, before TensorFlow sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import tensorflow as tf

from modeling.export.allowed_operations import COMPUTING, WRITTEN

_VALUES = {
    kind.as_datatype_enum
    for kind in (
        *(tf.bool, tf.string, tf.float16, tf.bfloat16, tf.float32, tf.float64),
        *(tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8, tf.uint16, tf.uint32, tf.uint64),
    )
}
"""Types of stored values. Others are handles of objects, of which a variant's bytes are read by a decoder of their own."""


class NotOurs(ValueError):
    """The SavedModel holds something that this service does not write."""


def check_operations(graph: Any, run: Collection[str]) -> None:
    """Raise `NotOurs` for an operation that `allowed_operations` lacks, in the graph or any function of its library.

    `graph`: a GraphDef. `run`: the names of the functions that are called, directly or by others; the others and the graph's own
    nodes are never run, and hold operations of the saver, too.
    """
    _check(graph.node, WRITTEN, "the graph")
    for function in graph.library.function:
        name = function.signature.name
        _check(function.node_def, COMPUTING if name in run else WRITTEN, f"the function {name!r}")


def check_dtype(dtype: int, place: str) -> None:
    """Raise `NotOurs` for values that are no numbers, booleans or text."""
    if dtype not in _VALUES:
        raise NotOurs(f"{place} holds values of a type that this service does not export. Received: type {dtype}")


def _check(nodes: Iterable[Any], allowed: Collection[str], place: str) -> None:
    for node in nodes:
        if node.op not in allowed:
            raise NotOurs(
                f"{place} has the operation {node.op!r} (node {node.name!r}), which this service does not export"
            )
        if node.op == "Const":
            check_dtype(node.attr["dtype"].type, f"the constant {node.name!r} of {place}")
