"""The prediction log where nothing can be written: rows wait in bounded memory, and are written once there is room."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.disks import SmallDisk, away, full, needs_mounts, no_file_grows_beyond, read_only, small_disk
from tests.modeling.monitoring.watched import ROWS, answer, call_of, files, logging, read, samples
from tests.processes import wait_until

from contracts.storage import Storage
from modeling.monitoring import held_rows, logged_rows, prediction_log
from modeling.monitoring.prediction_log import FOLDER, PredictionLog
from modeling.repository.folders import manifest_path
from modeling.repository.listings import MARKER, Listings
from modeling.serving.loaded_version import LoadedVersion

pytestmark = needs_mounts


@pytest.fixture
def disk(tmp_path: Path) -> Generator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        yield disk


@pytest.fixture
def storage(disk: SmallDisk) -> Storage:
    return Storage(str(disk.path))


def counts(log: PredictionLog) -> tuple[float, ...]:
    """Rows that were written, found no room in memory, are lost, and wait."""
    taken = samples(log)
    rows = [taken["tandem_prediction_log_rows_total", outcome] for outcome in ("written", "overflowed", "lost")]
    return *rows, taken["tandem_prediction_log_held_rows",]


FAULTS: dict[str, tuple[Callable[[SmallDisk], AbstractContextManager[None]], str]] = {
    "full": (full, "No space left on device"),
    "quota": (lambda _: no_file_grows_beyond(100), "File too large"),
    "read-only": (lambda disk: read_only(disk.path), "Permission denied"),
    "away": (lambda disk: away(disk.path, "models", "folder empty"), f"its file {MARKER} is missing"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_rows_wait_while_nothing_can_be_written(
    disk: SmallDisk, storage: Storage, loaded: LoadedVersion, fault: str
) -> None:
    storage.write(manifest_path("m", 2), b"{}")
    listings = Listings(storage, writes=True)
    listings.models()
    begin, reason = FAULTS[fault]
    with capture_logs() as lines, logging(storage, listings.look) as (log, watcher):
        with begin(disk):
            for _ in range(2):
                answer(watcher, loaded, call_of(ROWS))
                log.flush()
            assert counts(log) == (0, 0, 0, 6)
            assert log.fault is not None
            assert log.fault.startswith("6 rows wait in memory, 0 found no room there: ")
            assert reason in log.fault
        assert not storage.exists(FOLDER), "nothing half-written, and no folder"
        answer(watcher, loaded, call_of(ROWS))
        log.flush()
        assert counts(log) == (9, 0, 0, 0)
        assert log.fault is None
        (path,) = files(storage)
        assert read(storage, path)["origin"].to_pylist() == [row["origin"] for row in ROWS] * 3
    warned = [line["event"] for line in lines if "logged" in line["event"]]
    assert warned == ["predictions cannot be logged, and wait in memory", "predictions are logged again"]


def test_rows_are_written_soon_after_there_is_room(
    disk: SmallDisk, storage: Storage, loaded: LoadedVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prediction_log, "_FIRST_PAUSE", 0.01)
    with logging(storage) as (log, watcher):
        with full(disk):
            answer(watcher, loaded, call_of(ROWS))
            log.flush()
            assert log.fault is not None
        wait_until(lambda: len(files(storage)) == 1)


def test_rows_for_which_memory_has_no_room_are_counted(
    disk: SmallDisk, storage: Storage, loaded: LoadedVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_rows, "MOST_ROWS", 100)
    with logging(storage) as (log, watcher):
        with full(disk):
            for _ in range(50):
                answer(watcher, loaded, call_of(ROWS))
                log.flush()
            assert counts(log) == (0, 51, 0, 99)
        log.flush()
        assert counts(log) == (99, 51, 0, 0)


def test_a_full_memory_does_not_hurry_a_disk_that_is_full(
    disk: SmallDisk, storage: Storage, loaded: LoadedVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_rows, "MOST_ROWS", 10)
    tries: list[str] = []
    publish = Storage.publish

    def counted(self: Storage, path: str, data: bytes) -> None:
        tries.append(path)
        publish(self, path, data)

    monkeypatch.setattr(Storage, "publish", counted)
    with logging(storage) as (log, watcher), full(disk):
        answer(watcher, loaded, call_of(ROWS * 3))
        wait_until(lambda: log.fault is not None)
        for _ in range(100):
            answer(watcher, loaded, call_of(ROWS * 3))
        assert len(tries) < 20
    assert counts(log) == (9, 900, 0, 0)


def test_rows_that_cannot_be_written_at_the_end_are_lost_and_told(
    disk: SmallDisk, storage: Storage, loaded: LoadedVersion
) -> None:
    with capture_logs() as lines, full(disk), logging(storage) as (log, watcher):
        answer(watcher, loaded, call_of(ROWS))
    assert counts(log) == (0, 0, 3, 0)
    (line,) = [line for line in lines if line["event"] == "logged predictions are lost"]
    assert line["rows"] == 3
    assert "No space left on device" in line["reason"]


def test_rows_that_no_file_can_hold_do_not_keep_others_waiting(
    storage: Storage, loaded: LoadedVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = logged_rows.parquet_file
    monkeypatch.setattr(
        prediction_log, "parquet_file", lambda group, redacted: 1 // (len(group) - 1) and real(group, redacted)
    )
    with logging(storage) as (log, watcher):
        answer(watcher, loaded, call_of(ROWS))
        log.flush()
        assert (counts(log), log.fault) == ((0, 0, 3, 0), None)
        for _ in range(2):
            answer(watcher, loaded, call_of(ROWS))
        log.flush()
        assert counts(log) == (6, 0, 3, 0)


def test_memory_is_bounded_where_storage_stands_still(
    storage: Storage, loaded: LoadedVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_rows, "MOST_ROWS", 100)
    stuck, go_on = threading.Event(), threading.Event()
    real = Storage.publish

    def publish(self: Storage, path: str, data: bytes) -> None:
        stuck.set()
        go_on.wait(20)
        real(self, path, data)

    monkeypatch.setattr(Storage, "publish", publish)
    with logging(storage) as (log, watcher):
        answer(watcher, loaded, call_of(ROWS * 20))  # half full: it is to be written now
        assert stuck.wait(20)
        for _ in range(100):
            answer(watcher, loaded, call_of(ROWS * 10))
        assert counts(log) == (0, 2970, 0, 90)
        go_on.set()
    assert counts(log) == (90, 2970, 0, 0)


@pytest.mark.parametrize("error", [SystemExit, MemoryError])
def test_a_thread_that_was_interrupted_writes_the_rows_next(
    storage: Storage, loaded: LoadedVersion, error: type[BaseException]
) -> None:
    raised: list[float] = []

    def interrupt() -> None:
        if not raised:
            raised.append(time.monotonic())
            raise error

    with logging(storage, interrupt) as (log, watcher):
        log.thread._pause_seconds = 0.05
        answer(watcher, loaded, call_of(ROWS))
        log.flush()
        wait_until(lambda: log.thread.health == f"prediction-log: {error.__name__}")
        log.flush()
        assert (counts(log), log.thread.health) == ((3, 0, 0, 0), None)
