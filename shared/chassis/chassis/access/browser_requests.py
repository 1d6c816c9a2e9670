"""Refuses what a page of another site makes a visitor's browser send.

Such a page may rebind its own name to the service's address, after which the browser takes both for one site, or post a form,
which carries a password that the browser keeps. The order of the tests on `Sec-Fetch-Site` and `Origin` is that of Go's
net/http.CrossOriginProtection (2025).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Self
from urllib.parse import urlsplit

from starlette.types import Scope

from chassis.settings import ServiceSettings
from contracts.errors import Misdirected, NotAllowed, TandemError

__all__ = ["BrowserRequests"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({b"same-origin", b"none"})
"""Of `Sec-Fetch-Site`: a page of the service, or a person (an address that was typed, a bookmark)."""


class BrowserRequests:
    """The names that requests may address the service by, and the sites whose pages may send such as change something.

    `hosts`: names other than addresses, `localhost` and names without a dot, which no foreign page can have; `*.example.org`
    is all names below, `*` any. `origins`: pages of other sites that are trusted, as `https://app.example.org`; `*` any.
    """

    def __init__(self, hosts: Iterable[str], origins: Iterable[str]) -> None:
        self._hosts = frozenset(name.lower() for name in hosts)
        self._origins = frozenset(origin.lower().encode() for origin in origins)
        self._serves = lru_cache(maxsize=256)(self._is_served)

    @classmethod
    def of_settings(cls, settings: ServiceSettings) -> Self:
        """Return what settings permit: any name where requests need a token, which another site's page has not."""
        hosts = settings.allowed_hosts or (["*"] if settings.authenticates else [])
        return cls(hosts, settings.allowed_origins)

    def refusal(self, scope: Scope) -> TandemError | None:
        """Return why a request is refused: `Misdirected` by its host, `NotAllowed` by its site; None if it is not."""
        host = site = origin = None
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"sec-fetch-site":
                site = value
            elif name == b"origin":
                origin = value
        if host is not None and not self._serves(host):
            return Misdirected(
                f"The request is for {host.decode('latin-1')!r}, which is no name of this service. If it is, add it to "
                "TANDEM_ALLOWED_HOSTS; addresses and names without a dot are always accepted."
            )
        if scope["method"] in _SAFE or (origin is None and site is None) or self._is_trusted(host, site, origin):
            return None
        return NotAllowed(
            f"A page of another site ({'unknown' if origin is None else origin.decode('latin-1')}) made a browser send this. "
            "If it may, add its origin to TANDEM_ALLOWED_ORIGINS."
        )

    def _is_trusted(self, host: bytes | None, site: bytes | None, origin: bytes | None) -> bool:
        if site in _OWN or b"*" in self._origins or (origin is not None and origin.lower() in self._origins):
            return True
        return site is None and origin is not None and _authority(origin) == (host or b"").lower()

    def _is_served(self, host: bytes) -> bool:
        if "*" in self._hosts:
            return True
        try:
            name = urlsplit(f"//{host.decode('ascii')}").hostname
        except ValueError:
            return False
        name = (name or "").rstrip(".")
        return bool(name) and (
            "." not in name
            or _is_address(name)
            or name.endswith(".localhost")
            or name in self._hosts
            or any(name.endswith(own[1:]) for own in self._hosts if own.startswith("*."))
        )


def _authority(origin: bytes) -> bytes:
    """Return the host and port of an origin; nothing of `null`, which pages of no site have."""
    return origin.lower().partition(b"://")[2]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
