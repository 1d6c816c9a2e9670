"""OpenAPI descriptions of the Open Inference Protocol, whose bodies are read by hand."""

from __future__ import annotations

from typing import Any

from modeling.api.openapi.predict import CLASS_PARAMETER, ERRORS, EXPLAIN, EXPLANATIONS, VERSION_HEADERS
from modeling.protocols.tensor_codec import DTYPES

_NAME = {"type": "string"}
_PARAMETERS = {"type": "object", "additionalProperties": True}
_DATATYPE = {"type": "string", "enum": list(DTYPES)}
_SHAPE = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "maxItems": 8}

_INPUT: dict[str, Any] = {
    "type": "object",
    "required": ["name", "shape", "datatype"],
    "additionalProperties": False,
    "properties": {
        "name": {**_NAME, "description": "The raw feature."},
        "shape": {**_SHAPE, "description": "[rows] or [rows, 1]."},
        "datatype": _DATATYPE,
        "parameters": {
            **_PARAMETERS,
            "description": "`binary_data_size`: the number of bytes after the JSON that hold this tensor, in place of `data`.",
        },
        "data": {"type": "array", "items": {}, "description": "The values, flat or nested; null where one is missing."},
    },
}
_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["inputs"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "maxLength": 1000, "description": "Comes back in the reply."},
        "model_name": {"description": "Ignored: the path names the model."},
        "model_version": {"description": "Ignored: the path names the version."},
        "parameters": {
            **_PARAMETERS,
            "description": "`binary_data_output`: all outputs as bytes. `signature_name`: of the model. Others are ignored.",
        },
        "inputs": {"type": "array", "items": _INPUT, "minItems": 1},
        "outputs": {
            "type": "array",
            "description": "The outputs to return. Default: all.",
            "items": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {
                    "name": _NAME,
                    "parameters": {**_PARAMETERS, "description": "`binary_data`: this output as bytes."},
                },
            },
        },
    },
}
_OUTPUT: dict[str, Any] = {
    "type": "object",
    "required": ["name", "shape", "datatype"],
    "properties": {
        "name": _NAME,
        "shape": _SHAPE,
        "datatype": _DATATYPE,
        "parameters": _PARAMETERS,
        "data": {"type": "array", "items": {}},
    },
}
_REPLY: dict[str, Any] = {
    "type": "object",
    "required": ["model_name", "model_version", "outputs"],
    "properties": {
        "model_name": _NAME,
        "model_version": _NAME,
        "id": _NAME,
        "outputs": {"type": "array", "items": _OUTPUT},
        "explanations": EXPLANATIONS,
    },
}
_LENGTH_DESCRIPTION = "The number of bytes of JSON in the body, if tensors follow it as bytes."
_LENGTH = {"schema": {"type": "integer", "minimum": 0}, "description": _LENGTH_DESCRIPTION}


def _answers(description: str, schema: dict[str, Any], example: object) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}


def _get(description: str, schema: dict[str, Any], example: object) -> dict[str, Any]:
    return {"responses": {"200": _answers(description, schema, example), "default": ERRORS["default"]}}


INFER_OPENAPI: dict[str, Any] = {
    "parameters": [
        EXPLAIN,
        CLASS_PARAMETER,
        {"name": "Inference-Header-Content-Length", "in": "header", "required": False, **_LENGTH},
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": _BODY,
                "example": {
                    "inputs": [
                        {"name": "distance", "shape": [2], "datatype": "FP32", "data": [1400, None]},
                        {"name": "carrier", "shape": [2], "datatype": "BYTES", "data": ["UA", ""]},
                    ]
                },
            },
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary", "description": "JSON, followed by tensors as bytes."}
            },
        },
    },
    "responses": {
        "200": {
            "description": "The outputs.",
            "headers": {**VERSION_HEADERS, "Inference-Header-Content-Length": _LENGTH},
            "content": {
                "application/json": {
                    "schema": _REPLY,
                    "example": {
                        "model_name": "flights",
                        "model_version": "3",
                        "outputs": [{"name": "predictions", "shape": [2], "datatype": "FP32", "data": [0.18, 0.22]}],
                    },
                },
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        },
        **ERRORS,
    },
}
"""OpenAPI additions of a route that infers."""

_TENSORS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": _NAME, "datatype": _DATATYPE, "shape": {"type": "array", "items": {"type": "integer"}}},
    },
}
METADATA_OPENAPI = _get(
    "The tensors.",
    {
        "type": "object",
        "required": ["name", "versions", "platform", "inputs", "outputs"],
        "properties": {
            "name": _NAME,
            "versions": {"type": "array", "items": _NAME},
            "platform": _NAME,
            "inputs": _TENSORS,
            "outputs": _TENSORS,
        },
    },
    {
        "name": "flights",
        "versions": ["1", "2"],
        "platform": "tensorflow_savedmodel",
        "inputs": [{"name": "distance", "datatype": "FP32", "shape": [-1]}],
        "outputs": [{"name": "predictions", "datatype": "FP32", "shape": [-1]}],
    },
)
SERVER_OPENAPI = _get(
    "The server.",
    {
        "type": "object",
        "required": ["name", "version", "extensions"],
        "properties": {"name": _NAME, "version": _NAME, "extensions": {"type": "array", "items": _NAME}},
    },
    {"name": "tandem", "version": "0.2.0", "extensions": ["binary_tensor_data"]},
)


def _flags(*names: str) -> dict[str, Any]:
    return {"type": "object", "required": list(names), "properties": {name: {"type": "boolean"} for name in names}}


LIVE_OPENAPI = _get("The server is alive.", _flags("live"), {"live": True})
_READY = _flags("live", "ready")
_READY["properties"]["storage"] = {
    "type": "string",
    "description": "Why the storage is away, while the loaded versions go on answering; left out while it is not.",
}
READY_OPENAPI = _get("The server can infer.", _READY, {"live": True, "ready": True})
READY_OPENAPI["responses"]["503"] = _answers("The server cannot infer now.", _READY, {"live": True, "ready": False})
_MODEL_READY: dict[str, Any] = {
    "type": "object",
    "required": ["name", "ready"],
    "properties": {"name": _NAME, "ready": {"type": "boolean"}},
}
MODEL_READY_OPENAPI = _get("The model can infer.", _MODEL_READY, {"name": "flights", "ready": True})
MODEL_READY_OPENAPI["responses"]["503"] = _answers(
    "The model cannot infer now.", _MODEL_READY, {"name": "flights", "ready": False}
)
