"""Serialized tf.train.Examples to packed tensors, a batch at a time, for each form that a dataset's records may have.

Raw forms parse to raw tensors: `numeric` float32 [batch, N] with NaN where missing, `categorical` string [batch, M] with
empty text where missing. Transformed ones parse to model inputs: float32 [batch, `schema.number_inputs`] and int64 [batch,
`schema.id_inputs`].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from contracts.dataset import PACKED_CATEGORICAL, PACKED_LABEL, PACKED_NUMERIC, PACKED_WEIGHT, float64_label
from contracts.label_kinds import label_traits
from contracts.schema import WEIGHT, Layout, Records, Schema

Parts = tuple[tf.Tensor, ...]
Parser = Callable[[tf.Tensor], Parts]
"""From serialized examples, string [batch], to numeric, categorical and the label, [batch], float64 of a regression and float32
otherwise; and to the weight, float32 [batch], where the schema has one."""
_SCAN_BLOCK = 4096
_MISSING: dict[tf.DType, Any] = {tf.float32: float("nan"), tf.string: ""}
"""The values of absent features, by type."""


def parser(schema: Schema, records: Records, layout: Layout, *, float64_labels: bool = False) -> Parser:
    """Return the parser of a dataset's records. Raise ValueError for records `none`.

    `float64_labels`: true if the records hold the labels as float64 too.
    """
    packed = layout == "packed"
    label = PACKED_LABEL if packed else schema.label.name
    target = _Target(schema, label, PACKED_WEIGHT if packed else WEIGHT, float64_labels=float64_labels)
    match records, layout:
        case "raw", "columns":
            return lambda serialized: _parse_raw_columns(serialized, schema, target)
        case "raw", "packed":
            width, depth = len(schema.number_columns), len(schema.token_columns)
            return lambda serialized: _parse_packed(serialized, target, width, depth, tf.string)
        case "transformed", "columns":
            return lambda serialized: _parse_transformed_columns(serialized, schema, target)
        case "transformed", "packed":
            width, depth = len(schema.number_inputs), len(schema.id_inputs)
            return lambda serialized: _parse_packed(serialized, target, width, depth, tf.int64)
        case "none", _:
            raise ValueError(f"a dataset without records has nothing to parse. Received: {records}, {layout}")


def raw_columns(serialized: tf.Tensor, schema: Schema) -> tuple[tf.Tensor, tf.Tensor]:
    """Return numeric and categorical of raw examples with one named feature per column; a label is not needed."""
    numeric, categorical, _ = _raw_columns(serialized, schema, {})
    return numeric, categorical


def serialized_at(shards: Sequence[tuple[Any, int]], positions: np.ndarray[Any, Any]) -> tf.Tensor:
    """Return some records of a split, string [positions]; `positions`: ascending indices through the shards in order.

    `shards`: for each a tf.data.Dataset of its serialized examples, and their number. Nothing after the last position is read.
    """
    selected: list[tf.Tensor] = [tf.zeros([0], tf.string)]
    begin = 0
    for records, rows in shards:
        wanted = positions[np.searchsorted(positions, begin) : np.searchsorted(positions, begin + rows)] - begin
        begin += rows
        if not len(wanted):
            continue
        blocks = records.batch(_SCAN_BLOCK).take(int(wanted[-1]) // _SCAN_BLOCK + 1)
        for index, block in enumerate(blocks):
            first, last = np.searchsorted(wanted, [index * _SCAN_BLOCK, (index + 1) * _SCAN_BLOCK])
            if last > first:
                selected.append(tf.gather(block, wanted[first:last] - index * _SCAN_BLOCK))
    return tf.concat(selected, axis=0)


def _parse(serialized: tf.Tensor, features: dict[str, Any]) -> dict[str, Any]:
    return tf.io.parse_example(serialized, features)


@dataclass(frozen=True)
class _Target:
    """The features with the label and the weight, by name. `float64_labels`: true if a label's float64 is recorded."""

    schema: Schema
    label: str
    weight: str
    float64_labels: bool

    @property
    def specs(self) -> dict[str, Any]:
        """Return the specs of the features to parse."""
        is_number = label_traits(self.schema.label.kind).is_number
        specs: dict[str, Any] = {self._label: tf.io.FixedLenFeature([], tf.float32)}
        if self.float64_labels or not is_number:
            specs = {self._label: tf.io.FixedLenFeature([], tf.int64)}
        return specs if self.schema.weight is None else {**specs, self.weight: tf.io.FixedLenFeature([], tf.float32)}

    def of(self, parsed: dict[str, Any]) -> tuple[tf.Tensor, ...]:
        """Return the label, [batch], float64 of a regression and float32 otherwise, and the weight if there is one."""
        label = parsed[self._label]
        if self.float64_labels:
            label = tf.bitcast(label, tf.float64)
        elif label_traits(self.schema.label.kind).is_number:
            label = tf.cast(label, tf.float64)
        else:
            label = tf.cast(label, tf.float32)
        return (label,) if self.schema.weight is None else (label, parsed[self.weight])

    @property
    def _label(self) -> str:
        return float64_label(self.label) if self.float64_labels else self.label


