"""Replay rows of the training data: their raw values, and their model inputs in training.

The raw values are those that the dataset kept (`contracts.dataset.sample`). The model inputs are read as training reads them:
the same rows of the dataset's records, or of the source if there are none. Two rows are added that the data may not hold:
one of missing values alone, and one of out-of-vocabulary tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf

from contracts.dataset.published import Dataset
from contracts.schema import Schema
from modeling.feature_kinds.raw_values import RawColumns
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.layers.model_inputs import ModelInputs
from sources.computed_features import ComputedFeatures
from sources.values.text_values import ARROW_TYPES

_OOV_TOKEN = b"\x00tandem: no such token \xff"


@dataclass(frozen=True)
class ReplayRows:
    """Some rows: `rows` raw, a column for each that a client sends, null where missing; and their model inputs in training."""

    rows: pa.RecordBatch
    names: list[str]
    """The name of each row in messages."""
    numeric: np.ndarray[Any, Any]
    """Model inputs that are numbers, float32 [rows, `schema.number_inputs`]."""
    categorical: np.ndarray[Any, Any]
    """Model inputs that are ids, int64 [rows, `schema.id_inputs`]."""


def collect_replay_rows(
    dataset: Dataset, schema: Schema, pipeline: InputPipeline, model_inputs: ModelInputs
) -> ReplayRows:
    """Return the rows that the dataset kept and the added ones. `schema`: the model's, with its own rules for numbers.

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
        kept.append(sample.features.select(list(schema.raw_types)).take(pa.array(rows)))
    numeric, categorical = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    return ReplayRows(pa.concat_batches(kept), names, numeric, categorical)


def _made_rows(schema: Schema) -> pa.RecordBatch:
    kinds = {name: ARROW_TYPES[kind] for name, kind in schema.raw_types.items()}
    texts = {name: b"0" if name in schema.number_lists else _OOV_TOKEN for name in kinds}
    columns = [pa.array([None, texts[name] if pa.types.is_binary(kind) else 0], kind) for name, kind in kinds.items()]
    return pa.record_batch(columns, names=list(kinds))


def _inputs(model_inputs: ModelInputs, schema: Schema, rows: pa.RecordBatch) -> tuple[np.ndarray[Any, Any], ...]:
    values = RawColumns.of_features(schema).from_batch(ComputedFeatures(schema).add(rows))
    inputs = model_inputs(tf.constant(values.numeric), tf.constant(values.tokens, tf.string))
    return tuple(part.numpy() for part in inputs)
