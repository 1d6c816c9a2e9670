"""Looks up tokens of our own, in the file of tokens as it is now."""

from __future__ import annotations

import time
from pathlib import Path

import structlog

from chassis.access.caller import Caller
from contracts.access.roles import Grant, Grants
from contracts.access.tokens import hash_of
from contracts.access.tokens_file import TokensFile
from contracts.errors import TandemError

__all__ = ["StoredTokens"]

_SECONDS_BETWEEN_LOOKS = 0.5

_log = structlog.get_logger(module=__name__)


class StoredTokens:
    """The callers of a file of tokens. Looks at the file twice a second at most, and reads it again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._file = TokensFile(path)
        self._callers: dict[str, tuple[Caller, float]] = {}
        self._sent: dict[bytes, tuple[Caller, float]] = {}
        """Of `_callers`, by tokens that were sent: a hash costs half as much as all else here."""
        self._seen: tuple[int, ...] | None = None
        self._looked = float("-inf")

    def find(self, token: bytes) -> Caller | None:
        """Return the caller with this token; None for one that is unknown, revoked or expired.

        While the file cannot be read, no token is valid; the reason is logged.
        """
        if time.monotonic() - self._looked > _SECONDS_BETWEEN_LOOKS:
            self._look()
        known = self._sent.get(token)
        if known is None:
            known = self._callers.get(hash_of(token))
            if known is None:
                return None
            self._sent[token] = known
        return None if known[1] <= time.time() else known[0]

    def _look(self) -> None:
        present = _identity(self._file.path)
        if present != self._seen:
            callers = self._read()
            self._callers, self._sent = callers or {}, {}
            self._seen = present if callers is not None else None  # a failed read may be of the moment
        self._looked = time.monotonic()

    def _read(self) -> dict[str, tuple[Caller, float]] | None:
        try:
            stored = self._file.read()
        except (TandemError, OSError) as error:
            _log.error(
                "the file of tokens cannot be read: no token is valid", path=str(self._file.path), reason=str(error)
            )
            return None
        return {
            token.sha256: (
                Caller(token.name, Grants(map(Grant.parse, token.grants))),
                float("inf") if token.expires is None else token.expires.timestamp(),
            )
            for token in stored
        }


def _identity(path: Path) -> tuple[int, ...]:
    """Return numbers that differ after every change of the file: each replaces it, and its mode counts as well."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_mode
