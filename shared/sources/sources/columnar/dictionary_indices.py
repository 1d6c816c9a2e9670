"""Check the indices of dictionary arrays, which Arrow takes from a file as they are: a damaged one points outside."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def with_checked_indices(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch. Raises `pa.ArrowInvalid` where an index is none of its dictionary's; null ones are missing values."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if isinstance(column, pa.DictionaryArray):
            bounds = pc.min_max(column.indices).as_py()
            if bounds["min"] is not None and not 0 <= bounds["min"] <= bounds["max"] < len(column.dictionary):
                raise pa.ArrowInvalid(
                    f"column {name!r}: an index of {bounds['min']} to {bounds['max']} is none of {len(column.dictionary)} values"
                )
    return batch
