"""Read the raw source as training data, for datasets without records: again in each epoch, with nothing on disk.

The rows' splits and labels were fixed when the dataset was made, and are stored with it, one file per range of the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from contracts.dataset.published import Dataset
from contracts.errors import CorruptData, SourceChanged
from contracts.label_kinds import label_traits
from contracts.schema import SPLIT_NAMES, SplitName, ValueType
from modeling.feature_kinds.raw_values import RawColumns
from sources.computed_features import ComputedFeatures
from sources.files.resolve_sources import check_unchanged, locate
from sources.read_range import read_range
from sources.rejects import Rejects
from sources.values.respelling import Respelling

Rows = tuple[np.ndarray[Any, Any], ...]
"""`numeric` float32 [rows, N], NaN where missing; `tokens` bytes [rows, M], empty where missing; `label` [rows], float64 of a
regression, else float32; and where the schema has a weight, that, float32 [rows]."""


def check_source(dataset: Dataset, source_roots: list[str]) -> None:
    """Raise `SourceChanged` for a file that has changed, `NotAllowed` for one outside the allowed roots."""
    check_unchanged(dataset.manifest.files)
    locate([file.uri for file in dataset.manifest.files], source_roots)


def split_rows(
    dataset: Dataset, split: SplitName, ranges: list[int], positions: np.ndarray[Any, Any] | None = None
) -> Iterator[Rows]:
    """Yield the rows of a split in the given ranges of the source, in order, a record batch at a time.

    `positions` selects among these rows: ascending indices from 0.

    Raises `SourceChanged` if the source's number of rows has changed, `CorruptData` for a corrupt file of the dataset.
    """
    manifest = dataset.manifest
    wanted = SPLIT_NAMES.index(split) + 1  # 0 stands for rows that are left out
    columns = RawColumns.of_features(dataset.schema)
    seen = 0
    for index in ranges:
        splits, *label_and_weight = _split_label_weight(dataset, index)
        begin = 0
        for batch in _batches(dataset, index):
            end = begin + batch.num_rows
            chosen = np.flatnonzero(splits[begin:end] == wanted)
            if end > len(splits):
                break
            if positions is not None:
                wanted_here = positions[np.searchsorted(positions, seen) :] - seen
                seen += len(chosen)
                chosen = chosen[wanted_here[wanted_here < len(chosen)]]
            if len(chosen):
                kept = batch.take(pa.array(chosen))
                chosen_targets = [values[begin:end][chosen] for values in label_and_weight]
                yield *columns.from_batch(kept).matrices, *chosen_targets
            begin = end
        if begin != len(splits):
            raise SourceChanged(
                f"dataset {manifest.name}: the source's number of rows has changed since the dataset was made; make it again. "
                f"Received: {begin} or more in range {index}, where there were {len(splits)}"
            )


def _batches(dataset: Dataset, index: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a range with the features' columns, without the rows that the dataset's job rejected.

    Which rows are rejected depends on every column that the job read, so if there are any, all those columns are read.
    """
    manifest = dataset.manifest
    read = dataset.schema.raw_types
    count = manifest.left_out.rejected
    rejects = Rejects(count) if count else None
    columns: Mapping[str, ValueType] = manifest.columns if count else read
    batches = read_range(
        manifest.source,
        manifest.files,
        manifest.ranges[index],
        columns,
        null_values=dataset.schema.null_values,
        text_rules=dataset.schema.text_rules,
        rejects=rejects,
        vectors=dataset.schema.vectors,
    )
    respelling = Respelling(dataset.schema.respelled, dataset.schema.decimal_point)
    computed = ComputedFeatures(dataset.schema)
    for batch in batches:
        yield computed.add(respelling.apply(batch.select(list(read)) if count else batch)[0])


def range_counts(dataset: Dataset, split: SplitName) -> list[int]:
    """Return the number of rows of a split in each range of the source. Raises `CorruptData`."""
    wanted = SPLIT_NAMES.index(split) + 1
    ranges = range(len(dataset.manifest.ranges))
    return [int(np.count_nonzero(_split_label_weight(dataset, index)[0] == wanted)) for index in ranges]


def record_batches(dataset: Dataset, split: SplitName) -> Iterator[Rows]:
    """Yield a split in the source's order, in the batches in which it is read."""
    yield from split_rows(dataset, split, list(range(len(dataset.manifest.ranges))))


def _split_label_weight(dataset: Dataset, index: int) -> list[np.ndarray[Any, Any]]:
    """Return split, label and, if there is one, weight of each row of a range."""
    names = ["split", "label", *(["weight"] if dataset.schema.weight is not None else [])]
    artifact = dataset.manifest.rows[index]
    try:
        table = pa.ipc.open_file(dataset.checked(artifact)).read_all()
        split, label, *weight = (table.column(name).to_numpy() for name in names)
    except (pa.ArrowInvalid, KeyError) as error:
        raise CorruptData(
            f"dataset {dataset.manifest.name}: {artifact.path} does not hold {', '.join(names)}: {error}"
        ) from error
    dtype = np.float64 if label_traits(dataset.schema.label.kind).is_number else np.float32
    return [split, label.astype(dtype, copy=False), *weight]
