from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.access.tokens import hash_of
from contracts.access.tokens_file import TokensFile
from tandem.cli import app


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["token", *words])


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TokensFile:
    path = tmp_path / "tokens.json"
    monkeypatch.setenv("TANDEM_TOKENS", str(path))
    return TokensFile(path)


def test_a_created_token_is_printed_once(tokens: TokensFile) -> None:
    made = run("create", "ada", "--grant", "train:a-*", "--grant", "read")
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    (stored,) = tokens.read()
    assert stored.sha256 == hash_of(token.encode())
    assert stored.grants == ("train:a-*", "read:*")
    assert stored.expires is not None
    assert abs(stored.expires - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=1)
    listed = run("list")
    assert "ada" in listed.output
    assert token not in listed.output


def test_json_and_no_expiry(tokens: TokensFile) -> None:
    made = json.loads(run("create", "ada", "--grant", "read", "--expires", "never", "--json").stdout)
    assert (made["name"], made["expires"]) == ("ada", None)
    assert json.loads(run("list", "--json").stdout)[0]["grants"] == ["read:*"]
    assert "sha256" not in run("list", "--json").stdout


def test_a_revoked_token_is_gone(tokens: TokensFile) -> None:
    run("create", "ada", "--grant", "read")
    assert run("revoke", "ada").exit_code == 0
    assert tokens.read() == ()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["create", "a b", "--grant", "read"], "a name has letters"),
        (["create", "a", "--grant", "owner"], "a grant is a role"),
        (["create", "a", "--grant", "read", "--expires", "soon"], "--expires takes"),
        (["create", "a", "--grant", "read", "--expires", "999999w"], "9999"),
        (["revoke", "nobody"], "there is no token named 'nobody'"),
    ],
)
def test_wrong_words_are_named(tokens: TokensFile, words: list[str], message: str) -> None:
    refused = run(*words)
    assert refused.exit_code == 1
    assert message in refused.output
    assert tokens.read() == ()
