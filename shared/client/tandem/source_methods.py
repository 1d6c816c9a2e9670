"""Methods of the client about raw files: uploads below the preprocessing service's first source root."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tandem.errors import InvalidInput
from tandem.transport.service_call import ServiceCall, ServiceRequest, Steps, given

_PART_BYTES = 1 << 20
_REPLY_SECONDS = 600.0
"""Longer than other calls: the service writes the file to its disk before it replies."""


class SourceMethods:
    """Raw files of the services."""

    @ServiceCall
    def upload(
        self,
        file: str | PathLike[str] | bytes,
        path: str | None = None,
        *,
        replace: bool = False,
        etag: str | None = None,
    ) -> Steps[dict[str, Any]]:
        """Upload a file, or bytes, to `path` below the first source root; default: the file's name.

        Returns path, size, SHA-256 and ETag; the path is a `uri` of `create_dataset`. A file is visible once it is whole. A
        path that is taken is a `Conflict`, unless the file is to be replaced: always, or only the one with `etag`. Raises
        `Rejected` where the service takes no uploads.
        """
        body = _body_of(file)
        target = body.name if path is None else path
        if not target:
            raise InvalidInput("bytes have no name: give the path below the source root")
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(body.size),
            "Content-Digest": f"sha-256=:{base64.b64encode(body.digest).decode()}:",
            **({} if etag is None else {"If-Match": etag}),
        }
        reply = yield ServiceRequest(
            "preprocessing",
            "PUT",
            f"/v1/sources/{quote(target, safe='/')}",
            headers=headers,
            params=given(replace="true" if replace else None),
            content=body.parts,
            repeatable=False,
            read_seconds=_REPLY_SECONDS,
        )
        return reply.json()


@dataclass(frozen=True)
class _Body:
    """A body with its checksum, which can be read again for another attempt."""

    name: str
    size: int
    digest: bytes
    file: Path | None
    content: bytes = b""

    def parts(self) -> Iterator[bytes]:
        return iter([self.content] if self.content else []) if self.file is None else _parts(self.file)


def _body_of(file: str | PathLike[str] | bytes) -> _Body:
    if isinstance(file, bytes):
        return _Body("", len(file), hashlib.sha256(file).digest(), None, file)
    source, size, hasher = Path(file), 0, hashlib.sha256()
    try:
        for part in _parts(source):
            hasher.update(part)
            size += len(part)
    except OSError as error:
        raise InvalidInput(f"cannot read {source}: {error.strerror or error}") from error
    return _Body(source.name, size, hasher.digest(), source)


def _parts(source: Path) -> Iterator[bytes]:
    with source.open("rb") as opened:
        yield from iter(partial(opened.read, _PART_BYTES), b"")
