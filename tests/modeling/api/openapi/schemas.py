"""Schemas of the API's description, completed for a validator."""

from __future__ import annotations

from typing import Any

from modeling.api.openapi.predict import SCHEMAS


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with those that it refers to."""
    return {**schema, "components": {"schemas": SCHEMAS}}
