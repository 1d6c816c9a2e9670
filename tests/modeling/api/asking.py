"""Requests to the running service."""

from __future__ import annotations

import json
from typing import Any

import httpx

QUICK: dict[str, Any] = {"dataset": "made", "network": {"kind": "linear"}, "epochs": 1, "batch_size": 256}


def post(client: httpx.Client, path: str, body: Any) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, content=content, headers={"Content-Type": "application/json"})


def pointer_of(reply: httpx.Response) -> str | None:
    """Return the pointer of a problem's first error; None where it points at nothing."""
    return next((error.get("pointer") for error in reply.json().get("errors", [])), None)
