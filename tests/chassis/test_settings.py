from __future__ import annotations

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
