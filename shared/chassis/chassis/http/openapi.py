"""Corrects the OpenAPI document: every route may answer with a problem, and none with FastAPI's own error format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI

from chassis.problems import MEDIA_TYPE

__all__ = ["describe_problems"]

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "An error in the format of RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Identifies the kind of problem."},
        "title": {"type": "string", "description": "The kind of problem, for humans."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "This occurrence of the problem, for humans."},
        "instance": {"type": "string", "description": "The request or the job in which it occurred."},
        "errors": {
            "type": "array",
            "description": "One entry per invalid field.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "A parameter outside the body."},
                    "in": {"type": "string", "enum": ["path", "query", "header", "cookie"]},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

_REPLY: dict[str, Any] = {
    "description": "A problem",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe_problems(app: FastAPI, schemas: Mapping[str, object]) -> None:
    """Add problems to the application's OpenAPI document. A route's own `default` reply is kept.

    `schemas`: more components, by name, that routes refer to.
    """
    original = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = original()
            components = document.setdefault("components", {})
            described: dict[str, Any] = components.setdefault("schemas", {})
            described |= {"Problem": PROBLEM_SCHEMA, **schemas}
            for operation in _operations(document):
                responses = cast("dict[str, Any]", operation.setdefault("responses", {}))
                if "HTTPValidationError" in str(responses.get("422")):
                    del responses["422"]
                responses.setdefault("default", _REPLY)
            described.pop("HTTPValidationError", None)
            described.pop("ValidationError", None)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    paths = cast("dict[str, dict[str, Any]]", document.get("paths", {}))
    return [operation for path in paths.values() for operation in path.values() if isinstance(operation, dict)]
