"""Corrects the OpenAPI document: every route may answer with a problem, and none with FastAPI's own error format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI

from chassis.problems import MEDIA_TYPE
from contracts.messages.problems import ProblemMessage

__all__ = ["describe_problems"]

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
            described |= {**_problem_schemas(), **schemas}
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


def _problem_schemas() -> dict[str, Any]:
    problem = ProblemMessage.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**problem.pop("$defs"), "Problem": problem}


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    paths = cast("dict[str, dict[str, Any]]", document.get("paths", {}))
    return [operation for path in paths.values() for operation in path.values() if isinstance(operation, dict)]
