"""Errors of files and of the job table that are no fault of the program: no room, read-only, or out of reach.

The same fault comes as an `OSError` of Python or Arrow, as SQLite's or PostgreSQL's error, as TensorFlow's, or within the text of
Spark's. Here all of them become `StorageFull` or `StorageUnavailable`, whose messages hold the reason and the remedy.
"""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from contracts.errors import CorruptData, NotFound, StorageFull, StorageUnavailable, TandemError

__all__ = ["attempting", "causes_of", "explaining_loss", "storage_fault"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNAVAILABLE = {
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.ESTALE,
    errno.ENOTCONN,
    errno.ENODEV,
    errno.EHOSTDOWN,
    errno.EREMOTEIO,
}
_BY_TEXT = {os.strerror(code).lower(): code for code in _FULL | {errno.EROFS, errno.EIO, errno.ESTALE}}
_IN_TEXT = re.compile(rf"({'|'.join(map(re.escape, _BY_TEXT))})(?:: '?(/[^\s']+))?", re.IGNORECASE)
"""The system's words, and the path that may follow, in the messages of TensorFlow, HDF5 and the JVM."""

_FULL_DATABASE = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")
_UNAVAILABLE_DATABASE = ("SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_PERM")
_OBJECT_STORE = re.compile(r"AWS Error [A-Z_]+[^\n]{0,200}")


def storage_fault(error: BaseException) -> StorageFull | StorageUnavailable | None:
    """Return what an error means if a fault of the storage, the disk or the job table led to it; None for other errors."""
    for cause in causes_of(error):
        if isinstance(cause, StorageFull | StorageUnavailable):
            return cause
        fault = _fault(cause)
        if fault is not None:
            return fault
    return None


def _fault(error: BaseException) -> StorageFull | StorageUnavailable | None:
    if isinstance(error, sqlite3.Error):
        return _of_database(error)
    return _of_database_server(error) if isinstance(error, DBAPIError) else _of_files(error)


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and what led to it."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


@contextmanager
def attempting(is_there: Callable[[], bool], files: str, discard: Callable[[], object]) -> Generator[None]:
    """Call `discard` if an attempt of a job fails within; a loss of its files is explained as by `explaining_loss`.

    Where discarding fails too, as on a storage that is read-only, the attempt's own error counts, and the sweep removes the rest.
    """
    try:
        with explaining_loss(is_there, files):
            yield
    except BaseException:
        try:
            discard()
        except OSError:
            traceback.print_exc()
        raise


@contextmanager
def explaining_loss(is_there: Callable[[], bool], files: str) -> Generator[None]:
    """Raise `StorageUnavailable` for an error within a job whose own files are gone, as when a mount drops.

    `files`: their folder, for the message.
    """
    try:
        yield
    except Exception as error:
        known = isinstance(error, TandemError) and not isinstance(error, NotFound | CorruptData)
        if known or storage_fault(error) is not None or _is_certainly_there(is_there):
            raise
        raise StorageUnavailable(
            f"the storage lost {files}, which this job was writing, as when a mount drops. Nothing was published; start the "
            "job again once the storage is back"
        ) from error


def _is_certainly_there(is_there: Callable[[], bool]) -> bool:
    try:
        return is_there()
    except OSError:
        return False


def _of_files(error: BaseException) -> StorageFull | StorageUnavailable | None:
    if isinstance(error, OSError) and error.errno is not None:
        name = error.filename.decode(errors="replace") if isinstance(error.filename, bytes) else error.filename
        return _by_code(error.errno, name if isinstance(name, str) else None)
    if isinstance(error, TandemError):
        return None  # its message may quote the data
    text = str(error)
    words = _IN_TEXT.search(text)
    if words is not None:
        return _by_code(_BY_TEXT[words[1].lower()], words[2])
    remote = _OBJECT_STORE.search(text) if isinstance(error, OSError) else None
    return None if remote is None else _unavailable(remote[0])


def _by_code(code: int, path: str | None) -> StorageFull | StorageUnavailable | None:
    where = "" if path is None else f" ({path})"
    if code in _FULL:
        return StorageFull(
            f"there is no room to write: {os.strerror(code)}{where}. Free some, or raise the limit, and try again; nothing "
            "half-written is visible"
        )
    return _unavailable(f"{os.strerror(code)}{where}") if code in _UNAVAILABLE else None


def _unavailable(reason: str) -> StorageUnavailable:
    return StorageUnavailable(
        f"files cannot be read or written: {reason}. Check that it is mounted, for writing, and that the service may write "
        "there; then try again"
    )


def _of_database_server(error: DBAPIError) -> StorageUnavailable | None:
    """Return the fault of a server that is down, restarts or cut the connection; SQLite's own error is looked at apart."""
    if isinstance(error.orig, sqlite3.Error) or not (
        isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    ):
        return None
    reason = str(error.orig).strip().partition("\n")[0]
    return StorageUnavailable(
        f"the job table cannot be reached: {reason}. Check that the database of TANDEM_JOBS_URL runs and takes connections; then "
        "try again"
    )


def _of_database(error: sqlite3.Error) -> StorageFull | StorageUnavailable | None:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(_FULL_DATABASE):
        return StorageFull(
            f"there is no room to write the job table: {error}. Free some in the state folder, and try again"
        )
    if name.startswith(_UNAVAILABLE_DATABASE):
        return StorageUnavailable(
            f"the job table cannot be written: {error}. Check that the state folder is on a disk that is mounted for writing "
            "and has room; then try again"
        )
    return None
