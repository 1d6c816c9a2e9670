from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from chassis.settings import ServiceSettings


def test_settings_are_frozen_documented_and_read_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TANDEM_JOBS_AT_ONCE", "3")
    monkeypatch.setenv("TANDEM_STATE", "/var/tandem")
    settings = ServiceSettings(port=1)
    assert settings.jobs_at_once == 3
    assert settings.jobs_database("x") == "sqlite:////var/tandem/x.db"
    with pytest.raises(ValidationError):
        settings.port = 2
    assert all(field.description for field in ServiceSettings.model_fields.values())
    with pytest.raises(ValidationError):
        ServiceSettings(port=70000)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"lease_seconds": 5}, ["TANDEM_LEASE_SECONDS (5)", "3 times TANDEM_HEARTBEAT_SECONDS (5)"]),
        ({"heartbeat_seconds": 10.5}, ["TANDEM_LEASE_SECONDS (30)", "TANDEM_HEARTBEAT_SECONDS (10.5)"]),
        ({"leftovers_hours": 0.001}, ["TANDEM_LEFTOVERS_HOURS (0.001)", "TANDEM_LEASE_SECONDS (30)"]),
        ({"jobs_url": "sqlite://"}, ["TANDEM_JOBS_URL", "memory", "TANDEM_STATE"]),
        ({"jobs_url": "sqlite:///:memory:"}, ["TANDEM_JOBS_URL", "memory"]),
    ],
)
def test_settings_that_contradict_each_other_are_refused_by_their_names(settings: dict[str, Any], names: list[str]):
    with pytest.raises(ValidationError) as caught:
        ServiceSettings(port=1, **settings)
    (error,) = caught.value.errors()
    assert all(name in error["msg"] for name in names), error["msg"]


def test_a_lease_of_three_heartbeats_is_enough():
    assert ServiceSettings(port=1, lease_seconds=15, heartbeat_seconds=5).lease_seconds == 15


def test_every_contradiction_is_told_at_once():
    with pytest.raises(ValidationError, match=r"TANDEM_LEASE_SECONDS.*; TANDEM_JOBS_URL"):
        ServiceSettings(port=1, lease_seconds=1, jobs_url="sqlite://")


def test_a_job_table_needs_a_url():
    with pytest.raises(ValidationError, match="not a SQLAlchemy URL, such as postgresql"):
        ServiceSettings(port=1, jobs_url="nonsense")


@pytest.mark.parametrize(
    "root", ["s3://planted:secret@bucket/data", "s3://bucket/data?endpoint_override=host:9000&secret=1"]
)
def test_a_source_root_has_no_keys(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_SOURCE_ROOTS", root)
    with pytest.raises(ValidationError, match=r"s3://bucket/data: keys and options .* AWS_ENDPOINT_URL"):
        ServiceSettings(port=1)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_a_postgresql_url_takes_the_driver_that_is_installed(scheme: str) -> None:
    settings = ServiceSettings(port=1, jobs_url=f"{scheme}://user:pass%2Fword@host:5433/database")
    assert settings.jobs_database("x") == "postgresql+psycopg://user:pass%2Fword@host:5433/database"
