from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

sys.path.insert(
    0, str(Path(__file__).parent)
)  # for the tests, and for the children of their jobs, which take over this path

from chassis_live import Service, make_app, running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    """One service for a module's tests, with a warm engine."""
    with running(make_app(tmp_path_factory.mktemp("state"))) as service:
        yield service
