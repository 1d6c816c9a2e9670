"""OpenAPI descriptions of the routes that name no model, whose bodies are read by hand."""

from __future__ import annotations

from typing import Any

from modeling.api.openapi.predict import CLASS_PARAMETER, ERRORS, EXPLAIN, EXPLANATIONS, VERSION_HEADERS
from modeling.protocols import extra_columns

_ROWS: dict[str, Any] = {"type": "array", "minItems": 1, "items": {}}
_EXPLAIN_OPTION: dict[str, Any] = {
    "type": "object",
    "additionalProperties": True,
    "properties": {"explain": {"type": "string", "enum": ["inputs"]}, "class": {"const": True}},
    "description": "`explain: inputs` and `class: true`, as in the query. Others are ignored.",
}
_BODY: dict[str, Any] = {
    "anyOf": [
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "dataframe_split": {
                    "type": "object",
                    "required": ["columns", "data"],
                    "additionalProperties": False,
                    "properties": {
                        "columns": {"type": "array", "items": {"type": "string"}},
                        "index": {"description": "Ignored."},
                        "data": {"type": "array", "minItems": 1, "items": {"type": "array", "items": {}}},
                    },
                    "description": "As pandas writes a frame with `orient='split'`.",
                },
                "dataframe_records": {**_ROWS, "description": "As pandas writes a frame with `orient='records'`."},
                "instances": {**_ROWS, "description": "Rows, as in TensorFlow Serving and Vertex AI."},
                "inputs": {"description": "Columns, as in TensorFlow Serving."},
                "signature_name": {"type": "string", "default": "serving_default"},
                "parameters": _EXPLAIN_OPTION,
                "params": _EXPLAIN_OPTION,
            },
        },
        _ROWS,
    ]
}
_IGNORED: dict[str, Any] = {
    "schema": {"type": "string"},
    "description": "Columns of `dataframe_split`, `dataframe_records` or CSV that the model does not know, percent-encoded. "
    "Left out where there are none.",
}
_REPLY: dict[str, Any] = {
    "type": "object",
    "required": ["predictions"],
    "properties": {
        "predictions": {"type": "array", "items": {}, "description": "One per row."},
        "explanations": EXPLANATIONS,
    },
}

INVOCATIONS_OPENAPI: dict[str, Any] = {
    "parameters": [EXPLAIN, CLASS_PARAMETER],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": _BODY,
                "examples": {
                    "dataframe_split": {
                        "value": {
                            "dataframe_split": {
                                "columns": ["distance", "carrier"],
                                "data": [[1400, "UA"], [None, "AA"]],
                            }
                        }
                    },
                    "dataframe_records": {"value": {"dataframe_records": [{"distance": 1400, "carrier": "UA"}, {}]}},
                    "instances": {"value": {"instances": [{"distance": 1400, "carrier": "UA"}, {"distance": None}]}},
                },
            },
            "application/jsonlines": {
                "schema": {"type": "string"},
                "example": '{"distance": 1400, "carrier": "UA"}\n{"distance": null}\n',
            },
            "text/csv": {
                "schema": {"type": "string"},
                "example": "distance,carrier\n1400,UA\n,AA\n",
            },
        },
    },
    "responses": {
        "200": {
            "description": "The predictions, one per row; as lines of CSV if `Accept` is text/csv.",
            "headers": {**VERSION_HEADERS, extra_columns.HEADER: _IGNORED},
            "content": {
                "application/json": {"schema": _REPLY, "example": {"predictions": [0.18, 0.22]}},
                "text/csv": {"schema": {"type": "string"}, "example": "0.18\n0.22\n"},
            },
        },
        **ERRORS,
        "415": ERRORS["default"],
    },
}
"""OpenAPI additions of a route that predicts without naming a model."""

_STATUS: dict[str, Any] = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string", "enum": ["ready", "unready"]}},
}

PING_OPENAPI: dict[str, Any] = {
    "responses": {
        "200": {
            "description": "The service can predict.",
            "content": {"application/json": {"schema": _STATUS, "example": {"status": "ready"}}},
        },
        "503": {
            "description": "The service cannot predict now.",
            "content": {"application/json": {"schema": _STATUS, "example": {"status": "unready"}}},
        },
    }
}
"""OpenAPI additions of a route that reports whether the service can predict."""
