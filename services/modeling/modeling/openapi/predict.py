"""What the OpenAPI page says of predict, whose bodies are read by hand."""

from __future__ import annotations

from typing import Any

_VALUE: dict[str, Any] = {
    "description": 'null, NaN or left out: missing. Text may also be given as {"b64": …}, for any bytes.',
    "anyOf": [{"type": kind} for kind in ("number", "string", "boolean", "object", "null")],
}

_BODY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "signature_name": {
            "type": "string",
            "default": "serving_default",
            "enum": ["serving_default", "transform", "examples"],
            "description": "`transform` replies with the model's inputs; `examples` takes serialized tf.train.Examples.",
        },
        "instances": {
            "description": "Rows: objects of fields, or bare values where there is a single field.",
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"type": "object", "additionalProperties": _VALUE}, _VALUE]},
        },
        "inputs": {
            "description": "Columns: an object of lists of equal length, or a bare list where there is a single field.",
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": "array", "items": _VALUE}},
                {"type": "array", "items": _VALUE},
            ],
        },
    },
}

_ROWS = {"instances": [{"distance": 1400, "carrier": "UA"}, {"distance": None}]}
_COLUMNS = {"inputs": {"distance": [1400, None], "carrier": ["UA", "AA"]}}

_REPLY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "predictions": {"type": "array", "items": {}, "description": "One per row; the reply to `instances`."},
        "outputs": {"description": "A list, or an object of lists; the reply to `inputs`."},
    },
}

_ERROR: dict[str, Any] = {
    "description": "What is wrong, as TensorFlow Serving says it.",
    "content": {
        "application/json": {
            "schema": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
            "example": {
                "error": 'instances[3].distance: must be a number, or null where it is missing. Received: "far"'
            },
        }
    },
}

ERRORS: dict[str, Any] = dict.fromkeys(("400", "404", "429", "503", "default"), _ERROR)
"""The replies that tell of an error."""

PREDICT_OPENAPI: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": _BODY,
                "examples": {
                    "rows": {"summary": "Rows, one with a missing value and one left out", "value": _ROWS},
                    "columns": {"summary": "Columns", "value": _COLUMNS},
                },
            }
        },
    },
    "responses": {
        "200": {
            "description": "The predictions.",
            "content": {"application/json": {"schema": _REPLY, "example": {"predictions": [0.18, 0.22]}}},
        },
        **ERRORS,
    },
}
"""What FastAPI is to add to a predict route."""
