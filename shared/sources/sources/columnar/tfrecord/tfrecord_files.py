"""TFRecord files of tf.train.Examples to typed record batches: whole records from byte to byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData
from contracts.source import RecordType, TfRecordFiles
from sources.columnar.tfrecord.examples import Examples, read_examples
from sources.columnar.tfrecord.framing import codec_of, count_records, read_records
from sources.columnar.tfrecord.list_texts import read_list_texts
from sources.columnar.tfrecord.sample_columns import with_columns
from sources.columnar.tfrecord.scalars import ARROW, read_scalars
from sources.columnar.tfrecord.vector_values import read_vectors
from sources.columnar.units import Units
from sources.read_request import ReadRequest
from sources.rejects import Problem
from sources.text.text_streams import TO_THE_END
from sources.values.arrow_values import typed_rows

_TYPES: Mapping[str, pa.DataType] = {**ARROW, "list": pa.list_(pa.null()), "mixed": pa.struct([])}
"""Arrow types of columns; those that cannot be read have types that no feature can have."""
_REASONS: Mapping[str, str] = {
    "list": "has several values in a record, which many reads as a list, and shape as a vector",
    "mixed": "has lists of bytes in some records and of numbers in others",
}


@dataclass(frozen=True)
class TfRecordFormat:
    """The format with the options of one source, whose columns are known."""

    source: TfRecordFiles

    def schema(self, file: SourceFile) -> pa.Schema:
        """Return the columns: those of the source, or of the file if the source names none."""
        columns = with_columns(self.source, [file]).columns or {}
        return pa.schema([(name, _TYPES[kind]) for name, kind in columns.items()])

    def units(self, file: SourceFile) -> Units:
        """Return the file as one range: a dataset job divides it by `preprocessing.planning.record_ranges`."""
        whole = [(0, TO_THE_END)]
        return Units(self.schema(file).names, TO_THE_END, None, pieces=whole, passes=whole)

    def rows_before(self, file: SourceFile, start: int) -> int:
        """Return the number of records before a byte that begins one."""
        return count_records(self.source, file, start) if start > 0 else 0

    def is_stream(self, file: SourceFile) -> bool:
        """Return true if the file can only be read from its start."""
        return codec_of(self.source, file.uri) is not None

    def read(self, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Yield the range's records in batches of the requested columns; a missing value is null. Errors as in `typed_rows`.

        A record that is no example, or in which a requested feature has several values or a list of another type, is a bad
        record. Raises `UnreadableFile` for a damaged file.
        """
        columns = self._checked(request)
        for chunk in read_records(self.source, request.file, request.part):
            for records in chunk.slices():
                examples = read_examples(records, self.source, request.file, _Place(self, request))
                yield from _batches(examples, columns, request, _Place(self, request))

    def _checked(self, request: ReadRequest) -> dict[str, RecordType]:
        """Return the types of the requested columns. Raises `InvalidData` for one that cannot be read."""
        kinds = with_columns(self.source, [request.file]).columns or {}
        columns: dict[str, RecordType] = {}
        for name in request.names:
            kind = kinds[name]
            if name in request.vectors and kind in {"list", "float", "int64"}:
                columns[name] = "float"
                continue
            if request.separator(name) is not None and kind == "list":
                columns[name] = "bytes"
                continue
            if kind not in ARROW:
                raise InvalidData(
                    f"{request.file.uri}: column {name!r} {_REASONS[kind]}; exclude it, or name its type in source.columns, "
                    "which makes other records bad records",
                    pointer=request.pointer(name),
                )
            columns[name] = kind
        return columns


@dataclass(frozen=True)
class _Place:
    """The words for a record's place in its file, by its number from 1 in the range."""

    format: TfRecordFormat
    request: ReadRequest

    def __call__(self, number: int) -> str:
        return f"record {self.format.rows_before(self.request.file, self.request.part.start) + number}"


def _batches(
    examples: Examples, columns: Mapping[str, RecordType], request: ReadRequest, place: _Place
) -> Iterator[pa.RecordBatch]:
    """Yield the records between bad records, which are refused in their order."""
    records = examples.records
    bad = {row: Problem(InvalidData, reason, "/source") for row, reason in examples.malformed.items()}
    arrays: list[pa.Array] = []
    for name, kind in columns.items():
        raw = name.encode()
        others = {row: example.features[raw] for row, example in examples.others.items() if raw in example.features}
        separator, lists = request.separator(name), examples.walked.lists.get(raw)
        if name in request.vectors:
            values, wrong = read_vectors(records, lists, others)
        elif separator is not None:
            sequences = {row for row, example in examples.others.items() if raw in example.lists}
            values, wrong = read_list_texts(records, lists, others, separator, sequences)
        else:
            scalars = read_scalars(records, lists, kind, others)
            values, wrong = scalars.values, scalars.wrong
        arrays.append(values)
        for row, reason in wrong.items():
            bad.setdefault(row, Problem(InvalidData, f"column {name!r} {reason}", request.pointer(name)))
    batch = pa.record_batch(arrays, names=list(columns))
    begin = 0
    for row in [*sorted(bad), len(records)]:
        if begin < row:
            rows = typed_rows(batch.slice(begin, row - begin), request, records.before + begin, place)
            if rows.num_rows:
                yield rows
        if row < len(records):
            request.refuse(bad[row], records.before + row + 1, lambda row=row: records.message(row), place)
        begin = row + 1
