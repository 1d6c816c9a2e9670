"""Full, read-only and unreachable storage is told apart from faults of the program, whoever met it."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from chassis_live import Service, make_app, problem, running
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError, OperationalError
from tests.postgresql_server import PostgreSQLServer

from chassis import cleanup
from chassis.storage_faults import attempting, explaining_loss, storage_fault
from contracts.cleanup import CleanupPolicy
from contracts.errors import CorruptData, InvalidData, StorageFull, StorageUnavailable


@contextmanager
def no_file_grows_beyond(size: int) -> Generator[None]:
    """Let no process, this or one that it starts, write a file beyond this size: a quota that needs no privilege."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def raised(call: Any) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # of any type: what it means is asked next
        call()
    return caught.value


def write_by_arrow(path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file:
        file.write(b"x" * 100_000)


@pytest.mark.parametrize("write", [lambda path: path.write_bytes(b"x" * 100_000), write_by_arrow])
def test_no_room_is_no_fault_of_the_program(tmp_path: Path, write: Any) -> None:
    fault = storage_fault(raised(lambda: write(Path("/dev/full"))))
    assert isinstance(fault, StorageFull)
    assert "No space left on device" in fault.message
    assert "Free some" in fault.message
    with no_file_grows_beyond(1000):
        fault = storage_fault(raised(lambda: write(tmp_path / "file")))
    assert isinstance(fault, StorageFull)
    assert "File too large" in fault.message


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.EDQUOT, StorageFull),
        (errno.EROFS, StorageUnavailable),
        (errno.ESTALE, StorageUnavailable),
        (errno.EIO, StorageUnavailable),
        (errno.EACCES, StorageUnavailable),
        (errno.EPERM, StorageUnavailable),
        (errno.ENOTCONN, StorageUnavailable),
    ],
)
def test_errors_by_their_number(code: int, kind: type[Exception]) -> None:
    error = OSError(code, os.strerror(code), "/storage/a file")
    for wrapped in (error, RuntimeError("the task failed")):
        if wrapped is not error:
            wrapped.__cause__ = error
        fault = storage_fault(wrapped)
        assert type(fault) is kind
        assert f"{os.strerror(code)} (/storage/a file)" in str(fault)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("org.apache.spark.SparkException: Job aborted: java.io.IOException: No space left on device", StorageFull),
        ("PythonException: … OSError: [Errno 28] No space left on device: '/storage/x'\n  at org.apache", StorageFull),
        ("/storage/variables.index; File too large", StorageFull),
        ("/storage/variables.data; Disk quota exceeded [Op:SaveV2]", StorageFull),
        ("FAILED_PRECONDITION: /storage/saved_model.pb; Read-only file system", StorageUnavailable),
        ("unable to write (errno = 5, error message = 'Input/output error')", StorageUnavailable),
    ],
)
def test_errors_by_the_systems_words(text: str, kind: type[Exception]) -> None:
    assert type(storage_fault(RuntimeError(text))) is kind


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no number"),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "x"),
        InvalidData("unknown class 'No space left on device'"),
        sqlite3.OperationalError("no such table: jobs"),
        ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
    ],
)
def test_other_errors_are_none(error: Exception) -> None:
    assert storage_fault(error) is None


