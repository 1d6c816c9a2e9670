"""Rows of a batch prediction that cannot be read: skipped as `max_bad_records` allows, and kept next to the predictions."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from contracts.dataset.rejected_rows import RejectedRow, to_lines
from contracts.errors import TooManyBadRecords
from contracts.messages.batch_predictions import OutputFile
from contracts.storage import Storage
from sources.read_range import positions_before
from sources.rejects import Rejected, Rejects
from sources.whole_files import WholeFiles

REJECTED = "rejected.jsonl"


class SkippedRows:
    """The rows skipped so far; use `skipping`. Their file is made for the first of them."""

    def __init__(self, storage: Storage, folder: str, allowed: int) -> None:
        self.allowed = allowed
        self.count = 0
        self.file: OutputFile | None = None
        self._storage, self._path = storage, f"{folder}/{REJECTED}"
        self._first: RejectedRow | None = None
        self._open: tuple[Any, Any] | None = None

    def rejects(self) -> Rejects | None:
        """Return the record of one more range, for as many rows as are still allowed; None where none ever was."""
        return Rejects(self.allowed - self.count) if self.allowed else None

    def keep_of_range(self, plan: WholeFiles, rejects: Rejects | None) -> None:
        """Keep the rows that a range's reader skipped. Raises `TooManyBadRecords`, which names the first row of all."""
        if rejects is None or not rejects.rows:
            return
        first: Rejected = rejects.rows[0]
        file = plan.files[first.file]
        before = positions_before(plan.source, file, first.start)
        self.keep(RejectedRow.of(file.uri, before + row.line, row.reason, row.text) for row in rejects.rows)

    def keep(self, rows: Iterable[RejectedRow]) -> None:
        """Keep some rows. Raises `TooManyBadRecords`, which names the first row of all, for more than are allowed."""
        for row in rows:
            self.count += 1
            self._first = first = self._first or row
            if self.count > self.allowed:
                raise TooManyBadRecords(
                    f"more than {self.allowed} rows cannot be read (max_bad_records). The first: {first.file}, line "
                    f"{first.line}: {first.reason}",
                    pointer="/max_bad_records",
                )
            for line in to_lines([row]):
                self._stream().write(line)

    def finish(self) -> None:
        """Close the file, if there is one, and make it durable."""
        if self._open is None:
            return
        self.abandon()
        self._storage.sync(self._path)
        with self._storage.open_input(self._path) as stream:
            size = stream.size()
        self.file = OutputFile(path=self._path, rows=self.count, bytes=size, sha256=self._storage.sha256(self._path))

    def abandon(self) -> None:
        """Close the file after an error; it is removed with the folder."""
        if self._open is not None:
            opened, _ = self._open
            self._open = None
            opened.__exit__(None, None, None)

    def _stream(self) -> Any:
        if self._open is None:
            opened = self._storage.open_output(self._path)
            self._open = opened, opened.__enter__()
        return self._open[1]


@contextmanager
def skipping(storage: Storage, folder: str, allowed: int) -> Generator[SkippedRows]:
    """Keep skipped rows in a folder that is not published yet. `allowed`: how many there may be."""
    skipped = SkippedRows(storage, folder, allowed)
    try:
        yield skipped
        skipped.finish()
    finally:
        skipped.abandon()
