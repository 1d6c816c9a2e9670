"""Bearer tokens of our own: made at random, kept as hashes.

A token holds 256 random bits, so its hash needs neither salt nor a slow function: those protect secrets that can be guessed
(NIST SP 800-63B-3, section 5.1.1.2 on memorized secrets; by 5.1.2.2, an approved hash is enough for those of 112 bits or
more). The prefix lets scanners of repositories and logs recognise a token.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from contracts.access.roles import Grant
from contracts.base_model import FrozenModel, Name
from contracts.errors import InvalidRequest

__all__ = ["PREFIX", "GrantText", "StoredToken", "hash_of", "new_token"]

PREFIX = "tdm_"
_BYTES = 32


def _as_grant(text: str) -> str:
    try:
        return str(Grant.parse(text))
    except InvalidRequest as error:
        raise ValueError(error.message) from error


GrantText = Annotated[str, AfterValidator(_as_grant)]
"""A grant in a file or setting, in the form of `Grant.parse`."""


class StoredToken(FrozenModel):
    """A token as it is stored: all but itself."""

    name: Name
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    grants: Annotated[tuple[GrantText, ...], Field(min_length=1)]
    created: AwareDatetime
    expires: AwareDatetime | None = None

    def is_expired(self, now: datetime) -> bool:
        """Return whether the token has expired at a time, which must have a time zone."""
        return self.expires is not None and self.expires <= now


def new_token() -> str:
    """Return a new random token."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def hash_of(token: bytes) -> str:
    """Return the hash by which a token is stored and looked up: SHA-256, in hexadecimal digits."""
    return hashlib.sha256(token).hexdigest()
