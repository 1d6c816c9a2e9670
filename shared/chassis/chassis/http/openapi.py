"""Corrects the OpenAPI document: every route may answer with a problem, and none with FastAPI's own error format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from chassis.access.needs import needs_of
from chassis.problems import MEDIA_TYPE
from contracts.messages.problems import ProblemMessage

__all__ = ["describe_problems"]

_REPLY: dict[str, Any] = {
    "description": "A problem",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe_problems(app: FastAPI, schemas: Mapping[str, object], *, with_tokens: bool = False) -> None:
    """Add problems to the application's OpenAPI document. A route's own `default` reply is kept.

    `schemas`: more components, by name, that routes refer to. `with_tokens`: requests need a bearer token, as the document then
    shows, except for open routes.
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
            if with_tokens:
                _describe_tokens(app, document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi


def _describe_tokens(app: FastAPI, document: dict[str, Any]) -> None:
    """Add the scheme of tokens, by which Swagger UI has its button, and lift it from the routes that need none."""
    document["components"]["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of `tandem token create`, or a provider's.",
        }
    }
    document["security"] = [{"token": []}]
    for route in iter_route_contexts(app.routes):
        needs = needs_of(route)
        for method in (getattr(route, "methods", None) or ()) if needs is not None and needs.is_open else ():
            operation = document["paths"].get(route.path, {}).get(method.lower())
            if operation is not None:
                operation["security"] = []


def _problem_schemas() -> dict[str, Any]:
    problem = ProblemMessage.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**problem.pop("$defs"), "Problem": problem}


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    paths = cast("dict[str, dict[str, Any]]", document.get("paths", {}))
    return [operation for path in paths.values() for operation in path.values() if isinstance(operation, dict)]
