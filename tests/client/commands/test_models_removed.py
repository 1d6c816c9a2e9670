"""`tandem delete`, at a real service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs
from tests.apps import serving
from tests.modeling.trained import Trained, copy_versions
from tests.processes import wait_until
from typer.testing import CliRunner, Result

from contracts.storage import Storage
from modeling.main import make_app
from modeling.settings import ModelingSettings
from tandem.cli import app

Run = Callable[..., Result]


@pytest.fixture
def run(trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    storage = Storage(str(tmp_path / "storage"))
    copy_versions(trained, storage, "churn", range(1, 4))
    service = make_app(ModelingSettings(storage=storage.uri, state=str(tmp_path / "state"), jobs_at_once=0))
    with serving(service) as url:
        wait_until(lambda: httpx.get(f"{url}/health/ready").status_code == 200)
        monkeypatch.setenv("TANDEM_MODELING_URL", url)
        monkeypatch.setenv("COLUMNS", "120")
        with capture_logs():  # else the service's lines are mixed into what the command prints
            yield lambda *words: CliRunner().invoke(app, [*words])


def test_a_version_and_then_the_model_are_removed(run: Run) -> None:
    planned = run("delete", "churn", "3", "--dry-run")
    assert planned.exit_code == 0, planned.output
    head, row = planned.output.splitlines()
    assert head.split() == ["would", "be", "removed", "labels", "default", "dataset", "size"]
    assert row.split()[:4] == ["churn", "3", "yes", "made"]
    refused = run("delete", "churn", "3")
    assert refused.exit_code == 1
    assert "version 3 is the default" in refused.output
    assert run("delete", "churn", "1").output.splitlines()[1].split()[:2] == ["churn", "1"]
    assert "no version 1" in run("delete", "churn", "1").output
    removed = json.loads(run("delete", "churn", "--force", "--json").output)
    assert [version["version"] for version in removed["versions"]] == [2, 3]
    assert run("delete", "churn").exit_code == 1
