"""A model's raw features as JSON Schema: allowed values, their distribution in training, and the imputation of missing ones.

Each kind of feature defines its fields' schemas: `modeling.feature_kinds`. Ranges and frequent tokens are descriptions, not
constraints: a value outside of them is predicted like any other.
"""

from __future__ import annotations

from contracts.schema import Schema
from contracts.statistics import Statistics
from modeling.feature_kinds.base import Json
from modeling.feature_kinds.kinds import FeatureKinds


def row_schema(schema: Schema, statistics: Statistics | None) -> Json:
    """Return the JSON Schema of a row by field name. No field is required.

    `statistics`: of the split `train`; without them only the schema is described.
    """
    fields: Json = {}
    for kind in FeatureKinds(schema).all:
        fields |= kind.json_schemas(statistics)
    return {
        "type": "object",
        "description": "Every field may be left out: then it is missing.",
        "properties": {name: fields[name] for name in schema.features},
        "additionalProperties": False,
    }


def column_schema(row: Json) -> Json:
    """Return the schema of columns: an object of lists of equal length."""
    columns = {name: {"type": "array", "items": {"type": field["type"]}} for name, field in row["properties"].items()}
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
