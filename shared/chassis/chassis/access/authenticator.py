"""From a request's `Authorization` to its caller (RFC 6750; RFC 7617 for browsers)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from pathlib import Path

from chassis.access.caller import Caller
from chassis.access.identity_tokens import IdentityTokens
from chassis.access.signing_keys import SigningKeys
from chassis.access.stored_tokens import StoredTokens
from chassis.settings import ServiceSettings
from contracts.access.tokens import PREFIX

__all__ = ["Authenticator"]

_OWN = PREFIX.encode()
_USUAL = b"Bearer " + _OWN
_SCHEME = len(b"Bearer ")
_SAFE_METHODS = {"GET", "HEAD"}


class Authenticator:
    """Knows callers by tokens of our own, by tokens of an identity provider, or by both."""

    def __init__(self, stored: StoredTokens | None, identity: IdentityTokens | None) -> None:
        self._stored = stored
        self._identity = identity

    @classmethod
    def of_settings(cls, settings: ServiceSettings) -> Authenticator | None:
        """Return the authenticator that the settings ask for; None where authentication is off."""
        if not settings.authenticates:
            return None
        identity = None
        if settings.oidc_issuer and settings.oidc_audience and settings.oidc_keys:
            identity = IdentityTokens(
                SigningKeys(settings.oidc_keys),
                issuer=settings.oidc_issuer,
                audience=settings.oidc_audience,
                algorithms=settings.oidc_algorithms,
                claim=settings.oidc_claim,
                grants=settings.oidc_grants,
            )
        return cls(StoredTokens(Path(settings.tokens)) if settings.tokens else None, identity)

    async def find(self, method: str, headers: Iterable[tuple[bytes, bytes]]) -> Caller | None:
        """Return the caller of a request; None where it sends no token, more than one, or one that is not valid.

        Browsers ask for pages with a password (`Basic`): it is the token, and accepted for reading alone, since a browser sends
        it with every request to the service, also with those that other sites' pages make.
        """
        header = None
        for name, value in headers:
            if name == b"authorization":
                if header is not None:
                    return None
                header = value
        if header is None:
            return None
        if self._stored is not None and header.startswith(_USUAL):
            return self._stored.find(header[_SCHEME:])
        scheme, _, credentials = header.partition(b" ")
        kind, token = scheme.lower(), credentials.strip()
        if kind == b"basic" and method in _SAFE_METHODS:
            token = _password(token)
        elif kind != b"bearer":
            return None
        if token.startswith(_OWN):
            return None if self._stored is None else self._stored.find(token)
        return await self._identity.find(token) if self._identity is not None and token.count(b".") == 2 else None


def _password(credentials: bytes) -> bytes:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
