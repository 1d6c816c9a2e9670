from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import pytest
import structlog

# For chassis_live and chassis_engines: here, and in the children of jobs, which take the path over.
sys.path.insert(0, str(Path(__file__).parent))

from chassis_live import Service, make_app, running


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Short tracebacks, where pytest captures them: the default ones take a second each."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    """One service for a module's tests, with a warm engine."""
    with running(make_app(tmp_path_factory.mktemp("state"))) as service:
        yield service
