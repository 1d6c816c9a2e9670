"""Shared by the kinds whose columns hold tokens: staged token numbers become ids by a table of each run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from preprocessing.vocabularies.runs import StagedRows
from sources.arrays import Int64s


def ids_of_rows(names: Iterable[str], rows: StagedRows, ids: Mapping[str, Int64s]) -> dict[str, pa.Array]:
    """Return each row's id, int64 [rows], by feature; a missing token has the number -1, and so the last id of its table, 0."""
    return {name: pa.array(ids[name][rows.numbers[name]]) for name in names}
