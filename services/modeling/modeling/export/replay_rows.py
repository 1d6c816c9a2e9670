"""Rows of the training data by which a version is judged: their raw values, and what training saw of them.

The raw values are those that the dataset kept (`contracts.kept_sample`). What training saw comes from where training
reads: the same rows are looked up in the dataset's records, or in the source where there are none, and become model
inputs on that way. Beside them stand rows that no data may hold: nothing but missing values, and tokens that no
vocabulary knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf

from contracts.dataset import Dataset
from contracts.schema import Schema
from modeling.feature_kinds.raw_values import RawColumns
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.layers.model_inputs import ModelInputs
from sources.matrices import value_types
from sources.values.text_values import ARROW_TYPES

_OOV_TOKEN = b"\x00tandem: no such token \xff"


@dataclass(frozen=True)
class ReplayRows:
    """Some rows: `rows` raw, a column per feature, null where missing; and as training saw them."""

    rows: pa.RecordBatch
    names: list[str]
    """What to call each of them."""
    numeric: np.ndarray[Any, Any]
    """Model inputs that are numbers, float32 [rows, `schema.number_inputs`]."""
    categorical: np.ndarray[Any, Any]
    """Model inputs that are ids, int64 [rows, `schema.id_inputs`]."""


def collect_replay_rows(
    dataset: Dataset, schema: Schema, pipeline: InputPipeline, model_inputs: ModelInputs
) -> ReplayRows:
    """The rows that the dataset kept and the made ones. `schema`: the model's, which may treat numbers otherwise.

    Reads the training and the validation split once, up to the last of the rows. Raises `InvalidRequest` for a dataset of an
    earlier release, and `CorruptData` and `SourceChanged` as reading does.
    """
    sample = dataset.sample()
    made = _made_rows(schema)
    seen = [_inputs(model_inputs, schema, made)]
    names = ["a row of nothing but missing values", "a row of unknown tokens"]
    kept: list[pa.RecordBatch] = [made]
    for code in np.unique(sample.codes).tolist():
        rows = np.flatnonzero(sample.codes == code)
        split, positions = sample.split(int(rows[0])), sample.positions[rows]
        seen.append(pipeline.at(split, positions))
        names += [f"row {position} of the split {split}" for position in positions.tolist()]
        kept.append(sample.features.take(pa.array(rows)))
    numeric, categorical = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    return ReplayRows(pa.concat_batches(kept), names, numeric, categorical)


def _made_rows(schema: Schema) -> pa.RecordBatch:
    kinds = {name: ARROW_TYPES[kind] for name, kind in value_types(schema).items()}
    columns = [pa.array([None, _OOV_TOKEN if pa.types.is_binary(kind) else 0], kind) for kind in kinds.values()]
    return pa.record_batch(columns, names=list(kinds))


def _inputs(model_inputs: ModelInputs, schema: Schema, rows: pa.RecordBatch) -> tuple[np.ndarray[Any, Any], ...]:
    values = RawColumns.of(schema).from_batch(rows)
    inputs = model_inputs(tf.constant(values.numeric), tf.constant(values.tokens, tf.string))
    return tuple(part.numpy() for part in inputs)
