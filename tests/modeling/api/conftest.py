"""A client of the running service."""

from __future__ import annotations

import httpx
import pytest


@pytest.fixture
def client(service: httpx.Client) -> httpx.Client:
    return service
