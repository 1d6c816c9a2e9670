"""Arrow's reading of JSON with the paths of nested objects: as structs, next to the keys of the whole paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from sources.structs.flat_batches import flat_batch
from sources.structs.json_structs import JsonPaths
from sources.structs.leaf_paths import STEP

_Tree = dict[str, Any]
"""Types by key: of a leaf the Arrow type, of an object its own tree."""


def with_structs(schema: pa.Schema, paths: JsonPaths) -> pa.Schema:
    """Return the schema with structs after its columns, in which each path has the type of its column."""
    tree: _Tree = {}
    for path in sorted(paths.paths):
        *outer, leaf = path.split(STEP)
        inner = tree
        for step in outer:
            inner = inner.setdefault(step, {})
        inner[leaf] = schema.field(path).type
    return pa.schema([*schema, *_fields(tree)])


def struct_leaves(table: pa.Table, paths: JsonPaths) -> dict[str, pa.Array]:
    """Return the leaves of the structs that `with_structs` put into the schema, by path: null where missing."""
    tops = sorted({path.partition(STEP)[0] for path in paths.paths})
    structs = pa.record_batch([table.column(name).combine_chunks() for name in tops], names=tops)
    flat = flat_batch(structs)
    return dict(zip(flat.schema.names, flat.columns, strict=True))


def _fields(tree: Mapping[str, Any]) -> list[pa.Field]:
    return [
        pa.field(name, kind if isinstance(kind, pa.DataType) else pa.struct(_fields(kind)))
        for name, kind in tree.items()
    ]
