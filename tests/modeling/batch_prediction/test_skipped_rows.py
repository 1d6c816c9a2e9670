"""Skipped rows are kept in one file next to the predictions, up to a limit over all ranges."""

from __future__ import annotations

import hashlib

import pytest

from contracts.dataset.rejected_rows import RejectedRow, from_lines
from contracts.errors import TooManyBadRecords
from contracts.storage import Storage
from modeling.batch_prediction.skipped_rows import skipping

ROWS = [RejectedRow.of("t.csv", line, "it is odd", b"raw \xff %d" % line) for line in range(3)]


def test_rows_are_kept_in_order_with_checksum(storage: Storage) -> None:
    with skipping(storage, "predictions/p/job-1", 3) as skipped:
        skipped.keep(ROWS[:1])
        skipped.keep(ROWS[1:])
        rejects = skipped.rejects()
        assert rejects is not None
        assert rejects.allowed == 0
    assert skipped.file is not None
    data = storage.read(skipped.file.path)
    assert from_lines(data) == ROWS
    assert (skipped.file.rows, skipped.file.bytes) == (3, len(data))
    assert skipped.file.sha256 == hashlib.sha256(data).hexdigest()


def test_one_row_more_than_allowed_is_an_error_that_names_the_first(storage: Storage) -> None:
    with skipping(storage, "predictions/p/job-1", 2) as skipped:
        skipped.keep(ROWS[:2])
        with pytest.raises(TooManyBadRecords, match=r"^more than 2 rows .* The first: t\.csv, line 0: it is odd$"):
            skipped.keep(ROWS[2:])


def test_without_skipped_rows_there_is_no_file(storage: Storage) -> None:
    with skipping(storage, "predictions/p/job-1", 0) as skipped:
        assert skipped.rejects() is None
    assert skipped.file is None
    assert not storage.exists("predictions/p")
