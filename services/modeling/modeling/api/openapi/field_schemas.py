"""A model's raw features as JSON Schema: allowed values, their distribution in training, and the imputation of missing ones.

Each kind of feature defines its fields' schemas: `modeling.feature_kinds`. Ranges and frequent tokens are descriptions, not
constraints: a value outside of them is predicted like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

from contracts.features import TimeFormat
from contracts.features.time_patterns import WIDTHS, parts_of
from contracts.schema import Schema
from contracts.statistics import Statistics
from modeling.feature_kinds.base import Json
from modeling.feature_kinds.kinds import FeatureKinds


def row_schema(
    schema: Schema, statistics: Statistics | None, examples: Mapping[str, int | float | str] | None = None
) -> Json:
    """Return the JSON Schema of a row by field name. No field is required.

    `statistics`: of the split `train`; without them only the schema is described. `examples`: values of columns that are read
    by expressions alone.
    """
    fields: Json = {}
    for kind in FeatureKinds(schema).all:
        fields |= kind.json_schemas(statistics)
    for name in schema.columns:
        if name not in schema.features:
            example = (examples or {}).get(name)
            fields[name] = _column_schema(schema, name) | ({} if example is None else {"examples": [example]})
    return {
        "type": "object",
        "description": "Every field may be left out: then it is missing.",
        "properties": _with_vectors(schema, {name: fields[name] for name in schema.raw_types}),
        "additionalProperties": False,
    }


def _with_vectors(schema: Schema, fields: Json) -> Json:
    """Return the fields with each vector in the place of its elements."""
    owners = {element: name for name, elements in schema.vectors.items() for element in elements}
    names = dict.fromkeys(owners.get(name, name) for name in fields)
    return {
        name: _vector_schema(schema.vectors[name], fields) if name in schema.vectors else fields[name] for name in names
    }


def _vector_schema(elements: list[str], fields: Json) -> Json:
    first = fields[elements[0]]
    return {
        "type": ["array", "null"],
        "items": {"type": first["type"]},
        "minItems": len(elements),
        "maxItems": len(elements),
        "description": f"A vector of {len(elements)} numbers, null for one that is missing; or single elements as fields of "
        f"their own, `{elements[0]}` to `{elements[-1]}`. The first element: {first['description']}",
        "examples": [[fields[element]["examples"][0] for element in elements]],
    }


def _column_schema(schema: Schema, name: str) -> Json:
    """Return the schema of a column that is no feature by itself, but that features are computed from."""
    computed = [feature for feature, tree in schema.computed.items() if name in tree.columns()]
    words = f"Read by {', '.join(f'`{feature}`' for feature in computed)}, which the model computes."
    match schema.columns[name]:
        case "int64":
            return {"type": ["integer", "null"], "description": f"A whole number. {words}", "examples": [None]}
        case "float64":
            return {"type": ["number", "null"], "description": f"A number. {words}", "examples": [None]}
        case "bytes" if name in schema.number_lists:
            mark = schema.number_lists[name]
            return {
                "type": ["array", "string", "null"],
                "items": {"type": ["number", "null"]},
                "description": f"A list of numbers, or their text with {mark!r} between them. {words}",
                "examples": [[1.5, 2.5]],
            }
        case "bytes":
            return {"type": ["string", "null"], "description": f"Text. {words}", "examples": [None]}
        case "instant":
            return _time_schema(schema.time_formats.get(name, TimeFormat()), words)
        case _:
            assert_never(schema.columns[name])


def _time_schema(written: TimeFormat, words: str) -> Json:
    """Return the schema of a column of dates or times: text, numbers, or both, by its format."""
    clocks = "in UTC" if written.zone is None else f"by the clocks of {written.zone.name}"
    if written.unix_unit is not None:
        kind = "number" if written.unix_unit == "unix_s" else "integer"
        example = {"unix_s": 1371285000, "unix_ms": 1371285000000, "unix_us": 1371285000000000}
        return {
            "type": ["string", kind, "null"],
            "description": f"{written.expected[0].upper()}{written.expected[1:]}, or a time as ISO 8601 writes it. {words}",
            "examples": [example.get(written.unix_unit, 1371285000000000000)],
        }
    moment = datetime(2013, 6, 15, 8, 30, tzinfo=UTC)
    if written.pattern is not None:
        return {
            "type": ["string", "integer", "null"] if _is_of_digits(written.pattern) else ["string", "null"],
            "description": f"{written.expected[0].upper()}{written.expected[1:]}, {clocks} without an offset; or as ISO 8601 "
            f"writes it. {words}",
            "examples": [moment.strftime(written.pattern)],
        }
    return {
        "type": ["string", "integer", "null"],
        "description": f"A date or a time as ISO 8601 writes it, {clocks} without an offset; or microseconds since 1970. {words}",
        "examples": ["2013-06-15T08:30:00Z" if written.zone is None else "2013-06-15T08:30:00"],
    }


def _is_of_digits(pattern: str) -> bool:
    return all(part.directive in WIDTHS for part in parts_of(pattern))


def column_schema(row: Json) -> Json:
    """Return the schema of columns: an object of lists of equal length."""
    kept = ("type", "items", "minItems", "maxItems")
    columns = {
        name: {"type": "array", "items": {key: field[key] for key in kept if key in field}}
        for name, field in row["properties"].items()
    }
    return {
        "type": "object",
        "description": "Lists of equal length. A column that is left out is missing in every row.",
        "properties": columns,
        "minProperties": 1,
        "additionalProperties": False,
    }


def example_row(row: Json) -> Json:
    """Return a row in the middle of the training data: each field's example."""
    return {name: field["examples"][0] for name, field in row["properties"].items()}
