"""OpenAPI descriptions of predict, whose bodies are read by hand."""

from __future__ import annotations

from typing import Any


def _shared(name: str) -> dict[str, Any]:
    """Return a reference to a schema of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


_VALUE = _shared("Value")
_ONE_VALUE: dict[str, Any] = {
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

EXPLANATIONS = _shared("Explanations")
_EXPLANATIONS: dict[str, Any] = {
    "type": "array",
    "description": "With `explain=inputs`. One object per row, with an entry for each noteworthy field.",
    "items": {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "required": ["reasons", "value", "used"],
            "properties": {
                "reasons": {
                    "type": "array",
                    "items": {
                        "type": "string",
                        "enum": [
                            "missing",
                            "out_of_vocabulary",
                            "outside_training_range",
                            "clipped",
                            "bounded",
                            "never_missing_in_training",
                            "never_unknown_in_training",
                        ],
                    },
                },
                "value": {"description": "The value as the model read it; null if it was missing."},
                "used": {
                    "description": "The value that the model computed with, before scaling: a number, or a token's id. Null if a "
                    "missing number becomes 0 after scaling, or a bucket of its own."
                },
                "masked_in_training": {
                    "type": "boolean",
                    "description": "Where no training row was like that: whether the training masked fields at random, so "
                    "that the model learned what it means.",
                },
                "training_range": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            },
        },
    },
}

_REPLY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "predictions": {"type": "array", "items": {}, "description": "One per row; the reply to `instances`."},
        "outputs": {"description": "A list, or an object of lists; the reply to `inputs`."},
        "explanations": EXPLANATIONS,
    },
}


def _error(description: str, example: str) -> dict[str, Any]:
    content = {"application/json": {"schema": _shared("PredictError"), "example": {"error": example}}}
    return {"description": description, "content": content}


EXPLAIN: dict[str, Any] = {
    "name": "explain",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": ["inputs"]},
    "description": "`inputs`: the reply also has `explanations`, for each row the fields that were missing, out of vocabulary, "
    "outside the range seen in training, or clipped, and the value that the model used in their place.",
}
"""A query parameter of every route that predicts."""

CLASS_PARAMETER: dict[str, Any] = {
    "name": "class",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": ["true"]},
    "description": "`true`: a prediction of a binary label also has `class`, 1 from the version's threshold on, else 0; an error "
    "for a version that was trained without a `threshold`. Predictions of several classes have a `class` always.",
}
"""A query parameter of every route that predicts, but for those of classify and regress."""

VERSION_HEADERS: dict[str, Any] = {
    "X-Model-Version": {"description": "The version that answered.", "schema": {"type": "string"}, "example": "3"}
}

ERRORS: dict[str, Any] = {
    "400": _error(
        "The body does not match the model's fields.",
        'instances[3].distance: must be a number, or null where it is missing. Received: "far"',
    ),
    "404": _error("There is no such model, version or label.", "model 'flights' has no version 7"),
    "429": _error(
        "Too many predictions are waiting; `Retry-After` is the number of seconds before a retry.",
        "130 predictions are running or waiting already",
    ),
    "503": _error(
        "The service is starting or stopping, or the version is broken.",
        "the service has just started and is still loading its models",
    ),
    "504": _error("The request timed out.", "there was no answer within the 60 seconds allowed"),
    "default": _error("An error, in TensorFlow Serving's format.", "the request is larger than allowed"),
}
"""Responses of every route that predicts, other than 200."""


def _openapi(
    body: dict[str, Any],
    examples: dict[str, Any],
    reply: dict[str, Any],
    example: object,
    parameters: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return what FastAPI adds to a route's description."""
    return {
        "parameters": parameters,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body, "examples": examples}}},
        "responses": {
            "200": {
                "description": "The predictions.",
                "headers": VERSION_HEADERS,
                "content": {"application/json": {"schema": reply, "example": example}},
            },
            **ERRORS,
        },
    }


PREDICT_OPENAPI = _openapi(
    _BODY,
    {
        "rows": {"summary": "Rows, one with a missing value and one left out", "value": _ROWS},
        "columns": {"summary": "Columns", "value": _COLUMNS},
    },
    _REPLY,
    {"predictions": [0.18, 0.22]},
    [EXPLAIN, CLASS_PARAMETER],
)

_FIELDS = _shared("ExampleFields")
_FIELDS_OF_EXAMPLE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"anyOf": [_VALUE, {"type": "array", "items": _VALUE, "maxItems": 1}]},
}
_EXAMPLES_BODY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["examples"],
    "properties": {
        "signature_name": {"type": "string", "default": "serving_default"},
        "context": {**_FIELDS, "description": "Fields that all examples share, and none has of its own."},
        "examples": {"type": "array", "minItems": 1, "items": _FIELDS},
    },
}
_EXAMPLES = {
    "examples": {
        "summary": "Examples with a common context",
        "value": {"context": {"carrier": "UA"}, "examples": [{"distance": 1400}, {"distance": None}]},
    }
}


def _results(items: dict[str, Any]) -> dict[str, Any]:
    properties = {"results": {"type": "array", "items": items}, "explanations": EXPLANATIONS}
    return {"type": "object", "required": ["results"], "properties": properties}


_PAIR = {
    "type": "array",
    "items": {"type": ["string", "number"]},
    "minItems": 2,
    "maxItems": 2,
    "description": "A label and its score.",
}
CLASSIFY_OPENAPI = _openapi(
    _EXAMPLES_BODY,
    _EXAMPLES,
    _results({"type": "array", "items": _PAIR}),
    {"results": [[["0", 0.82], ["1", 0.18]], [["0", 0.78], ["1", 0.22]]]},
    [EXPLAIN],
)
REGRESS_OPENAPI = _openapi(
    _EXAMPLES_BODY, _EXAMPLES, _results({"type": "number"}), {"results": [0.18, 0.22]}, [EXPLAIN]
)

SCHEMAS: dict[str, Any] = {
    "PredictError": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
    "Value": _ONE_VALUE,
    "ExampleFields": _FIELDS_OF_EXAMPLE,
    "Explanations": _EXPLANATIONS,
}
"""Schemas that several routes share, by name."""
