from __future__ import annotations

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tandem.cli import app
from tandem.transport.access_token import token_path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_login_asks_and_keeps_the_token_for_its_user_alone() -> None:
    result = CliRunner().invoke(app, ["login"], input="tdm_abc\n")
    assert result.exit_code == 0
    assert "tdm_abc" not in result.output
    assert token_path().read_text() == "tdm_abc\n"
    assert stat.S_IMODE(token_path().stat().st_mode) == 0o600


def test_logout_removes_it() -> None:
    CliRunner().invoke(app, ["login", "--token", "tdm_abc"])
    assert "removed" in CliRunner().invoke(app, ["logout"]).output
    assert not token_path().exists()
    assert "no token" in CliRunner().invoke(app, ["logout"]).output


def test_what_is_no_token_is_refused_and_not_shown() -> None:
    result = CliRunner().invoke(app, ["login", "--token", "a b\x01c"])
    assert result.exit_code == 1
    assert "holds no access token" in result.output
    assert "a b" not in result.output
