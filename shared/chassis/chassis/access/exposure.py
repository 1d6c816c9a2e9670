"""Keeps a service without authentication on loopback: at its start, and by each request where another server runs it."""

from __future__ import annotations

import ipaddress

from chassis.settings import ServiceSettings

__all__ = ["is_loopback", "refusal_to_start"]


def is_loopback(host: str) -> bool:
    """Return whether an address or name to listen on is one of loopback. A name other than `localhost` is not.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def refusal_to_start(settings: ServiceSettings) -> str | None:
    """Return why the service may not listen where its settings ask for; None if it may."""
    if settings.authenticates or settings.allow_unauthenticated or is_loopback(settings.host):
        return None
    return (
        f"TANDEM_HOST is {settings.host}, which others can reach, and anyone could then train, delete and read: set "
        "TANDEM_TOKENS to a file of tokens (tandem token create) or TANDEM_OIDC_ISSUER, or listen on 127.0.0.1. Where "
        "something in front of the service keeps others out, TANDEM_ALLOW_UNAUTHENTICATED=true lets everyone in who "
        "reaches it."
    )
