"""Serialized tf.train.Examples to packed tensors, a batch at a time, for each form that a dataset's records may have.

Raw forms parse to raw tensors: `numeric` float32 [batch, N] with NaN where missing, `categorical` string [batch, M] with
empty text where missing. Transformed ones parse to model inputs: float32 [batch, `schema.number_inputs`] and int64 [batch,
`schema.id_inputs`].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from contracts.dataset.record_features import (
    PACKED_CATEGORICAL,
    PACKED_LABEL,
    PACKED_NUMERIC,
    PACKED_WEIGHT,
    float64_label,
    packed_list,
)
from contracts.features import NO_ID, Many
from contracts.label_kinds import label_traits
from contracts.schema import WEIGHT, Layout, Records, Schema, ValueType
from modeling.input_pipeline.parse_vectors import with_vectors
from modeling.layers.token_text.token_lists import undivided
from sources.matrices import MISSING_INTEGER, places_of

Parts = tuple[tf.Tensor, ...]
Parser = Callable[[tf.Tensor], Parts]
"""From serialized examples, string [batch], to numeric, categorical and the label, [batch], float64 of a regression and float32
otherwise; and to the weight, float32 [batch], where the schema has one."""
_SCAN_BLOCK = 4096
_NONE: Mapping[str, Many] = {}
_NO_LISTS: Mapping[str, tf.DType] = {}
_tf: Any = tf
"""Untyped: the stubs lack `tf.RaggedTensor.from_row_splits`."""
_MISSING: dict[tf.DType, Any] = {tf.float32: float("nan"), tf.string: ""}
"""The values of absent features, by type."""


class _Dense(NamedTuple):
    """A feature with one value per example, or `width` of them. `optional`: an example may lack it."""

    dtype: tf.DType
    width: int | None = None
    optional: bool = False


class _Columns(NamedTuple):
    """Columns of raw examples: numbers with the types that they are recorded as, tokens, and integers that keep all bits."""

    numbers: Mapping[str, ValueType]
    tokens: Sequence[str]
    integers: Sequence[str]
    lists: Mapping[str, str]
    """The separators of tokens that are lists, by name."""
    vectors: Mapping[str, Sequence[str]]
    """Features of several numbers that an example may have in place of single ones, by name."""


class _Sparse(NamedTuple):
    """The values of some int64 features that examples may lack, and where they stand: [values] each, feature by feature."""

    features: tf.Tensor
    rows: tf.Tensor
    values: tf.Tensor


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
            width, depth = len(schema.number_inputs), len(schema.single_ids)
            lists = {packed_list(place): bag for place, bag in enumerate(schema.bags.values())}
            return lambda serialized: _parse_packed(serialized, target, width, depth, tf.int64, lists)
        case "none", _:
            raise ValueError(f"a dataset without records has nothing to parse. Received: {records}, {layout}")


def raw_columns(serialized: tf.Tensor, schema: Schema) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor | None]:
    """Return numeric, categorical and integers of raw examples with one named feature per column that a client sends.

    A label is not needed. `integers`: int64 [batch, I], -2^63 where missing; None where the schema has no such columns. A list of
    tokens, of which one holds their separator, fails with `InvalidArgumentError`, which names the feature.
    """
    kinds = schema.raw_types
    numbers: dict[str, ValueType] = {name: kinds[name] for name in schema.raw_columns("number")}
    tokens, wholes = schema.raw_columns("token"), schema.raw_columns("integer")
    columns = _Columns(numbers, tokens, wholes, schema.separators, schema.vectors)
    numeric, categorical, integers, parsed = _raw_columns(serialized, columns, {})
    lists: dict[str, Any] = {name: parsed[name] for name in columns.lists}
    checks = [
        undivided(own.values, own.value_rowids(), own.nrows(), name, columns.lists[name]) for name, own in lists.items()
    ]
    with tf.control_dependencies(checks):
        return numeric, tf.identity(categorical), integers


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


def _parse(
    serialized: tf.Tensor,
    dense: Mapping[str, _Dense],
    sparse: Sequence[str] = (),
    lists: Mapping[str, tf.DType] = _NO_LISTS,
) -> tuple[dict[str, Any], _Sparse | None]:
    """Return the dense features, [batch] or [batch, width] each, those of several values, ragged, and the sparse ones, int64.

    One operation, as `tf.io.parse_example` makes it, but with one default for all features of a type, where that makes a few
    operations per feature.
    """
    names, sparse, ragged = sorted(dense), sorted(sparse), sorted(lists)
    specs = [dense[name] for name in names]
    defaults = {
        (spec.dtype, spec.optional): tf.constant(_MISSING[spec.dtype] if spec.optional else [], spec.dtype)
        for spec in {_Dense(spec.dtype, None, spec.optional) for spec in specs}
    }
    parsed: Any = tf.raw_ops.ParseExampleV2(
        serialized=serialized,
        names=tf.zeros([0], tf.string),
        sparse_keys=tf.constant(sparse, tf.string),
        dense_keys=tf.constant(names, tf.string),
        ragged_keys=tf.constant(ragged, tf.string),
        dense_defaults=[defaults[spec.dtype, spec.optional] for spec in specs],
        num_sparse=len(sparse),
        sparse_types=[tf.int64] * len(sparse),
        ragged_value_types=[lists[name] for name in ragged],
        ragged_split_types=[tf.int64] * len(ragged),
        dense_shapes=[[] if spec.width is None else [spec.width] for spec in specs],
    )
    columns: dict[str, Any] = dict(zip(names, parsed.dense_values, strict=True))
    for name, values, splits in zip(ragged, parsed.ragged_values, parsed.ragged_row_splits, strict=True):
        columns[name] = _tf.RaggedTensor.from_row_splits(values, splits, validate=False)
    if not sparse:
        return columns, None
    shapes: Any = tf.raw_ops.ShapeN(input=parsed.sparse_values, out_type=tf.int64)
    features = tf.repeat(tf.range(len(sparse), dtype=tf.int64), tf.concat(shapes, axis=0))
    rows = tf.concat(parsed.sparse_indices, axis=0)[:, 0]
    return columns, _Sparse(features, rows, tf.concat(parsed.sparse_values, axis=0))


@dataclass(frozen=True)
class _Target:
    """The features with the label and the weight, by name. `float64_labels`: true if a label's float64 is recorded."""

    schema: Schema
    label: str
    weight: str
    float64_labels: bool

    @property
    def specs(self) -> dict[str, _Dense]:
        """Return the specs of the features to parse."""
        is_number = label_traits(self.schema.label.kind).is_number
        specs = {self._label: _Dense(tf.int64 if self.float64_labels or not is_number else tf.float32)}
        return specs if self.schema.weight is None else {**specs, self.weight: _Dense(tf.float32)}

    def of(self, parsed: Mapping[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
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


def _parse_packed(
    serialized: tf.Tensor, target: _Target, width: int, depth: int, dtype: tf.DType, lists: Mapping[str, Many] = _NONE
) -> Parts:
    parts = target.specs
    if width:
        parts[PACKED_NUMERIC] = _Dense(tf.float32, width)
    if depth:
        parts[PACKED_CATEGORICAL] = _Dense(dtype, depth)
    parsed, _ = _parse(serialized, parts, lists=dict.fromkeys(lists, tf.int64))
    numeric = parsed[PACKED_NUMERIC] if width else _width(serialized, 0, tf.float32)
    categorical = parsed[PACKED_CATEGORICAL] if depth else _width(serialized, 0, dtype)
    categorical = _with_lists(parsed, categorical, lists)
    return numeric, categorical, *target.of(parsed)


def _parse_transformed_columns(serialized: tf.Tensor, schema: Schema, target: _Target) -> Parts:
    numbers, ids = schema.number_inputs, schema.single_ids
    features = dict.fromkeys(numbers, _Dense(tf.float32)) | dict.fromkeys(ids, _Dense(tf.int64))
    parsed, _ = _parse(serialized, {**features, **target.specs}, lists=dict.fromkeys(schema.bags, tf.int64))
    return (
        _stack(serialized, [parsed[name] for name in numbers], tf.float32),
        _with_lists(parsed, _stack(serialized, [parsed[name] for name in ids], tf.int64), schema.bags),
        *target.of(parsed),
    )


def _with_lists(parsed: Mapping[str, Any], ids: tf.Tensor, lists: Mapping[str, Many]) -> tf.Tensor:
    """Return single ids, then those of lists, which are features of several values: int64 [batch, ids]."""
    if not lists:
        return ids
    return tf.concat(
        [ids, *(parsed[name].to_tensor(NO_ID, shape=[None, bag.max]) for name, bag in lists.items())], axis=1
    )


def _separators(schema: Schema) -> dict[str, str]:
    return {name: bag.separator for name, bag in schema.bags.items()}


def _text_of(values: Any, separator: str) -> tf.Tensor:
    """Return the texts of ragged tokens [batch, (tokens)]: of a single value, which is one already, itself; string [batch]."""
    is_text = tf.repeat(values.row_lengths() == 1, values.row_lengths())
    ended = tf.where(is_text, values.values, tf.strings.join([values.values, separator]))
    return tf.strings.unsorted_segment_join(ended, values.value_rowids(), values.nrows())


def _parse_raw_columns(serialized: tf.Tensor, schema: Schema, target: _Target) -> Parts:
    numbers: dict[str, ValueType] = {name: feature.value_type for name, feature in schema.number_columns.items()}
    columns = _Columns(numbers, list(schema.token_columns), [], _separators(schema), {})
    numeric, categorical, _, parsed = _raw_columns(serialized, columns, target.specs)
    return numeric, categorical, *target.of(parsed)


def _raw_columns(
    serialized: tf.Tensor, columns: _Columns, more: Mapping[str, _Dense]
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor | None, dict[str, tf.Tensor]]:
    numbers, tokens, integers, lists, vectors = columns
    # Every int64 may be a value, so no default can mean missing: these columns are parsed sparse.
    whole = sorted([*(name for name, kind in numbers.items() if kind == "int64"), *integers])
    dense = [name for name, kind in numbers.items() if kind != "int64"]
    features = dict(more)
    features |= dict.fromkeys(dense, _Dense(tf.float32, optional=True))
    features |= dict.fromkeys((name for name in tokens if name not in lists), _Dense(tf.string, optional=True))
    ragged = dict.fromkeys(lists, tf.string) | dict.fromkeys(vectors, tf.float32)
    parsed, sparse = _parse(serialized, features, whole, ragged)
    numeric = _stack(serialized, [parsed[name] for name in dense], tf.float32)
    if sparse is not None and len(whole) > len(integers):
        numeric = tf.concat([numeric, _float32_columns(serialized, sparse, len(whole))], axis=1)
        numeric = tf.gather(numeric, places_of(numbers, [*dense, *whole]), axis=1)
    numeric = with_vectors(numeric, list(numbers), {name: (parsed[name], own) for name, own in vectors.items()})
    exact = None
    if sparse is not None and integers:
        exact = tf.gather(_int64_columns(serialized, sparse, len(whole)), places_of(integers, whole), axis=1)
    texts = parsed | {name: _text_of(parsed[name], mark) for name, mark in lists.items()}
    return numeric, _stack(serialized, [texts[name] for name in tokens], tf.string), exact, parsed


def _float32_columns(serialized: tf.Tensor, integers: _Sparse, width: int) -> tf.Tensor:
    """Return integer columns, at most one value per example, as float32(float64(x)) [batch, width], NaN where missing."""
    values = tf.cast(tf.cast(integers.values, tf.float64), tf.float32)
    return _densify(serialized, integers, values, width, tf.constant(float("nan"), tf.float32))


def _int64_columns(serialized: tf.Tensor, integers: _Sparse, width: int) -> tf.Tensor:
    """Return integer columns as they are, int64 [batch, width], -2^63 where missing."""
    return _densify(serialized, integers, integers.values, width, tf.constant(MISSING_INTEGER, tf.int64))


def _densify(serialized: tf.Tensor, integers: _Sparse, values: tf.Tensor, width: int, missing: tf.Tensor) -> tf.Tensor:
    empty = tf.fill([tf.size(serialized), width], missing)
    return tf.tensor_scatter_nd_update(empty, tf.stack([integers.rows, integers.features], axis=1), values)


def _stack(serialized: tf.Tensor, columns: list[tf.Tensor], dtype: tf.DType) -> tf.Tensor:
    """Stack columns of [batch] to [batch, columns]."""
    return tf.stack(columns, axis=1) if columns else _width(serialized, 0, dtype)
