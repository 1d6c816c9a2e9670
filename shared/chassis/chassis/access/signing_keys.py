"""The public keys of an identity provider: a JSON Web Key Set (RFC 7517) from a URL or a file, kept for a while."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import jwt
import structlog

__all__ = ["SigningKeys"]

_LASTS_SECONDS = 3600.0
_MIN_SECONDS_BETWEEN_READS = 10.0
"""However many unknown keys are named, the provider is asked no more often."""
_TIMEOUT_SECONDS = 5.0
_MAX_BYTES = 1 << 20

_log = structlog.get_logger(module=__name__)


class SigningKeys:
    """Keys by their id (`kid`). Methods block on the network: call them on a thread."""

    def __init__(self, source: str, *, pause: float = _MIN_SECONDS_BETWEEN_READS) -> None:
        self._source = source
        self._pause = pause
        self._keys: Mapping[str | None, jwt.PyJWK] = {}
        self._tried = self._read_at = float("-inf")
        self._lock = threading.Lock()

    def key(self, key_id: str | None) -> jwt.PyJWK | None:
        """Return the key with this id, or the only key where a token names none; None for an unknown one.

        Reads the keys again for an unknown id and after an hour. Keys that were read stay in use while they cannot be read.
        """
        with self._lock:
            now = time.monotonic()
            is_due = key_id not in self._keys or now - self._read_at > _LASTS_SECONDS
            if is_due and now - self._tried > self._pause:
                self._tried = now
                self._read_again()
            return self._keys.get(key_id)

    def _read_again(self) -> None:
        try:
            keys = jwt.PyJWKSet.from_dict(json.loads(self._content())).keys
        except (OSError, ValueError, TypeError, AttributeError, jwt.PyJWTError) as error:
            _log.error("the keys of the identity provider cannot be read", source=self._source, reason=str(error))
            return
        by_id: dict[str | None, jwt.PyJWK] = {key.key_id: key for key in keys if key.public_key_use in {None, "sig"}}
        if len(by_id) == 1:
            by_id[None] = next(iter(by_id.values()))
        self._keys, self._read_at = by_id, time.monotonic()

    def _content(self) -> bytes:
        if "://" not in self._source:
            return Path(self._source).read_bytes()
        request = urllib.request.Request(self._source, headers={"Accept": "application/json"})  # noqa: S310 - a setting, checked
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as reply:  # noqa: S310 - see above
            content = reply.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise ValueError(f"longer than {_MAX_BYTES} bytes")
        return content
