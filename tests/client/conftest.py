from __future__ import annotations

from collections.abc import Generator

import pytest
from tests.client.scripted import Script, served

from tandem import Tandem


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Script]:
    """Both services at one address; what they do can be set, what they saw can be asked for."""
    monkeypatch.setattr("tandem.job_events.PAUSE_SECONDS", 0.001)
    with served() as script:
        yield script


@pytest.fixture
def client(service: Script) -> Generator[Tandem]:
    with Tandem(service.url, service.url) as tandem:
        yield tandem
