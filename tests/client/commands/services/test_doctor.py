"""`tandem doctor`, with the real checks of both services, or of such as are not there or cannot start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.system.servers import free_port
from typer.testing import CliRunner

from tandem.cli import app
from tandem.commands.services import doctor


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sources").mkdir()
    for name, value in (
        ("TANDEM_STORAGE", str(tmp_path / "storage")),
        ("TANDEM_STATE", str(tmp_path / "state")),
        ("TANDEM_SOURCE_ROOTS", str(tmp_path / "sources")),
        ("TANDEM_PORT", str(free_port())),
    ):
        monkeypatch.setenv(name, value)
    return tmp_path


def by_check(found: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    return {(finding["service"], finding["check"]): finding["status"] for finding in found}


def test_both_services_are_checked_as_they_would_start(here: Path) -> None:
    shown = CliRunner().invoke(app, ["doctor", "--json"])
    found = json.loads(shown.stdout)
    statuses = by_check(found)
    for service in ("preprocessing", "modeling"):
        for check in ("settings", "access", "storage", "sources", "job table", "port"):
            assert statuses[service, check] == "ok", (service, check, found)
    for key in (
        ("preprocessing", "java"),
        ("preprocessing", "spark"),
        ("modeling", "models"),
        ("modeling", "tensorflow"),
    ):
        assert statuses[key] == "ok", found
    assert shown.exit_code == int("failed" in statuses.values())
    assert list((here / "storage").iterdir()) == [], "nothing is left"


def test_a_service_that_cannot_start_is_a_failure_with_its_reason(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_JOBS_AT_ONCE", "many")
    (finding,) = doctor.findings_of("modeling")
    assert (finding["check"], finding["status"]) == ("settings", "failed")
    assert "TANDEM_JOBS_AT_ONCE" in finding["detail"]
    assert here


def test_a_service_that_is_not_installed_is_told() -> None:
    (finding,) = doctor.findings_of("nowhere_installed")
    assert (finding["status"], finding["remedy"]) == ("warning", "run the check where it is")
