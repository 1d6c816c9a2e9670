"""What every injected fault needs: a world of its own, and moments that are the same at each run."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.chaos.harness import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def lots(request: pytest.FixtureRequest) -> random.Random:
    """The same moments at each run of a test."""
    return random.Random(request.node.name)
