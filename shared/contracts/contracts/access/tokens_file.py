"""The file of tokens, which both services read and `tandem token` changes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from contracts.access.private_file import read_private, write_private
from contracts.access.roles import Grant
from contracts.access.tokens import StoredToken, hash_of, new_token
from contracts.base_model import FrozenModel
from contracts.errors import CorruptData, NameTaken, NotFound

__all__ = ["TokensFile"]


class _Content(FrozenModel):
    tokens: tuple[StoredToken, ...] = ()


class TokensFile:
    """The stored tokens, in a JSON file of mode 600. Changes of several processes follow one another."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[StoredToken, ...]:
        """Return the tokens, those that have expired too; none where there is no file.

        Raises `NotAllowed` where others may read the file, `CorruptData` for one that holds something else, and OSError.
        """
        try:
            text = read_private(self.path)
        except FileNotFoundError:
            return ()
        try:
            return _Content.model_validate_json(text).tokens
        except (ValidationError, UnicodeDecodeError) as error:
            raise CorruptData(f"{self.path} is not a file of tokens: {error}") from error

    def create(self, name: str, grants: tuple[Grant, ...], expires: datetime | None) -> str:
        """Add a token and return it; it is not stored. Raises `NameTaken`, and the errors of `read`."""
        with self._lock():
            tokens = self.read()
            if any(token.name == name for token in tokens):
                raise NameTaken(f"there is a token named {name!r} already: revoke it, or choose another name")
            token = new_token()
            stored = StoredToken(
                name=name,
                sha256=hash_of(token.encode()),
                grants=tuple(map(str, grants)),
                created=datetime.now(UTC).replace(microsecond=0),
                expires=expires,
            )
            self._write((*tokens, stored))
        return token

    def revoke(self, name: str) -> None:
        """Remove a token. Raises `NotFound`, and the errors of `read`."""
        with self._lock():
            tokens = self.read()
            kept = tuple(token for token in tokens if token.name != name)
            if len(kept) == len(tokens):
                raise NotFound(f"there is no token named {name!r} in {self.path}")
            self._write(kept)

    def _write(self, tokens: tuple[StoredToken, ...]) -> None:
        write_private(self.path, _Content(tokens=tokens).model_dump_json(indent=2) + "\n")

    @contextmanager
    def _lock(self) -> Generator[None]:
        """Hold a lock of its own file: the file of tokens itself is replaced by each change."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
