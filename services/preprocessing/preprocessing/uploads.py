"""Raw files that clients upload below the first source root: each is visible once it is whole, and not before.

A file is written into a hidden folder of the root, which no source of a request includes, and moved to its name at the end.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from chassis.http.preconditions import Precondition
from chassis.storage_faults import storage_fault
from contracts.errors import Conflict, InvalidRequest, NameTaken, NotAllowed, Unavailable
from contracts.messages.datasets import UploadedFile

FOLDER = ".uploads"
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f*?\[\]\\]")
"""Characters that a source's URI cannot hold as themselves, or that no terminal shows."""
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}
_publishing = threading.Lock()


class Upload:
    """A file that is being uploaded; a context, at whose end nothing is left of a file that was not published."""

    def __init__(self, root: str, path: str, *, replace: bool, precondition: Precondition) -> None:
        self._path = path
        self._replace = replace
        self.replaces = False
        self._precondition = precondition
        self._root = _local(root)
        self._parts = _checked_parts(path)
        self._bytes = 0
        self._hasher = hashlib.sha256()
        self._written = self._root / FOLDER / uuid.uuid4().hex

    def __enter__(self) -> Self:
        """Begin to write. Raises `NameTaken`, `PreconditionFailed`, `StorageFull` and `Unavailable`."""
        try:
            self._check(self._target())
            self._written.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._written.open("xb", buffering=0)
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._written.unlink(missing_ok=True)

    def write(self, part: bytes) -> None:
        """Write the next part. Raises `StorageFull` if there is no room, and `Unavailable`."""
        try:
            rest = memoryview(part)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise self._unwritable(error) from error
        self._hasher.update(part)
        self._bytes += len(part)

    def publish(self, sha256: bytes | None) -> UploadedFile:
        """Give the file its name. Raises `InvalidRequest` if its checksum is another one, and the errors of `__enter__`."""
        digest = self._hasher.digest()
        if sha256 is not None and sha256 != digest:
            raise InvalidRequest(
                f"the body's SHA-256 is {digest.hex()}, but Content-Digest has {sha256.hex()}: it was damaged on its way"
            )
        try:
            os.fsync(self._file.fileno())
            with _publishing:
                self._move()
        except OSError as error:
            raise self._unwritable(error) from error
        etag = _etag(self._target())
        assert etag is not None
        return UploadedFile(path=self._path, bytes=self._bytes, sha256=digest.hex(), etag=etag)

    def _move(self) -> None:
        target = self._target(create=True)
        self._check(target)
        self.replaces = _etag(target) is not None
        if self.replaces or not self._link(target):
            self._written.replace(target)

    def _link(self, target: Path) -> bool:
        """Link the file to its name, which unlike a rename replaces nothing; False where the file system has no links."""
        try:
            os.link(self._written, target)
        except FileExistsError as error:
            raise self._taken() from error
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            return False
        return True

    def _target(self, *, create: bool = False) -> Path:
        """Return the file's path; its folders are made if asked for. Raises `NotAllowed` where a link leaves the root."""
        root = self._root.resolve()
        folder = root
        for part in self._parts[:-1]:
            folder = (folder / part).resolve()
            if not folder.is_relative_to(root):
                raise NotAllowed(f"source {self._path!r} is outside the first source root: {part!r} is a link")
            if folder.exists() and not folder.is_dir():
                raise Conflict(f"source {self._path!r}: {part!r} is a file, not a folder")
            if create:
                folder.mkdir(exist_ok=True)
        return folder / self._parts[-1]

    def _check(self, target: Path) -> None:
        if target.is_dir():
            raise Conflict(f"there is a folder named {self._path!r}")
        etag = _etag(target)
        self._precondition.check(etag)
        if etag is not None and self._precondition.if_match is None and not self._replace:
            raise self._taken()

    def _taken(self) -> NameTaken:
        return NameTaken(
            f"there is a source named {self._path!r} already; choose another name, or replace it by `replace=true`"
        )

    def _unwritable(self, error: OSError) -> Exception:
        if error.errno == errno.ENAMETOOLONG:
            return InvalidRequest(f"the name is too long. Received: {self._path[:100]!r}…")
        return storage_fault(error) or Unavailable(
            f"the upload cannot be written below {self._root}: {error.strerror or error}"
        )


def first_root(roots: Sequence[str]) -> str:
    """Return the root below which files are uploaded. Raises `NotAllowed` without one."""
    if not roots:
        raise NotAllowed("there is no source root: set TANDEM_SOURCE_ROOTS to a folder")
    return roots[0]


def remove_leftovers(roots: Sequence[str], hours: float) -> None:
    """Remove files of uploads that ended with their process, once they are older than `hours`."""
    with suppress(NotAllowed):
        for path in (_local(first_root(roots)) / FOLDER).glob("*"):
            if path.stat().st_mtime < time.time() - hours * 3600:
                path.unlink(missing_ok=True)


def _local(root: str) -> Path:
    path = root.removeprefix("file://")
    if "://" in path:
        raise NotAllowed(
            f"files can be uploaded only where the first source root is a folder; it is {root}. Copy the file there"
        )
    return Path(path)


def _checked_parts(path: str) -> list[str]:
    parts = path.split("/")
    for part in parts:
        if not part or part.startswith(".") or _UNUSABLE.search(part):
            raise InvalidRequest(
                "the path must be relative to the first source root, of names that do not begin with a dot, without "
                f"control characters, backslashes and the characters of globs. Received: {path[:200]!r}"
            )
    return parts


def _etag(target: Path) -> str | None:
    try:
        status = target.stat(follow_symlinks=False)
    except OSError:
        return None
    return f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
