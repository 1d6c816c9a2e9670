from __future__ import annotations

from collections.abc import Generator

import pytest
from tests.client.scripted import Run, Script, served
from typer.testing import CliRunner, Result

from tandem import Tandem
from tandem.cli import app


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Script]:
    """Both services at one address; what they do can be set, what they saw can be asked for."""
    monkeypatch.setattr("tandem.transport.job_events.PAUSE_SECONDS", 0.001)
    with served() as script:
        yield script


@pytest.fixture
def client(service: Script) -> Generator[Tandem]:
    with Tandem(service.url, service.url) as tandem:
        yield tandem


@pytest.fixture
def run(service: Script, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TANDEM_PREPROCESSING_URL", service.url)
    monkeypatch.setenv("TANDEM_MODELING_URL", service.url)

    def call(*words: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(words), input=stdin)

    return call
