"""Tokens of a provider whose keys come from a real server, signed with keys made here."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from chassis.access.identity_tokens import IdentityTokens
from chassis.access.signing_keys import SigningKeys
from contracts.access.roles import Role

pytestmark = pytest.mark.anyio

ISSUER, AUDIENCE = "https://issuer.example", "tandem"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Provider:
    """Serves its public keys, and counts how often they were asked for."""

    def __init__(self) -> None:
        self.private: dict[str, Any] = {}
        self.asked = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                content = json.dumps(provider.public).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/keys"

    @property
    def public(self) -> dict[str, Any]:
        made: list[dict[str, Any]] = []
        for key_id, key in self.private.items():
            kind: Any = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
            made.append({**json.loads(kind.to_jwk(key.public_key())), "kid": key_id, "use": "sig"})
        return {"keys": made}

    def sign(self, key_id: str, algorithm: str = "RS256", **claims: Any) -> bytes:
        now = time.time()
        content = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "ada",
            "exp": now + 300,
            "roles": ["train:team-a-*"],
            **claims,
        }
        content = {name: value for name, value in content.items() if value is not None}
        return jwt.encode(content, self.private[key_id], algorithm, headers={"kid": key_id}).encode()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    made.private = {"one": rsa.generate_private_key(65537, 2048)}
    yield made
    made.server.shutdown()
    made.server.server_close()


def tokens(provider: Provider, *, pause: float = 10, claim: str = "roles", **grants: list[str]) -> IdentityTokens:
    keys = SigningKeys(provider.url, pause=pause)
    return IdentityTokens(
        keys, issuer=ISSUER, audience=AUDIENCE, algorithms=["RS256", "ES256"], claim=claim, grants=grants
    )


async def test_a_valid_token_has_its_grants_and_name(provider: Provider) -> None:
    provider.private["two"] = ec.generate_private_key(ec.SECP256R1())
    checked = tokens(provider)
    for token in (provider.sign("one"), provider.sign("two", "ES256")):
        caller = await checked.find(token)
        assert caller is not None
        assert caller.name == "ada"
        assert caller.grants.allow(Role.TRAIN, "team-a-x")
        assert not caller.grants.allow(Role.READ, "team-b-x")
    assert provider.asked == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1}, {"exp": None}, {"iss": "https://other.example"}, {"iss": None}, {"aud": "other"}, {"aud": None},
        {"nbf": 4e9}, {"sub": None},
    ],
)  # fmt: skip
async def test_a_token_for_another_time_or_purpose_is_not_valid(provider: Provider, claims: dict[str, Any]) -> None:
    assert await tokens(provider).find(provider.sign("one", **claims)) is None


async def test_clocks_may_differ_by_some_seconds(provider: Provider) -> None:
    now = time.time()
    assert await tokens(provider).find(provider.sign("one", exp=now - 10, nbf=now + 10)) is not None
    assert await tokens(provider).find(provider.sign("one", exp=now - 60)) is None


async def test_neither_no_signature_nor_a_public_key_as_a_secret_counts(provider: Provider) -> None:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "exp": time.time() + 300, "roles": ["admin"]}
    unsigned = jwt.encode(claims, "", "none", headers={"kid": "one"}).encode()
    pem = provider.private["one"].public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "typ": "JWT", "kid": "one"}, claims)
    )
    mac = hmac.new(pem, head + b"." + body, hashlib.sha256).digest()
    confused = head + b"." + body + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")
    other = Provider()
    other.private = {"one": rsa.generate_private_key(65537, 2048)}
    checked = tokens(provider)
    for token in (unsigned, confused, other.sign("one"), b"a.b.c", b"..", b"\xff.\xff.\xff", b"a" * 20000 + b".b.c"):
        assert await checked.find(token) is None
    assert await checked.find(provider.sign("one", "RS512")) is None
    assert await checked.find(provider.sign("one")) is not None


async def test_a_new_key_is_fetched_at_a_bounded_rate(provider: Provider) -> None:
    added = rsa.generate_private_key(65537, 2048)
    checked = tokens(provider, pause=3)
    assert await checked.find(provider.sign("one")) is not None
    provider.private["new"] = added
    token = provider.sign("new")
    for _ in range(20):
        assert await checked.find(token) is None
    assert provider.asked == 1
    await asyncio.sleep(3.1)
    assert await checked.find(token) is not None
    assert provider.asked == 2


async def test_keys_stay_in_use_while_the_provider_is_away(provider: Provider) -> None:
    checked = tokens(provider, pause=0)
    assert await checked.find(provider.sign("one")) is not None
    provider.server.shutdown()
    provider.server.server_close()
    assert await checked.find(provider.sign("one", sub="bob")) is not None


async def test_groups_map_to_grants(provider: Provider) -> None:
    checked = tokens(provider, claim="realm.groups", ml=["train:a-*"], ops=["admin"])
    caller = await checked.find(provider.sign("one", realm={"groups": ["ml", "unknown", 3, "admin"]}))
    assert caller is not None
    assert [str(grant) for grant in caller.grants.all] == ["train:a-*"]
    odd_claims: list[dict[str, Any]] = [{"realm": 1}, {"realm": {"groups": {"ml": 1}}}, {}]
    for odd in odd_claims:
        without = await checked.find(provider.sign("one", **odd))
        assert without is not None
        assert without.grants.all == ()


async def test_words_of_a_scope_are_grants(provider: Provider) -> None:
    caller = await tokens(provider, claim="scope").find(provider.sign("one", scope="openid read:a-* predict"))
    assert caller is not None
    assert [str(grant) for grant in caller.grants.all] == ["read:a-*", "predict:*"]
