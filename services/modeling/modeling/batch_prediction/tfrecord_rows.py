"""Rows of TFRecords as serialized examples: predicted, with their keys, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf
from google.protobuf.message import DecodeError

from contracts.dataset.manifest import SourceFile
from contracts.dataset.rejected_rows import RejectedRow
from contracts.errors import InvalidData, InvalidRequest, UnreadableFile, pointer
from contracts.messages.batch_predictions import BatchRequest, TfRecords
from modeling.batch_prediction.skipped_rows import SkippedRows
from sources.arrays import Array
from sources.files.resolve_sources import locate
from sources.read_request import SKIPPING

Predict = Callable[[np.ndarray[Any, Any]], dict[str, Array]]
"""From serialized examples, objects [rows, 1], to outputs. Raises `InvalidRequest` if one cannot be read."""

_LOOKED_AT = 4096
"""Records of each file in which the type of each key is looked up."""
_TYPES = {"bytes_list": pa.string(), "int64_list": pa.int64(), "float_list": pa.float32()}
_NOT_AN_EXAMPLE = "a record is no tf.train.Example"


@dataclass(frozen=True)
class PredictedExamples:
    """Some rows: the model's outputs, `keys` [rows] each, and the share of the source read before."""

    outputs: dict[str, Array]
    keys: dict[str, pa.Array]
    done: float


def predict_examples(
    source: TfRecords, request: BatchRequest, roots: Sequence[str], predict: Predict, skipped: SkippedRows
) -> Iterator[PredictedExamples]:
    """Yield every row that can be read, in order; the others are skipped as far as they may be.

    Raises the errors of `locate`, `UnreadableFile` for a damaged file, `InvalidRequest` for a record that is not an example of
    the model's features, and `TooManyBadRecords`.
    """
    files = locate(source.uris, roots)
    total = sum(file.bytes for file in files) or 1
    types = _key_types(source, files, request.keys) if request.keys else {}
    before = 0
    for file in files:
        number = 1
        for serialized in _batches(source, file, request.batch_size):
            outputs, kept = _predicted(serialized, predict, skipped, file, number)
            number += len(serialized)
            if len(kept):
                yield PredictedExamples(outputs, _keys(kept.tolist(), types), before / total)
        before += file.bytes


def _batches(source: TfRecords, file: SourceFile, rows: int) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the records of a file, objects [rows]."""
    is_gzip = source.compression == "gzip" or (source.compression == "auto" and file.uri.endswith(".gz"))
    records = tf.data.TFRecordDataset(file.uri, "GZIP" if is_gzip else "", buffer_size=1 << 20)
    try:
        for batch in records.batch(rows):
            yield batch.numpy()
    except tf.errors.DataLossError as error:
        raise UnreadableFile(
            f"{file.uri} is not a readable TFRecord file: {error.message}", pointer="/source"
        ) from error


def _predicted(
    serialized: np.ndarray[Any, Any], predict: Predict, skipped: SkippedRows, file: SourceFile, number: int
) -> tuple[dict[str, Array], np.ndarray[Any, Any]]:
    """Return outputs and the records that have some. `number`: of the first record in its file, from 1."""
    try:
        return predict(serialized.reshape(-1, 1)), serialized
    except InvalidRequest:
        wrong = _wrong(serialized, predict)
    if not skipped.allowed and wrong:
        row, reason = next(iter(wrong.items()))
        raise InvalidRequest(f"{file.uri}, record {number + row}: {reason}; {SKIPPING}", pointer="/source")
    skipped.keep(RejectedRow.of(file.uri, number + row, reason, serialized[row]) for row, reason in wrong.items())
    kept = serialized[[row for row in range(len(serialized)) if row not in wrong]]
    return (predict(kept.reshape(-1, 1)) if len(kept) else {}), kept


def _wrong(serialized: np.ndarray[Any, Any], predict: Predict, first: int = 0) -> dict[int, str]:
    """Return why records cannot be read, by position from `first`, by bisection."""
    try:
        predict(serialized.reshape(-1, 1))
    except InvalidRequest as error:
        if len(serialized) == 1:
            return {first: _NOT_AN_EXAMPLE if _example(serialized[0]) is None else error.message}
        half = len(serialized) // 2
        return _wrong(serialized[:half], predict, first) | _wrong(serialized[half:], predict, first + half)
    return {}


def _example(record: bytes) -> tf.train.Example | None:
    try:
        return tf.train.Example.FromString(record)
    except DecodeError:
        return None


def _key_types(source: TfRecords, files: Sequence[SourceFile], names: Sequence[str]) -> dict[str, pa.DataType]:
    """Return the type of each key: that of its first value in the first records of each file, text where there is none."""
    types: dict[str, pa.DataType] = {}
    for file in files:
        for record in next(_batches(source, file, _LOOKED_AT), ()):
            example = _example(record) or tf.train.Example()
            for name in names:
                values = example.features.feature.get(name)
                kind = None if values is None else values.WhichOneof("kind")
                if kind is not None and getattr(values, kind).value:
                    types.setdefault(name, _TYPES[kind])
            if len(types) == len(names):
                return {name: types[name] for name in names}
    return {name: types.get(name, pa.string()) for name in names}


def _keys(serialized: list[bytes], types: dict[str, pa.DataType]) -> dict[str, pa.Array]:
    """Return the keys; null where an example has no value. In a column of text a number is as Python writes it."""
    keys: dict[str, list[Any]] = {name: [] for name in types}
    for record in serialized if types else []:
        example = _example(record)
        if example is None:
            raise InvalidData(_NOT_AN_EXAMPLE, pointer="/source")
        features = example.features.feature
        for index, (name, kind) in enumerate(types.items()):
            keys[name].append(_key(features[name], name, kind, index) if name in features else None)
    return {name: pa.array(values, types[name]) for name, values in keys.items()}


def _key(feature: tf.train.Feature, name: str, kind: pa.DataType, index: int) -> Any:
    values = getattr(feature, feature.WhichOneof("kind") or "bytes_list").value
    if not values:
        return None
    value = values[0]
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError as error:
            raise InvalidData(
                f"the key {name!r} holds bytes that are not UTF-8: {error}", pointer=pointer("keys", index)
            ) from error
    if kind == pa.string():
        return str(value)
    if isinstance(value, str) or (kind == pa.int64() and not float(value).is_integer()):
        what = "whole numbers" if kind == pa.int64() else "numbers"
        raise InvalidData(f"the key {name!r} holds {what} first. Received: {value!r}", pointer=pointer("keys", index))
    return int(value) if kind == pa.int64() else float(value)
