"""Counts of the training split, kept with a version so that served rows can be compared after the dataset is deleted.

    statistics.json          see `versions`
    training_values.arrow    per numeric feature, the count of each value, as the float32 that the model sees; or by
                             intervals, as the dataset counted it (`contracts.dataset.value_counts`)
    training_tokens.arrow    per categorical feature, the count of each token: the most frequent 100,000 of its vocabulary;
                             of a hashed one, those that the statistics name

Each is an Arrow IPC file with a record batch per feature; the schema's metadata name them in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset.published import Dataset
from contracts.dataset.vocabulary import VOCABULARY
from contracts.errors import Conflict, CorruptData
from contracts.schema import Schema
from contracts.statistics import CategoricalStatistics, SplitStatistics
from contracts.storage import Storage
from modeling.feature_kinds.kinds import FeatureKinds
from modeling.monitoring.logged_rows import METADATA
from modeling.repository.versions import TRAINING_TOKENS, TRAINING_VALUES, VersionManifest, read_file, read_statistics
from modeling.skew.served_counts import MOST_TOKENS
from sources.drift.distances import NumberCounts

_VALUES = pa.schema([("value", pa.float64()), ("count", pa.int64())])
_SPARE_BITS = 29
"""Number of last bits of a double that a float32 does not have."""

_Batch = tuple[dict[str, Any], pa.RecordBatch]


@dataclass(frozen=True)
class KnownTokens:
    """Tokens of the training split by descending count, none of them 0."""

    tokens: pa.BinaryArray
    counts: pa.Int64Array


@dataclass(frozen=True)
class TrainedOn:
    """The training split of a version. Of a feature that the dataset did not count there are no numbers."""

    statistics: SplitStatistics
    numbers: dict[str, NumberCounts]
    tokens: dict[str, KnownTokens]


def keep_training_split(dataset: Dataset, schema: Schema, statistics: SplitStatistics, folder: Path) -> None:
    """Write both files into a version's folder. `statistics`: of the split `train`."""
    kinds = FeatureKinds(schema)
    _write(folder / TRAINING_VALUES, _VALUES, _values(dataset, kinds.measured_by("numbers")))
    _write(folder / TRAINING_TOKENS, VOCABULARY, _tokens(dataset, kinds.measured_by("tokens"), statistics))


def _values(dataset: Dataset, features: list[str]) -> Iterator[_Batch]:
    for name in features:
        if name not in dataset.manifest.values:
            continue
        published = dataset.values(name)
        lows, counts = published.table.column("low").to_numpy(), published.counts("train").to_numpy()
        there = counts > 0
        values, places = np.unique(lows[there].astype(np.float32).astype(np.float64) + 0.0, return_inverse=True)
        summed = np.zeros(len(values), np.int64)
        np.add.at(summed, places, counts[there])
        shift = max(published.shift, _SPARE_BITS) if published.shift else 0
        yield {"feature": name, "shift": shift}, pa.RecordBatch.from_arrays([values, summed], schema=_VALUES)


def _tokens(dataset: Dataset, features: list[str], statistics: SplitStatistics) -> Iterator[_Batch]:
    for name in features:
        if name in dataset.manifest.vocabularies:
            vocabulary = dataset.vocabulary(name)
            table = pa.table([vocabulary.tokens, vocabulary.counts], schema=VOCABULARY)
            table = table.filter(pc.greater(table["count"], 0)).slice(0, MOST_TOKENS).combine_chunks()
            batch = table.to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], VOCABULARY)
        else:
            seen = statistics.features.get(name)
            top = seen.top if isinstance(seen, CategoricalStatistics) else []
            rows = [{"token": token.token, "count": token.count} for token in top]
            batch = pa.RecordBatch.from_pylist(rows, VOCABULARY)
        yield {"feature": name}, batch


def _write(path: Path, schema: pa.Schema, batches: Iterator[_Batch]) -> None:
    pairs = list(batches)
    meaning = {METADATA: json.dumps([meaning for meaning, _ in pairs])}
    schema = schema.with_metadata(meaning)
    with pa.ipc.new_file(str(path), schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        for _, batch in pairs:
            writer.write_batch(batch.replace_schema_metadata(meaning))


def read_trained_on(storage: Storage, manifest: VersionManifest) -> TrainedOn:
    """Return the counts that the version kept. Raises `Conflict` if it kept none, `CorruptData` for invalid files."""
    statistics = read_statistics(storage, manifest)
    if statistics is None or not {TRAINING_VALUES, TRAINING_TOKENS} <= manifest.files.keys():
        raise Conflict(
            f"version {manifest.version} of model {manifest.model!r} was published without what it was trained on; train it again"
        )
    numbers = {
        meaning["feature"]: NumberCounts.of(
            batch.column("value").to_numpy(), batch.column("count").to_numpy(), meaning["shift"]
        )
        for meaning, batch in _read(storage, manifest, TRAINING_VALUES)
    }
    tokens = {
        meaning["feature"]: KnownTokens(batch.column("token"), batch.column("count"))
        for meaning, batch in _read(storage, manifest, TRAINING_TOKENS)
    }
    return TrainedOn(statistics.splits["train"], numbers, tokens)


def _read(storage: Storage, manifest: VersionManifest, name: str) -> list[_Batch]:
    data = read_file(storage, manifest, name)
    try:
        file = pa.ipc.open_file(pa.py_buffer(data))
        meanings = json.loads(file.schema.metadata[METADATA])
        return [(meaning, file.get_batch(index)) for index, meaning in enumerate(meanings)]
    except (pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
        raise CorruptData(f"{manifest.folder}/{name} is not what this service writes: {error}") from error
