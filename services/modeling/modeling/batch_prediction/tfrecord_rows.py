"""Rows of TFRecords as serialized examples, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf

from contracts.errors import InvalidData, UnreadableFile, pointer
from contracts.messages.batch_predictions import BatchRequest, TfRecords
from sources.files.resolve_sources import locate


@dataclass(frozen=True)
class Examples:
    """Some rows: serialized tf.train.Examples [rows, 1], `keys` [rows] each, and the share of the source read before."""

    serialized: np.ndarray[Any, Any]
    keys: dict[str, pa.Array]
    done: float


def example_rows(source: TfRecords, request: BatchRequest, roots: Sequence[str]) -> Iterator[Examples]:
    """Yield every row, in order. Raises the errors of `locate`, and `UnreadableFile` for a damaged file."""
    files = locate(source.uris, roots)
    total = sum(file.bytes for file in files) or 1
    before = 0
    for file in files:
        is_gzip = source.compression == "gzip" or (source.compression == "auto" and file.uri.endswith(".gz"))
        records = tf.data.TFRecordDataset(file.uri, "GZIP" if is_gzip else "", buffer_size=1 << 20)
        try:
            for batch in records.batch(request.batch_size):
                serialized = batch.numpy()
                keys = _keys(serialized.tolist(), request.keys)
                yield Examples(serialized.reshape(-1, 1), keys, before / total)
        except tf.errors.DataLossError as error:
            raise UnreadableFile(
                f"{file.uri} is not a readable TFRecord file: {error.message}", pointer="/source"
            ) from error
        before += file.bytes


def _keys(serialized: list[bytes], names: list[str]) -> dict[str, pa.Array]:
    """Return the keys as text, a number as Python writes it; null where an example has no value."""
    if not names:
        return {}
    keys: dict[str, list[str | None]] = {name: [] for name in names}
    for example in serialized:
        try:
            features = tf.train.Example.FromString(example).features.feature
        except Exception as error:  # protobuf's own error has no public name that is stable
            raise InvalidData(f"a record is no tf.train.Example: {error}", pointer="/source") from error
        for index, name in enumerate(names):
            keys[name].append(_text(features[name], name, index) if name in features else None)
    return {name: pa.array(values, pa.string()) for name, values in keys.items()}


def _text(feature: tf.train.Feature, name: str, index: int) -> str | None:
    values = getattr(feature, feature.WhichOneof("kind") or "bytes_list").value
    if not values:
        return None
    if not isinstance(values[0], bytes):
        return str(values[0])
    try:
        return values[0].decode()
    except UnicodeDecodeError as error:
        raise InvalidData(
            f"the key {name!r} holds bytes that are not UTF-8: {error}", pointer=pointer("keys", index)
        ) from error
