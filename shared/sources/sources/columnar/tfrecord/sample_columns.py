"""The columns of a TFRecord source without given ones: the features of the first records of each file, and their types."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

import numpy as np

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import UnreadableFile
from contracts.source import RecordType, TfRecordFiles
from sources.columnar.tfrecord.examples import Examples, read_examples
from sources.columnar.tfrecord.framing import Records, read_records
from sources.columnar.tfrecord.parse_example import BYTES, EMPTY, FLOAT, INT64
from sources.columnar.tfrecord.scalars import read_scalars
from sources.text.text_streams import TO_THE_END

_FEWEST, _MOST = 64, 4096
"""Records sampled per file: `_MOST` where there are few files."""
_ALL = 65_536
_TYPES: dict[int, RecordType] = {BYTES: "bytes", FLOAT: "float", INT64: "int64"}

ColumnType = RecordType | Literal["list", "mixed"]


def with_columns(source: TfRecordFiles, files: Sequence[SourceFile], single: Collection[str] = ()) -> TfRecordFiles:
    """Return the source with the columns of its files, unless it names them. `single`: columns that hold no lists.

    Lists in a column of `single` do not make it one, unless all of its values are lists. A feature without values in the sample
    is float. Raises `UnreadableFile` for a damaged file and where no record has a feature, `InvalidData` for feature lists that
    are not to be ignored.
    """
    if source.columns is not None:
        return source
    limit = min(max(_ALL // max(len(files), 1), _FEWEST), _MOST)
    kinds: dict[str, set[str]] = {}
    for file in files:
        for records in _first(source, file, limit):
            _add(kinds, read_examples(records, source, file, "record {}".format))
    if not kinds:
        raise UnreadableFile(
            f"{files[0].uri}: none of the first records has a feature; name the columns in source.columns, if later ones do",
            pointer="/source",
        )
    for name in kinds.keys() & set(single):
        kinds[name] = kinds[name] - {"list"} or kinds[name]
    columns = {name: _type_of(kinds[name]) for name in sorted(kinds)}
    return source.model_copy(update={"columns": columns})


def _first(source: TfRecordFiles, file: SourceFile, limit: int) -> Iterator[Records]:
    """Yield the first records of a file, some MiB of them and at most `limit`; nothing for a file without records."""
    for records in read_records(source, file, SourceRange(file=0, start=0, end=TO_THE_END)):
        yield records.first(limit)
        return


def _add(kinds: dict[str, set[str]], examples: Examples) -> None:
    for raw, lists in examples.walked.lists.items():
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            continue  # the job makes such a record a bad record
        seen = kinds.setdefault(name, set())
        for kind in np.unique(lists.kinds[lists.lengths > 0]).tolist():
            if kind != EMPTY:
                scalars = read_scalars(examples.records, lists.select(lists.kinds == kind), _TYPES[kind], {})
                seen |= {"list"} if scalars.has_several else set()
                seen |= {_TYPES[kind]} if scalars.values.null_count < len(scalars.values) else set()
    for example in examples.others.values():
        for raw, (kind, values) in example.features.items():
            seen = kinds.setdefault(raw.decode(), set())
            if raw in example.lists:
                seen.add("list")
            elif values:
                seen.add(_TYPES[kind] if len(values) == 1 else "list")


def _type_of(seen: set[str]) -> ColumnType:
    """Return the type for what was seen of a feature: float for whole numbers and floats that are float32 alike."""
    if "list" in seen:
        return "list"
    if "bytes" in seen:
        return "bytes" if len(seen) == 1 else "mixed"
    return "int64" if seen == {"int64"} else "float"
