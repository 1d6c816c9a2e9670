"""Addresses come from arguments, the environment, or this machine; misspelt variables are reported."""

from __future__ import annotations

import pytest

from tandem import InvalidInput, Tandem
from tandem.transport.addresses import UnknownVariable, addresses


def test_the_client_reads_the_addresses_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_PREPROCESSING_URL", "http://spark:1")
    monkeypatch.setenv("TANDEM_MODELING_URL", "")
    with Tandem() as tandem:
        assert tandem.urls == {"preprocessing": "http://spark:1", "modeling": "http://127.0.0.1:8002"}
    with Tandem("http://given:1", "https://other/models") as tandem:
        assert tandem.urls == {"preprocessing": "http://given:1", "modeling": "https://other/models"}


@pytest.mark.parametrize("wrong", ["localhost:8002", "modeling", "http://", "ftp://a/", "http://a:port", " "])
def test_a_wrong_address_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("TANDEM_MODELING_URL", wrong)
    with pytest.raises(InvalidInput, match="from TANDEM_MODELING_URL or the option --modeling, must be a URL such as"):
        Tandem()


def test_a_misspelt_variable_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_MODELLING_URL", "http://there")
    with pytest.warns(
        UnknownVariable, match="TANDEM_MODELLING_URL is not a setting.* did you mean TANDEM_MODELING_URL"
    ):
        addresses(None, None)
    assert addresses("http://a", "http://b") == {"preprocessing": "http://a", "modeling": "http://b"}
