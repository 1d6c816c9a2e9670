"""The features of a dataset's examples, for each kind of records and each layout, and the columns that fill them."""

from __future__ import annotations

from typing import assert_never

import numpy as np
import pyarrow as pa

from contracts.dataset.record_features import (
    PACKED_CATEGORICAL,
    PACKED_LABEL,
    PACKED_NUMERIC,
    PACKED_WEIGHT,
    float64_label,
    packed_list,
)
from contracts.label_kinds import label_traits
from contracts.schema import WEIGHT, Layout, Records, Schema, ValueType
from preprocessing.kernels.encode_example import LIST, SCALAR, VECTOR
from preprocessing.kernels.text.split_lists import split_lists
from preprocessing.records.tfrecord import ExampleFeature
from sources.arrays import Float32s, Floats
from sources.matrices import float32_column
from sources.values.list_text import list_array

_LABEL = "\0label"
"""Name of the label's column in a batch for the encoder: no source column can have it."""
_LABEL_BITS = "\0label bits"
"""Name of the column with the bits of the labels as float64, for a label that is a number."""
_WEIGHT = "\0weight"
"""Name of the weights' column in a batch for the encoder."""


def example_features(schema: Schema, records: Records, layout: Layout) -> list[ExampleFeature]:
    """Return the features of each example, with the columns of `labelled` or `raw_columns` that fill them."""
    final = records == "transformed"
    numeric = schema.number_inputs if final else list(schema.number_columns)
    categorical = schema.id_inputs if final else list(schema.token_columns)
    match layout:
        case "columns":
            others = [] if final else [name for name in schema.columns if name not in schema.features]
            forms = dict.fromkeys(schema.bags, LIST)
            features = [
                ExampleFeature(name, (name,), forms.get(name, SCALAR)) for name in [*numeric, *categorical, *others]
            ]
            return [*features, *_label(schema, schema.label.name), *_weights(schema, WEIGHT)]
        case "packed":
            lists = list(schema.bags) if final else []
            single = [name for name in categorical if name not in lists]
            vectors = [(PACKED_NUMERIC, numeric), (PACKED_CATEGORICAL, single)]
            features = [ExampleFeature(name, tuple(columns), VECTOR) for name, columns in vectors if columns]
            features += [ExampleFeature(packed_list(place), (name,), LIST) for place, name in enumerate(lists)]
            return [*features, *_label(schema, PACKED_LABEL), *_weights(schema, PACKED_WEIGHT)]
        case _:
            assert_never(layout)


def _label(schema: Schema, name: str) -> list[ExampleFeature]:
    bits = [ExampleFeature(float64_label(name), (_LABEL_BITS,))] if label_traits(schema.label.kind).is_number else []
    return [ExampleFeature(name, (_LABEL,)), *bits]


def _weights(schema: Schema, name: str) -> list[ExampleFeature]:
    return [ExampleFeature(name, (_WEIGHT,))] if schema.weight is not None else []


def raw_columns(batch: pa.RecordBatch, schema: Schema, layout: Layout) -> pa.RecordBatch:
    """Convert raw values to the types of records: int64, float32, bytes. A missing value stays null (NaN in `packed`)."""
    columns = {name: _raw_column(batch.column(name), kind, layout) for name, kind in schema.kept_types.items()}
    if layout == "columns":
        columns |= {name: listed_values(columns[name], bag.separator) for name, bag in schema.bags.items()}
    return pa.RecordBatch.from_pydict(columns)


def listed_values(texts: pa.Array, separator: str) -> pa.Array:
    """Return the values of lists as a feature of an example has them, lists of binary, null where missing.

    A list of several tokens has them as its values; any other has one, the list's text.
    """
    lists = split_lists(texts, separator)
    is_several = lists.lengths > 1
    chosen = pa.array(np.repeat(is_several, lists.counts))
    several = list_array(lists.tokens.filter(chosen), lists.lengths[is_several])
    rest = texts.filter(pa.array(~is_several))
    single = list_array(rest.drop_null(), np.where(rest.is_valid().to_numpy(zero_copy_only=False), 1, -1))
    places = np.where(is_several, np.cumsum(is_several) - 1, len(several) + np.cumsum(~is_several) - 1)
    return pa.concat_arrays([several, single]).take(pa.array(places))


def _raw_column(column: pa.Array, kind: ValueType, layout: Layout) -> pa.Array:
    if kind == "bytes":
        return column
    if layout == "packed":
        return pa.array(float32_column(column))
    return column if column.type == pa.int64() else column.cast(pa.float32(), safe=False)


def labelled(batch: pa.RecordBatch, schema: Schema, labels: Floats, weights: Float32s | None = None) -> pa.RecordBatch:
    """Append the label, and the weight as float32 if there are weights. Rows whose label is NaN must not be encoded.

    The label is int64: 0 or 1, or the id of a class; for a regression it is float32, and its float64 stands next to it as bits.
    """
    if label_traits(schema.label.kind).is_number:
        doubles = labels.astype(np.float64)
        with np.errstate(over="ignore"):
            batch = batch.append_column(_LABEL, pa.array(doubles.astype(np.float32)))
        batch = batch.append_column(_LABEL_BITS, pa.array(doubles.view(np.int64)))
    else:
        batch = batch.append_column(_LABEL, pa.array(np.nan_to_num(labels, nan=0.0).astype(np.int64)))
    return batch if weights is None else batch.append_column(_WEIGHT, pa.array(weights))
