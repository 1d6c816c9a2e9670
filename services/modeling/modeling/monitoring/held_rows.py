"""Sampled rows in bounded memory, until they are written to the log."""

from __future__ import annotations

import threading
from collections.abc import Collection

from modeling.monitoring.logged_rows import LoggedRows

MOST_ROWS = 50_000
MOST_BYTES = 64 << 20
"""Approximate maximum of bytes held, also while they are being written."""


class HeldRows:
    """Rows in the order in which they came. Rows that find no room are counted and dropped. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: list[LoggedRows] = []
        self._rows = self._bytes = 0
        self._overflowed = 0

    @property
    def rows(self) -> int:
        """Return the number of rows held."""
        return self._rows

    @property
    def overflowed(self) -> int:
        """Return the number of rows that found no room, since the start."""
        return self._overflowed

    @property
    def is_half_full(self) -> bool:
        """Return whether half of the room is taken."""
        return 2 * self._rows > MOST_ROWS or 2 * self._bytes > MOST_BYTES

    def add(self, rows: LoggedRows) -> None:
        """Hold some rows, or count them as overflowed."""
        size = rows.bytes
        with self._lock:
            if self._rows + len(rows) > MOST_ROWS or self._bytes + size > MOST_BYTES:
                self._overflowed += len(rows)
                return
            self._held.append(rows)
            self._rows += len(rows)
            self._bytes += size

    def groups(self) -> list[list[LoggedRows]]:
        """Return the rows held, grouped by version; they stay until `release`."""
        with self._lock:
            held = [*self._held]
        groups: dict[tuple[str, int, str], list[LoggedRows]] = {}
        for rows in held:
            manifest = rows.manifest
            groups.setdefault((manifest.model, manifest.version, manifest.job), []).append(rows)
        return [*groups.values()]

    def release(self, group: Collection[LoggedRows]) -> None:
        """Drop rows that are written, or never will be."""
        released = {id(rows) for rows in group}
        size = sum(rows.bytes for rows in group)
        with self._lock:
            self._held = [rows for rows in self._held if id(rows) not in released]
            self._rows -= sum(map(len, group))
            self._bytes -= size
