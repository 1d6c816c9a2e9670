"""Tokens of an identity provider: JSON Web Tokens (RFC 7519) that are checked as RFC 8725 recommends.

Only asymmetric algorithms are accepted, so that a public key never counts as a shared secret.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import jwt
from starlette.concurrency import run_in_threadpool

from chassis.access.caller import Caller
from chassis.access.signing_keys import SigningKeys
from contracts.access.roles import Grant, Grants
from contracts.errors import InvalidRequest

__all__ = ["IdentityTokens"]

_LEEWAY_SECONDS = 30.0
_REMEMBERED_SECONDS = 60.0
_REMEMBERED = 4096
_LONGEST = 16 << 10


class IdentityTokens:
    """Checks tokens of one issuer for one audience, and maps a claim of theirs to grants.

    Parameters
    ----------
    keys
        The issuer's public keys.
    issuer, audience
        Values of `iss` and `aud`.
    algorithms
        Those accepted.
    claim
        The claim that holds the caller's roles or groups: a list of texts, or words in one text. Dots lead into objects.
    grants
        Grants by value of the claim. Empty: values are grants themselves, such as `train:team-a-*`, and others are ignored.
    """

    def __init__(
        self,
        keys: SigningKeys,
        *,
        issuer: str,
        audience: str,
        algorithms: Sequence[str],
        claim: str,
        grants: Mapping[str, Sequence[str]],
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._algorithms = tuple(algorithms)
        self._claim = claim.split(".")
        self._grants = {value: tuple(map(Grant.parse, granted)) for value, granted in grants.items()}
        self._known: dict[bytes, tuple[Caller, float]] = {}

    async def find(self, token: bytes) -> Caller | None:
        """Return the caller with this token; None for one that is not valid now. A valid one is remembered for a minute."""
        key = hashlib.sha256(token).digest()
        known = self._known.get(key)
        if known is not None and known[1] > time.time():
            return known[0]
        if len(token) > _LONGEST:
            return None
        claims = await run_in_threadpool(self._claims, token)
        if claims is None:
            return None
        caller = Caller(str(claims["sub"]), Grants(self._granted(claims)))
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        now = time.time()
        self._known[key] = caller, min(float(claims["exp"]) + _LEEWAY_SECONDS, now + _REMEMBERED_SECONDS)
        return caller

    def _claims(self, token: bytes) -> dict[str, Any] | None:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in self._algorithms:
                return None
            signing_key = self._keys.key(header.get("kid"))
            if signing_key is None:
                return None
            return jwt.decode(
                token,
                signing_key,
                algorithms=self._algorithms,
                issuer=self._issuer,
                audience=self._audience,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            return None

    def _granted(self, claims: Mapping[str, Any]) -> Iterator[Grant]:
        value: Any = claims
        for part in self._claim:
            value = cast("Mapping[str, Any]", value).get(part) if isinstance(value, Mapping) else None
        values = (
            value.split() if isinstance(value, str) else cast("list[Any]", value if isinstance(value, list) else [])
        )
        for one in values:
            if not isinstance(one, str):
                continue
            if self._grants:
                yield from self._grants.get(one, ())
                continue
            try:
                yield Grant.parse(one)
            except InvalidRequest:
                continue