def _width(serialized: tf.Tensor, width: int, dtype: tf.DType) -> tf.Tensor:
    """Return zeros [batch, width]: the part of a batch without features."""
    return tf.zeros([tf.size(serialized), width], dtype)


def _parse_packed(serialized: tf.Tensor, target: _Target, width: int, depth: int, dtype: tf.DType) -> Parts:
    parts = target.specs
    if width:
        parts[PACKED_NUMERIC] = tf.io.FixedLenFeature([width], tf.float32)
    if depth:
        parts[PACKED_CATEGORICAL] = tf.io.FixedLenFeature([depth], dtype)
    parsed = _parse(serialized, parts)
    numeric = parsed[PACKED_NUMERIC] if width else _width(serialized, 0, tf.float32)
    categorical = parsed[PACKED_CATEGORICAL] if depth else _width(serialized, 0, dtype)
    return numeric, categorical, *target.of(parsed)


def _parse_transformed_columns(serialized: tf.Tensor, schema: Schema, target: _Target) -> Parts:
    features: dict[str, Any] = {name: tf.io.FixedLenFeature([], tf.float32) for name in schema.number_inputs}
    features |= {name: tf.io.FixedLenFeature([], tf.int64) for name in schema.id_inputs}
    parsed = _parse(serialized, {**features, **target.specs})
    return (
        _stack(serialized, [parsed[name] for name in schema.number_inputs], tf.float32),
        _stack(serialized, [parsed[name] for name in schema.id_inputs], tf.int64),
        *target.of(parsed),
    )


def _parse_raw_columns(serialized: tf.Tensor, schema: Schema, target: _Target) -> Parts:
    numeric, categorical, parsed = _raw_columns(serialized, schema, target.specs)
    return numeric, categorical, *target.of(parsed)


def _raw_columns(
    serialized: tf.Tensor, schema: Schema, more: dict[str, Any]
) -> tuple[tf.Tensor, tf.Tensor, dict[str, Any]]:
    features: dict[str, Any] = dict(more)
    for name, feature in schema.number_columns.items():
        # Every int64 may be a value, so no default can mean missing: these columns are parsed sparse.
        features[name] = tf.io.VarLenFeature(tf.int64) if feature.value_type == "int64" else _optional(tf.float32)
    features |= {name: _optional(tf.string) for name in schema.token_columns}
    parsed = _parse(serialized, features)
    whole = [name for name, feature in schema.number_columns.items() if feature.value_type == "int64"]
    dense = dict(zip(whole, _densify(serialized, [parsed[name] for name in whole]), strict=True))
    numeric = [dense[name] if name in dense else parsed[name] for name in schema.number_columns]
    categorical = [parsed[name] for name in schema.token_columns]
    return _stack(serialized, numeric, tf.float32), _stack(serialized, categorical, tf.string), parsed


def _optional(dtype: tf.DType) -> Any:
    """Return the spec of a feature that an example may lack.

    Its default is a tensor: of a plain value, TensorFlow makes an operation that it names after the feature, and `a$/` and `a€/`
    would be two of one name.
    """
    return tf.io.FixedLenFeature([], dtype, default_value=tf.constant(_MISSING[dtype], dtype))


def _densify(serialized: tf.Tensor, columns: list[tf.SparseTensor]) -> list[tf.Tensor]:
    """Return integer columns, at most one value per example, as float32(float64(x)) [batch] each, NaN where missing."""
    if not columns:
        return []
    rows = tf.size(serialized, tf.int64)
    places = tf.concat([index * rows + column.indices[:, 0] for index, column in enumerate(columns)], axis=0)
    values = tf.cast(tf.cast(tf.concat([column.values for column in columns], axis=0), tf.float64), tf.float32)
    empty = tf.fill([len(columns) * rows], tf.constant(float("nan"), tf.float32))
    filled = tf.tensor_scatter_nd_update(empty, places[:, tf.newaxis], values)
    return tf.unstack(tf.reshape(filled, [len(columns), -1]), num=len(columns))


def _stack(serialized: tf.Tensor, columns: list[tf.Tensor], dtype: tf.DType) -> tf.Tensor:
    """Stack columns of [batch] to [batch, columns]."""
    return tf.stack(columns, axis=1) if columns else _width(serialized, 0, dtype)
