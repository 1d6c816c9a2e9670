"""Arrow schemas and record batches with a column for each leaf of their structs.

A field whose own name holds the step of a path would make paths ambiguous: a struct with one stays a single column, which no
feature reads. So does a struct without fields. Lists and maps are leaves, also those of structs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pyarrow as pa

from contracts.dataset.manifest import SourceFile
from contracts.errors import InvalidData
from sources.structs.leaf_paths import MOST_STEPS, STEP, path_of


def flat_schema(schema: pa.Schema, file: SourceFile) -> pa.Schema:
    """Return the schema with leaves in place of structs, in their order.

    Raises `InvalidData` for a leaf whose path is the name of a top-level column, too.
    """
    if not _has_structs(schema):
        return schema
    leaves = {field.name: [*_leaves(field.name, field.type)] for field in schema if _is_struct(field)}
    others = {*schema.names} - leaves.keys()
    for name, own in leaves.items():
        both = next((path for path, _ in own if path in others), None)
        if both is not None:
            raise InvalidData(
                f"{file.uri}: it has a column {both!r}, which is also the path of a field of the struct {name!r}; rename one "
                "of them",
                pointer="/source",
            )
    return pa.schema([leaf for field in schema for leaf in _leaves(field.name, field.type)])


def flat_batch(batch: pa.RecordBatch, wanted: Collection[str] | None = None) -> pa.RecordBatch:
    """Return the batch with a column for each leaf in place of structs: null where the leaf or a struct around it is.

    `wanted`: the columns to keep, by path; all if None. No values are copied, only the bits of missing ones.
    """
    if not _has_structs(batch.schema):
        return batch if wanted is None else batch.select(list(wanted))
    keep = None if wanted is None else frozenset(wanted)
    columns = [
        (path, leaf)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
        for path, leaf in _columns(name, column)
        if keep is None or path in keep
    ]
    return pa.record_batch([column for _, column in columns], names=[name for name, _ in columns])


def top_columns(schema: pa.Schema, wanted: Collection[str]) -> list[str]:
    """Return the top-level columns, structs among them, that hold the wanted ones, each once."""
    keep = set(wanted)
    return [field.name for field in schema if any(path in keep for path, _ in _leaves(field.name, field.type))]


def is_spread(path: str, kind: pa.DataType) -> bool:
    """Return true for a struct of which each field becomes a column. `path`: its own, or its name."""
    if not pa.types.is_struct(kind) or not kind.num_fields or path.count(STEP) >= MOST_STEPS:
        return False
    return not any(STEP in kind.field(place).name for place in range(kind.num_fields))


def _is_struct(field: pa.Field) -> bool:
    return STEP not in field.name and is_spread(field.name, field.type)


def _has_structs(schema: pa.Schema) -> bool:
    return any(pa.types.is_struct(kind) for kind in schema.types)


def _leaves(path: str, kind: pa.DataType, *, is_top: bool = True) -> Iterator[tuple[str, pa.DataType]]:
    if (is_top and STEP in path) or not is_spread(path, kind):
        yield path, kind
        return
    for place in range(kind.num_fields):
        field = kind.field(place)
        yield from _leaves(path_of(path, field.name), field.type, is_top=False)


def _columns(path: str, column: pa.Array, *, is_top: bool = True) -> Iterator[tuple[str, pa.Array]]:
    if (is_top and STEP in path) or not is_spread(path, column.type):
        yield path, column
        return
    for place, inner in enumerate(column.flatten()):
        yield from _columns(path_of(path, column.type.field(place).name), inner, is_top=False)
