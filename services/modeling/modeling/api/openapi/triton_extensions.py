"""OpenAPI descriptions of Triton's extensions of the Open Inference Protocol."""

from __future__ import annotations

from typing import Any

from modeling.api.openapi.predict import ERRORS

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_DIMS = {"type": "array", "items": {"type": "integer"}}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _get(description: str, schema: dict[str, Any], example: object) -> dict[str, Any]:
    content = {"application/json": {"schema": schema, "example": example}}
    return {"responses": {"200": {"description": description, "content": content}, "default": ERRORS["default"]}}


INDEX_OPENAPI: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "ready": {
                            "type": "boolean",
                            "default": False,
                            "description": "Only versions that are in memory.",
                        }
                    },
                }
            }
        },
    },
    **_get(
        "The versions.",
        _list(
            _object(
                {
                    "name": _TEXT,
                    "version": _TEXT,
                    "state": {"type": "string", "enum": ["READY", "LOADING", "UNAVAILABLE"]},
                    "reason": {**_TEXT, "description": "Why it is not ready; empty where it is."},
                }
            )
        ),
        [{"name": "flights", "version": "3", "state": "READY", "reason": ""}],
    ),
}

_TENSOR = _object({"name": _TEXT, "data_type": _TEXT, "dims": _DIMS})
CONFIG_OPENAPI = _get(
    "The configuration.",
    _object(
        {"name": _TEXT, "platform": _TEXT, "max_batch_size": _COUNT, "input": _list(_TENSOR), "output": _list(_TENSOR)}
    ),
    {
        "name": "flights",
        "platform": "tensorflow_savedmodel",
        "backend": "tensorflow",
        "version_policy": {"all": {}},
        "max_batch_size": 0,
        "input": [{"name": "distance", "data_type": "TYPE_FP32", "dims": [-1], "optional": True}],
        "output": [{"name": "predictions", "data_type": "TYPE_FP32", "dims": [-1]}],
    },
)

_DURATION = _object({"count": _COUNT, "ns": {**_COUNT, "description": "Nanoseconds in all."}})
_PARTS = ("success", "fail", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss")
_BATCH = {"batch_size": _COUNT, **dict.fromkeys(("compute_input", "compute_infer", "compute_output"), _DURATION)}
STATISTICS_OPENAPI = _get(
    "Counts and durations since each version was loaded.",
    _object(
        {
            "model_stats": _list(
                _object(
                    {
                        "name": _TEXT,
                        "version": _TEXT,
                        "last_inference": {**_COUNT, "description": "Milliseconds since 1970; 0 before the first."},
                        "inference_count": {**_COUNT, "description": "Rows predicted."},
                        "execution_count": {
                            **_COUNT,
                            "description": "Runs of the graph, each for one request or several.",
                        },
                        "inference_stats": _object(dict.fromkeys(_PARTS, _DURATION)),
                        "batch_stats": _list(_object(_BATCH)),
                    }
                )
            )
        }
    ),
    {
        "model_stats": [
            {
                "name": "flights",
                "version": "3",
                "last_inference": 1_795_780_800_000,
                "inference_count": 3,
                "execution_count": 2,
                "inference_stats": {
                    "success": {"count": 2, "ns": 1_100_000},
                    "fail": {"count": 0, "ns": 0},
                    "queue": {"count": 2, "ns": 40_000},
                    "compute_input": {"count": 2, "ns": 60_000},
                    "compute_infer": {"count": 2, "ns": 900_000},
                    "compute_output": {"count": 2, "ns": 100_000},
                    "cache_hit": {"count": 0, "ns": 0},
                    "cache_miss": {"count": 0, "ns": 0},
                },
                "batch_stats": [
                    {
                        "batch_size": 1,
                        "compute_input": {"count": 0, "ns": 0},
                        "compute_infer": {"count": 1, "ns": 400_000},
                        "compute_output": {"count": 0, "ns": 0},
                    }
                ],
            }
        ]
    },
)
