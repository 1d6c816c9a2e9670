from __future__ import annotations

import base64
from pathlib import Path

import pytest

from chassis.access.authenticator import Authenticator
from chassis.access.stored_tokens import StoredTokens
from contracts.access.roles import Grant, Role
from contracts.access.tokens_file import TokensFile

pytestmark = pytest.mark.anyio

Headers = list[tuple[bytes, bytes]]


@pytest.fixture
def token(tmp_path: Path) -> bytes:
    return TokensFile(tmp_path / "tokens").create("ada", (Grant(Role.READ),), None).encode()


async def name_of(tmp_path: Path, method: str, headers: Headers) -> str | None:
    caller = await Authenticator(StoredTokens(tmp_path / "tokens"), None).find(method, headers)
    return None if caller is None else caller.name


async def test_one_bearer_token_names_its_caller_however_the_scheme_is_written(tmp_path: Path, token: bytes) -> None:
    for scheme in (b"Bearer ", b"bearer ", b"BEARER   "):
        assert await name_of(tmp_path, "POST", [(b"authorization", scheme + token)]) == "ada"
    for wrong in (b"Bearer", b"Bearer " + token[:-1], token, b"Token " + token, b"Bearer a.b.c", b""):
        assert await name_of(tmp_path, "POST", [(b"authorization", wrong)]) is None
    assert await name_of(tmp_path, "POST", [(b"authorization", b"Bearer " + token)] * 2) is None, (
        "which of them counts?"
    )
    assert await name_of(tmp_path, "GET", []) is None


async def test_a_password_of_a_browser_reads_and_changes_nothing(tmp_path: Path, token: bytes) -> None:
    headers = [(b"authorization", b"Basic " + base64.b64encode(b"anyone:" + token))]
    for method in ("GET", "HEAD"):
        assert await name_of(tmp_path, method, headers) == "ada"
    for method in ("POST", "DELETE", "PUT", "PATCH"):
        assert await name_of(tmp_path, method, headers) is None
    assert await name_of(tmp_path, "GET", [(b"authorization", b"Basic %%%")]) is None
