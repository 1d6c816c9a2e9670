"""The columns of TFRecord files that a version reads: those of the first records, and its own that these do not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidRequest
from contracts.features import TextRule
from contracts.schema import Schema, ValueType
from contracts.source import RecordType, Source, TfRecordFiles
from sources.columnar.tfrecord.sample_columns import with_columns

_SHOWN = 10


def with_model_columns(source: Source, files: Sequence[SourceFile], schema: Schema, *, may_be_absent: bool) -> Source:
    """Return a source of TFRecords with the columns of its first records and of the model.

    Any other source is returned as it is, and so is one whose columns the request names.

    An Example has no feature for a missing value, so a column that no sampled record has is missing there, not absent. It is
    read with the type that the model reads. Where the model reads single values, records with lists are bad records.

    Raises the errors of the sample, and `InvalidRequest` where it has none of the model's columns, unless they `may_be_absent`.
    """
    if not isinstance(source, TfRecordFiles) or source.columns is not None:
        return source
    rules, lists = schema.text_rules, schema.separators
    single = [name for name in schema.raw_types if name not in lists]
    columns = dict(with_columns(source, files, single).columns or {})
    vector_of = {element: vector for vector, own in schema.vectors.items() for element in own}
    wanted = {*schema.raw_types, *schema.vectors}
    if wanted.isdisjoint({*columns, *files[0].partition}) and not may_be_absent:
        raise InvalidRequest(
            f"the first records have none of the model's columns: {_shown(sorted(wanted - vector_of.keys()))}; with "
            f"absent_columns missing all are missing values. Received: {_shown(list(columns))}",
            pointer="/source",
        )
    for name, own in schema.vectors.items():
        if not any(element in columns for element in own):
            columns.setdefault(name, "list")
    for name, kind in schema.raw_types.items():
        if name in files[0].partition or (name not in columns and vector_of.get(name) in columns):
            continue
        if columns.get(name) in {None, "list", "mixed"}:
            columns[name] = "list" if name in lists else _record_type(name, kind, rules)
    return source.model_copy(update={"columns": columns})


def _record_type(name: str, kind: ValueType, rules: Mapping[str, TextRule]) -> RecordType:
    """Return the type of list in which an Example has the values of a column."""
    time = rules[name].time if name in rules else None
    if kind == "int64" or (kind == "instant" and time is not None and time.unix_unit is not None):
        return "int64"
    return "float" if kind == "float64" else "bytes"


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:_SHOWN]))
    return f"{shown} …" if len(names) > _SHOWN else shown
