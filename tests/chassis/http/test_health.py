from __future__ import annotations

import threading
from pathlib import Path

from chassis_live import Service, make_app, running
from tests.processes import wait_until

from chassis.http.health import Degraded, check_threads
from chassis.lasting_thread import LastingThread


def test_health(service: Service):
    assert service.http.get("/health/live").json() == {"status": "alive"}
    reply = service.http.get("/health/ready")
    assert reply.status_code == 200
    checks = reply.json()["checks"]
    assert set(checks) == {"store", "engine", "threads", "storage", "always"}
    assert checks["engine"] in {"warming", "ready"}


def test_a_failing_check_makes_the_service_unready(tmp_path: Path):
    app = make_app(tmp_path, engine=None, readiness={"disk": lambda: "full", "net": lambda: 1 // 0 == 0})
    with running(app) as service:
        reply = service.http.get("/health/ready")
        assert reply.status_code == 503
        assert reply.json()["checks"] == {
            "store": "ok",
            "threads": "ok",
            "storage": "ok",
            "disk": "full",
            "net": "failed",
        }


def test_threads_of_the_service_are_watched_as_those_of_jobs_are(tmp_path: Path):
    stopping, failing = threading.Event(), threading.Event()

    def turn() -> None:
        if failing.is_set():
            raise SystemExit
        stopping.wait(0.01)

    thread = LastingThread("poller", turn, stopping, pause_seconds=0.01)
    ended = LastingThread("mortal", lambda: None, threading.Event())
    ended.run = lambda: None
    threads = [thread]
    with running(make_app(tmp_path, engine=None, readiness={}, threads=lambda: threads)) as service:

        def threads_are(status: int, outcome: str) -> bool:
            reply = service.http.get("/health/ready")
            return (reply.status_code, reply.json()["checks"]["threads"]) == (status, outcome)

        assert threads_are(200, "ok"), "not started yet"
        thread.start()
        failing.set()
        wait_until(lambda: threads_are(200, "poller: SystemExit"))
        assert service.http.get("/health/ready").json()["status"] == "degraded"
        failing.clear()
        wait_until(lambda: threads_are(200, "ok"))
        threads.append(ended)
        ended.start()
        ended.join()
        assert threads_are(503, "mortal: ended"), "it is not started again"
        stopping.set()
        thread.join()


def test_threads_without_which_no_job_runs_make_the_service_unready() -> None:
    stopping = threading.Event()

    def fail() -> None:
        raise ZeroDivisionError

    thread = LastingThread("slot", fail, stopping)
    thread.start()
    wait_until(lambda: thread.health is not None)
    assert (check_threads([thread], []), type(check_threads([thread], []))) == ("slot: ZeroDivisionError", str)
    assert isinstance(check_threads([], [thread]), Degraded)
    stopping.set()
    thread.join()
    assert check_threads([thread], [thread]) is True
