"""The raw source itself as training data, for datasets without records: read again at each epoch, nothing on disk.

The rows' splits and labels were fixed when the dataset was made; they lie beside it, one file per range of the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from contracts.dataset import Dataset
from contracts.errors import CorruptData, SourceChanged
from contracts.schema import SPLIT_NAMES, SplitName, ValueType
from modeling.feature_kinds.raw_values import RawColumns
from sources.files.resolve_sources import check_unchanged, locate
from sources.matrices import value_types
from sources.read_range import read_range
from sources.rejects import Rejects

Rows = tuple[np.ndarray[Any, Any], ...]
"""`numeric` float32 [rows, N], NaN where missing; `tokens` bytes [rows, M], empty where missing; `label` float32 [rows]; and
where the schema has a weight, that, float32 [rows]."""


def check_source(dataset: Dataset, source_roots: list[str]) -> None:
    """Raise `SourceChanged` when a file is not what it was, `NotAllowed` when it lies outside the allowed roots."""
    check_unchanged(dataset.manifest.files)
    locate([file.uri for file in dataset.manifest.files], source_roots)


def split_rows(
    dataset: Dataset, split: SplitName, ranges: list[int], positions: np.ndarray[Any, Any] | None = None
) -> Iterator[Rows]:
    """The rows of a split in the given ranges of the source, in order, a record batch at a time.

    `positions`: only these of the rows there would be otherwise, ascending, counted from 0.

    Raises `SourceChanged` where the source has another number of rows than it had, `CorruptData` for a broken file of ours.
    """
    manifest = dataset.manifest
    wanted = SPLIT_NAMES.index(split) + 1  # 0 stands for rows that are left out
    columns = RawColumns.of(dataset.schema)
    passed = 0
    for at in ranges:
        splits, *label_and_weight = _split_label_weight(dataset, at)
        begin = 0
        for batch in _batches(dataset, at):
            end = begin + batch.num_rows
            chosen = np.flatnonzero(splits[begin:end] == wanted)
            if end > len(splits):
                break
            if positions is not None:
                wanted_here = positions[np.searchsorted(positions, passed) :] - passed
                passed += len(chosen)
                chosen = chosen[wanted_here[wanted_here < len(chosen)]]
            if len(chosen):
                kept = batch.take(pa.array(chosen))
                found = [each[begin:end][chosen] for each in label_and_weight]
                yield *columns.from_batch(kept), *found
            begin = end
        if begin != len(splits):
            raise SourceChanged(
                f"dataset {manifest.name}: the source has another number of rows than when the dataset was made. "
                f"Received: {begin} or more in range {at}, where there were {len(splits)}"
            )


def _batches(dataset: Dataset, at: int) -> Iterator[pa.RecordBatch]:
    """The rows of a range, with the features' columns; without those that the dataset's job rejected.

    Which these are depends on every column that it read, so where there are any, all of those columns are read again.
    """
    manifest = dataset.manifest
    features = value_types(dataset.schema)
    count = manifest.left_out.rejected
    rejects = Rejects(count) if count else None
    columns: Mapping[str, ValueType] = manifest.columns if count else features
    nulls = dataset.schema.null_values
    batches = read_range(
        manifest.source, manifest.files, manifest.ranges[at], columns, null_values=nulls, rejects=rejects
    )
    for batch in batches:
        yield batch.select(list(features)) if count else batch


def range_counts(dataset: Dataset, split: SplitName) -> list[int]:
    """How many rows of a split each range of the source has. Raises `CorruptData`."""
    wanted = SPLIT_NAMES.index(split) + 1
    ranges = range(len(dataset.manifest.ranges))
    return [int(np.count_nonzero(_split_label_weight(dataset, at)[0] == wanted)) for at in ranges]


def record_batches(dataset: Dataset, split: SplitName) -> Iterator[Rows]:
    """One pass over a split in the source's order, in batches of whatever size they are read."""
    yield from split_rows(dataset, split, list(range(len(dataset.manifest.ranges))))


def _split_label_weight(dataset: Dataset, at: int) -> list[np.ndarray[Any, Any]]:
    """Split, label and, where there is one, weight of each row of a range."""
    names = ["split", "label", *(["weight"] if dataset.schema.weight is not None else [])]
    artifact = dataset.manifest.rows[at]
    try:
        table = pa.ipc.open_file(dataset.checked(artifact)).read_all()
        return [table.column(name).to_numpy() for name in names]
    except (pa.ArrowInvalid, KeyError) as error:
        raise CorruptData(
            f"dataset {dataset.manifest.name}: {artifact.path} does not hold {', '.join(names)}: {error}"
        ) from error
