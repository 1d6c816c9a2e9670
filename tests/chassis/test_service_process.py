"""Whole services as processes of their own: killed, stopped, frozen, and started again on the same state."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import chassis_live
import httpx
import psutil
import pytest
from chassis_live import Service
from fastapi import FastAPI
from tests.starting import wait_for_start

from chassis.engine.process import clear_scratch_of_the_dead
from chassis.jobs.client_store import JobClientStore
from chassis.jobs.database import JobDatabase
from contracts.messages.jobs import State


@contextlib.contextmanager
def process(state: Path, **settings: Any) -> Generator[tuple[subprocess.Popen[bytes], Service]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [f"{name}={value}" for name, value in {"port": port, **settings}.items()]
    log = (state / f"service-{port}.log").open("wb")
    service = subprocess.Popen([sys.executable, chassis_live.__file__, str(state), *words], stderr=log)
    try:
        with log, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            wait_for_start(service, lambda: _answers(client), Path(log.name), pause=0.05)
            yield service, Service(FastAPI(), client)
    finally:
        with contextlib.suppress(ProcessLookupError):
            service.send_signal(signal.SIGCONT)
        service.kill()
        service.wait()


def _answers(client: httpx.Client) -> tuple[bool, object]:
    with contextlib.suppress(httpx.TransportError):
        return client.get("/health/live").is_success, None
    return False, None


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def wait_until_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert all(each.status() == psutil.STATUS_ZOMBIE for each in alive), alive


def test_a_killed_service_takes_its_engine_along_and_the_next_finishes_the_job(tmp_path: Path):
    out = tmp_path / "out"
    with process(tmp_path, lease_seconds=600) as (service, client):
        job_id = client.submit("publish", {"file": str(out), "seconds": 3}, resource="things/x")
        client.wait_for(job_id, lambda job: job["progress"]["phase"] == "work")
        family = descendants(service.pid)
        assert len(family) == 2  # the reaper and the engine
        service.kill()
        wait_until_gone(family)
    assert not out.exists()
    with process(tmp_path, lease_seconds=600) as (_, client):
        job = client.finish(job_id)  # it did not wait for the lease
        assert (job["state"], job["attempt"]) == ("SUCCEEDED", 2)
    assert out.read_text() == "attempt 2\n"


def test_relatives_of_the_engine_die_with_a_killed_service(tmp_path: Path):
    with process(tmp_path) as (service, client):
        pids = tmp_path / "pids"
        client.submit("crash_with_relatives", {"pids": str(pids), "wait": True})
        deadline = time.monotonic() + 60
        while not pids.exists() or len(pids.read_text().split()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        family = [*descendants(service.pid), *(psutil.Process(int(pid)) for pid in pids.read_text().split())]
        service.kill()
        wait_until_gone(family)


def test_a_frozen_attempt_that_wakes_up_cannot_publish(tmp_path: Path):
    out = tmp_path / "out"
    quick = {"lease_seconds": 2, "heartbeat_seconds": 0.2}
    with process(tmp_path, **quick) as (frozen, client):
        job_id = client.submit("publish", {"file": str(out), "seconds": 2})
        client.wait_for(job_id, lambda job: job["progress"]["phase"] == "work")
        family = descendants(frozen.pid)
        frozen.send_signal(signal.SIGSTOP)
        with process(tmp_path, **quick) as (_, other):
            job = other.finish(job_id)
            assert (job["state"], job["attempt"]) == ("SUCCEEDED", 2)
            frozen.send_signal(signal.SIGCONT)
            wait_until_gone([each for each in family if each.pid != frozen.pid])  # it gave its child up
            assert other.job(job_id) == job
    assert out.read_text() == "attempt 2\n"


def test_sigterm_ends_streams_gives_jobs_back_and_leaves_nothing_running(tmp_path: Path):
    with process(tmp_path, max_attempts=1, drain_seconds=100) as (service, client):
        job_id = client.submit("stubborn")
        client.wait_for(job_id, lambda job: job["progress"]["phase"] == "sleep")
        family = descendants(service.pid)
        seen: list[object] = []
        watcher = threading.Thread(target=lambda: seen.extend(client.events(job_id)))
        watcher.start()
        time.sleep(0.3)
        service.send_signal(signal.SIGTERM)
        assert service.wait(30) == -signal.SIGTERM or service.returncode == 0
        watcher.join(30)
        assert seen
        wait_until_gone(family)
    job = JobClientStore(JobDatabase("test", f"sqlite:///{tmp_path / 'test.db'}")).get(job_id)
    assert (job.state, job.failures) == (State.PENDING, 0)


def test_log_lines_are_json_and_carry_the_request_id(tmp_path: Path):
    with process(tmp_path) as (_, client):
        client.http.get("/v1/jobs/none", headers={"X-Request-Id": "from-a-test"})
        (log,) = tmp_path.glob("service-*.log")
        deadline = time.monotonic() + 60
        while '"from-a-test"' not in log.read_text():  # the line follows the reply
            assert time.monotonic() < deadline
            time.sleep(0.02)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (line,) = (line for line in lines if line.get("request_id") == "from-a-test")
    assert (line["status"], line["route"], line["path"]) == (404, "/v1/jobs/{job_id}", "/v1/jobs/none")
    assert all("level" in line and "timestamp" in line for line in lines)


def test_temporary_files_of_a_killed_service_are_removed_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    command = [sys.executable, chassis_live.__file__, str(tmp_path), "port=0"]
    service = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while "warming" not in _read(tmp_path / "logs" / "test-engine-0.log"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    clear_scratch_of_the_dead("test")
    assert len(list(temporary.iterdir())) == 1  # its service lives
    service.kill()
    service.wait()
    clear_scratch_of_the_dead("test")
    assert list(temporary.iterdir()) == []


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""
