"""Checks of a service's surroundings, before it is started or while it misbehaves: `python -m SERVICE.doctor`.

Each check tries the real thing: it writes to the storage, opens the job table, starts the engine. One line of JSON each.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import ssl
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from chassis.access.exposure import refusal_to_start
from chassis.jobs.database import JobDatabase
from chassis.settings import ServiceSettings
from contracts.errors import NameTaken
from contracts.storage import Storage
from contracts.validation.environment import PREFIX

__all__ = ["Check", "Finding", "common_checks", "findings", "memory", "print_findings"]

_GIB = 1 << 30
_SECONDS_APART = 5.0
_FOLDER = ".tandem-doctor"
"""Of files that are written to a storage; no listing shows it."""


@dataclass(frozen=True)
class Finding:
    """The result of a check, and the remedy where one is needed."""

    check: str
    status: Literal["ok", "warning", "failed"]
    detail: str
    remedy: str = ""


Check = tuple[str, Callable[[], Finding]]
"""A name, and a function that returns what it found; an exception from it is a failure."""


def findings(checks: Iterable[Check]) -> Iterator[Finding]:
    """Yield a finding for each check, in their order."""
    for name, check in checks:
        try:
            yield check()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding
            yield Finding(name, "failed", f"{type(error).__name__}: {error}", "see the detail")


def print_findings(checks: Sequence[Check]) -> None:
    """Print each finding as a line of JSON as soon as it is known."""
    for finding in findings(checks):
        sys.stdout.write(f"{json.dumps(asdict(finding))}\n")
        sys.stdout.flush()


def common_checks(service: str, settings: ServiceSettings, version: str) -> list[Check]:
    """Return the checks of every service."""
    return [
        ("settings", _settings),
        ("access", lambda: _access(settings)),
        ("storage", lambda: _storage(Storage(settings.storage))),
        ("sources", lambda: _sources(settings.source_roots)),
        ("job table", lambda: _job_table(service, settings)),
        ("disk", lambda: _disk(settings)),
        ("port", lambda: _port(settings, version)),
    ]


def memory(needed_gib: float, used_for: str) -> Finding:
    """Return whether the machine, or the container, has memory to spare."""
    available = _available_bytes() / _GIB
    if available >= needed_gib:
        return Finding("memory", "ok", f"{available:.1f} GiB available")
    return Finding(
        "memory",
        "warning",
        f"{available:.1f} GiB available; {used_for} wants {needed_gib:g}",
        "give the machine or the container more, or end other programs",
    )


def _settings() -> Finding:
    given = sorted(name for name in os.environ if name.startswith(PREFIX))
    return Finding("settings", "ok", ", ".join(given) if given else "all by default")


def _access(settings: ServiceSettings) -> Finding:
    refusal = refusal_to_start(settings)
    if refusal is not None:
        return Finding("access", "failed", "the service will not start", refusal)
    if settings.authenticates:
        return Finding("access", "ok", "requests need a token")
    if settings.allow_unauthenticated:
        return Finding(
            "access",
            "warning",
            "everyone who reaches the service may do everything",
            "set TANDEM_TOKENS, or keep others out",
        )
    return Finding("access", "ok", f"no tokens, and {settings.host} is reached from this machine alone")


def _storage(storage: Storage) -> Finding:
    path, content = f"{_FOLDER}/{secrets.token_hex(8)}", secrets.token_bytes(64)
    try:
        storage.publish(path, content)
        began = time.time()
        if storage.read(path) != content:
            return Finding(
                "storage", "failed", f"{storage.uri} returns other bytes than were written", "use another one"
            )
        try:
            storage.publish(path, b"another")
        except NameTaken:
            pass
        else:
            return Finding(
                "storage",
                "failed",
                f"{storage.uri} lets two writers create one file, and versions or labels could be lost",
                "use a store with conditional writes (If-None-Match), or a file system with hard links",
            )
        stamp = storage.file_stamps([path]).get(path)
    finally:
        with suppress(Exception):  # the finding says why, if it was never written
            storage.delete_file(path)
            storage.delete_empty_folder(_FOLDER)
    apart = 0.0 if stamp is None or stamp.mtime_ns is None else stamp.mtime_ns / 1e9 - began
    if abs(apart) > _SECONDS_APART:
        return Finding(
            "storage",
            "warning",
            f"{storage.uri}: its clock is {abs(apart):.0f} s {'ahead' if apart > 0 else 'behind'}",
            "set both clocks by a time server: leftovers are removed by their age",
        )
    return Finding("storage", "ok", f"{storage.uri}: written, read, created once alone, deleted")


def _sources(roots: Sequence[str]) -> Finding:
    absent = [root for root in roots if not _is_readable(root)]
    if absent:
        return Finding(
            "sources",
            "failed",
            f"cannot be read: {', '.join(absent)}",
            "create or mount it, or change TANDEM_SOURCE_ROOTS",
        )
    return Finding("sources", "ok", f"readable: {', '.join(roots)}")


def _is_readable(root: str) -> bool:
    if "://" not in root:
        return os.access(root, os.R_OK | os.X_OK)
    try:
        Storage(root).folders("")
    except OSError:
        return False
    return True


def _job_table(service: str, settings: ServiceSettings) -> Finding:
    database = JobDatabase(service, settings.jobs_database(service))
    try:
        database.create()
        database.check()
    finally:
        database.close()
    return Finding("job table", "ok", "PostgreSQL" if settings.jobs_url else f"SQLite in {settings.state}")


def _disk(settings: ServiceSettings) -> Finding:
    local = Storage(settings.storage).local_path()
    folders = [Path(settings.state), Path(tempfile.gettempdir()), *([] if local is None else [local])]
    free = {str(folder): shutil.disk_usage(_nearest(folder)).free / _GIB for folder in folders}
    shown = ", ".join(f"{folder}: {gib:.1f} GiB free" for folder, gib in free.items())
    least = min(free.values())
    if least < 1:
        return Finding("disk", "failed", shown, "free some room: jobs stage their files there")
    return Finding("disk", "ok" if least >= 5 else "warning", shown, "" if least >= 5 else "large jobs need more room")


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above that exists."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())


def _port(settings: ServiceSettings, version: str) -> Finding:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - compared
    scheme = "https" if settings.tls_certificate else "http"
    url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}/openapi.json"
    own = ssl.create_default_context()
    own.check_hostname, own.verify_mode = False, ssl.CERT_NONE  # it asks its own address, and sends nothing
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=own))
    try:
        with opener.open(url, timeout=5) as reply:
            running = json.load(reply)["info"]["version"]
    except ConnectionRefusedError:
        return Finding("port", "ok", f"{settings.port} is free")
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            return Finding("port", "ok", f"{settings.port} is free")
        return _taken(settings.port, str(error.reason))
    except (OSError, ValueError, LookupError) as error:
        return _taken(settings.port, str(error))
    if running != version:
        return Finding("port", "warning", f"release {running} runs, {version} is installed", "restart the service")
    return Finding("port", "ok", f"the service runs on {settings.port}, release {running}")


def _taken(port: int, reason: str) -> Finding:
    return Finding("port", "failed", f"{port} is taken by another program ({reason})", "end it, or set TANDEM_PORT")


def _available_bytes() -> float:
    """Return the memory that is available here, at most the container's limit."""
    meminfo = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(meminfo["MemAvailable"].split()[0]) * 1024
    limits = [Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")]
    with suppress(OSError, ValueError):  # no container, or no limit
        limit, used = (int(path.read_text()) for path in limits)
        available = min(available, limit - used)
    return float(available)