def test_a_job_table_without_room_or_that_is_read_only(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'jobs.db'}")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE jobs (text TEXT)")
        connection.commit()
        connection.exec_driver_sql("PRAGMA max_page_count = 2")
        with pytest.raises(OperationalError) as caught:
            connection.exec_driver_sql("INSERT INTO jobs VALUES (hex(zeroblob(100000)))")
        connection.rollback()
        fault = storage_fault(caught.value)
        assert isinstance(fault, StorageFull)
        assert "database or disk is full" in fault.message
        connection.exec_driver_sql("PRAGMA query_only = 1")
        with pytest.raises(OperationalError) as caught:
            connection.exec_driver_sql("INSERT INTO jobs VALUES ('')")
        fault = storage_fault(caught.value)
        assert isinstance(fault, StorageUnavailable)
        assert "readonly" in fault.message
    engine.dispose()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FileNotFoundError("no such file"), StorageUnavailable),
        (CorruptData("it is missing"), StorageUnavailable),
        (InvalidData("a label"), InvalidData),
        (OSError(errno.ENOSPC, "No space left on device"), OSError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_an_attempt_whose_files_are_gone_says_so(error: BaseException, expected: type[BaseException]) -> None:
    with pytest.raises(expected) as caught, explaining_loss(lambda: False, "datasets/x"):
        raise error
    assert (caught.value is error) == (expected is not StorageUnavailable)
    with pytest.raises(type(error)) as caught, explaining_loss(lambda: True, "datasets/x"):
        raise error
    assert caught.value is error


def test_an_attempt_that_cannot_be_discarded_fails_by_its_own_error() -> None:
    calls: list[str] = []

    def discard() -> None:
        calls.append("discard")
        raise OSError(errno.EROFS, "Read-only file system")

    with pytest.raises(InvalidData), attempting(lambda: True, "datasets/x", discard):
        raise InvalidData
    with attempting(lambda: True, "datasets/x", discard):
        pass
    assert calls == ["discard"]


def test_a_request_that_cannot_write_is_told_why(service: Service) -> None:
    body = problem(service.http.get("/v1/raise/full"), 507)
    assert body["type"] == "urn:problem-type:tandem:storage-full"
    assert "No space left on device" in body["detail"]


def test_a_job_that_meets_a_full_disk_fails_with_the_reason_and_the_next_one_succeeds(
    service: Service, tmp_path: Path
) -> None:
    job = service.finish(service.submit("write", {"path": "/dev/full"}))
    assert (job["state"], job["error"]["status"]) == ("FAILED", 507)
    assert job["error"]["type"] == "urn:problem-type:tandem:storage-full"
    assert "No space left on device" in job["error"]["detail"]
    assert service.finish(service.submit("write", {"path": str(tmp_path / "file")}))["state"] == "SUCCEEDED"


def test_a_service_whose_job_table_has_no_room_refuses_jobs_until_there_is(tmp_path: Path) -> None:
    with running(make_app(tmp_path, engine=None, jobs_at_once=1)) as service:
        service.submit("square", {"number": 1})
        large = {"kind": "square", "request": {"text": "x" * 60_000}}
        size = max(path.stat().st_size for path in tmp_path.rglob("*.db*"))
        with no_file_grows_beyond(size):
            replies = [service.http.post("/v1/things", json=large) for _ in range(3)]
            assert service.http.get("/v1/jobs").is_success
            assert service.http.get("/health/ready").is_success
        for reply in replies:
            assert "job table" in problem(reply, 503)["detail"]
        service.submit("square", {"number": 2})
        assert len(service.http.get("/v1/jobs").json()["jobs"]) == 2


def test_what_a_job_left_on_a_storage_that_was_away_is_swept_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleanup, "_SECONDS_TO_THE_NEXT_TRY", 0.01)
    sweeps: list[float] = []

    def sweep(_policy: CleanupPolicy) -> list[str]:
        sweeps.append(time.monotonic())
        return []

    with running(make_app(tmp_path, sweep=sweep)) as service:
        service.finish(service.submit("square", {"number": 2}))
        assert len(sweeps) == 1
        service.finish(service.submit("write", {"path": "/dev/full"}))
        service.wait_for(service.submit("square", {"number": 2}), lambda _: len(sweeps) >= 3)


def test_a_database_server_that_is_away(postgresql: PostgreSQLServer) -> None:
    engine = create_engine(postgresql.url)

    def ask(query: str) -> StorageFull | StorageUnavailable | None:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(query)
        except DBAPIError as error:
            return storage_fault(error)
        raise AssertionError(query)

    assert ask("SELECT nothing") is None
    postgresql.stop()
    try:
        for _ in range(2):
            fault = ask("SELECT 1")
            assert isinstance(fault, StorageUnavailable)
            assert fault.message.startswith("the job table cannot be reached: ")
            assert "planted-password" not in fault.message
    finally:
        postgresql.start()
    with pytest.raises(AssertionError, match="SELECT 1"):
        ask("SELECT 1")
    engine.dispose()
