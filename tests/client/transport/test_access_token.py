from __future__ import annotations

import inspect
from pathlib import Path

import httpx
import pytest

from tandem import AsyncTandem, Tandem
from tandem.errors import InvalidInput
from tandem.transport.access_token import access_token, save_token


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("TANDEM_TOKEN", raising=False)


def test_the_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert access_token() is None
    save_token("tdm_file")
    assert access_token() == "tdm_file"
    monkeypatch.setenv("TANDEM_TOKEN", " tdm_variable\n")
    assert access_token() == "tdm_variable"
    monkeypatch.setenv("TANDEM_TOKEN", "")
    assert access_token() == "tdm_file"


def test_a_file_that_others_can_read_is_refused() -> None:
    save_token("tdm_file").chmod(0o644)
    with pytest.raises(InvalidInput, match="chmod 600"):
        access_token()


def test_a_text_that_is_no_token_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_TOKEN", "two words")
    with pytest.raises(InvalidInput, match="TANDEM_TOKEN") as refused:
        access_token()
    assert "two words" not in str(refused.value)


def test_both_clients_send_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_TOKEN", "tdm_x")
    with Tandem() as blocking:
        clients: list[httpx.Client | httpx.AsyncClient] = [*blocking._http.values()]
        clients += AsyncTandem()._http.values()
        assert {http.headers["Authorization"] for http in clients} == {"Bearer tdm_x"}
    assert inspect.iscoroutinefunction(AsyncTandem.close)
