from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.chassis.live import Service, make_app, running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    """One service for a module's tests, with a warm engine."""
    with running(make_app(tmp_path_factory.mktemp("state"))) as service:
        yield service
