"""A real service for a test: uvicorn on a thread, an SQLite file, child processes."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import uvicorn
from chassis_engines import KINDS, AnyRequest
from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from chassis.app import create_app, serve
from chassis.http.error_handlers import routes_answering_errors_with
from chassis.http.health import Check
from chassis.http.job_routes import IdempotencyKey, accepted, jobs_of
from chassis.jobs.kinds import JobKind, JobKinds
from chassis.jobs.queue import Jobs
from chassis.lasting_thread import LastingThread
from chassis.service_parts import JobSetup, ServiceDescription, ServiceHooks
from chassis.settings import ServiceSettings
from contracts.cleanup import CleanupPolicy
from contracts.errors import CorruptData, NotAllowed, Overloaded
from contracts.messages.jobs import JobMessage
from contracts.messages.problems import ProblemMessage

ENGINE = "chassis_engines:make"


class Submission(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: str
    request: dict[str, Any] = {}
    resource: str | None = None
    timeout: float | None = None


class Nested(BaseModel):
    model_config = ConfigDict(extra="forbid")

    features: dict[str, int]
    ratio: float | None = None


def _kind(name: str) -> JobKind:
    """As the table declares it; one that the engine does not know, where it is not there."""
    return next((kind for kind in KINDS if kind.name == name), JobKind(name, AnyRequest, "none:none"))


def _as_tensorflow_serving(problem: ProblemMessage) -> Response:
    status = 400 if problem.status == 422 else problem.status
    return JSONResponse({"error": problem.detail}, status_code=status)


def routers() -> list[APIRouter]:
    router = APIRouter(prefix="/v1")

    @router.post("/things", status_code=202, response_model=JobMessage)
    def submit(body: Submission, jobs: Annotated[Jobs, Depends(jobs_of)], key: IdempotencyKey = None) -> Response:
        job = jobs.submit(
            _kind(body.kind), body.request, resource=body.resource, idempotency_key=key, timeout=body.timeout
        )
        return accepted(job)

    @router.post("/nested")
    def nested(body: Nested) -> Nested:
        return body

    @router.get("/raise/{name}")
    def fail(name: str) -> None:
        if name == "bug":
            raise ZeroDivisionError("a secret of the program")
        if name == "full":
            Path("/dev/full").write_text("no room")
        raise {"denied": NotAllowed, "damaged": CorruptData, "busy": Overloaded}[name]

    other = APIRouter(prefix="/tfs", route_class=routes_answering_errors_with(_as_tensorflow_serving))

    @other.post("/predict")
    def predict(body: Nested) -> dict[str, int]:
        return body.features

    @other.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError("a secret of the program")

    return [router, other]


def make_app(
    state: Path,
    *,
    engine: str | None = ENGINE,
    readiness: dict[str, Check] | None = None,
    threads: Callable[[], Sequence[LastingThread]] = tuple,
    sweep: Callable[[CleanupPolicy], list[str]] | None = None,
    **settings: Any,
) -> FastAPI:
    defaults: dict[str, Any] = {"port": 0, "state": str(state), "cancel_grace_seconds": 0.5, "max_body_bytes": 100_000}
    kinds = KINDS
    if sweep is not None:
        kinds = JobKinds(*KINDS, JobKind("swept", AnyRequest, "none:none", sweep=lambda _, policy: sweep(policy)))
    return create_app(
        ServiceDescription("test", title="Test", text="A service for tests.", version="1"),
        ServiceSettings(**{**defaults, **settings}),
        routers(),
        jobs=JobSetup(engine, kinds),
        hooks=ServiceHooks(readiness={"always": lambda: True} if readiness is None else readiness, threads=threads),
    )


@dataclass
class Service:
    """A running service and a client of it."""

    app: FastAPI
    http: httpx.Client

    def submit(self, kind: str, request: dict[str, Any] | None = None, **more: Any) -> str:
        reply = self.http.post("/v1/things", json={"kind": kind, "request": request or {}, **more})
        assert reply.status_code == 202, reply.text
        return reply.json()["id"]

    def job(self, job_id: str) -> dict[str, Any]:
        return self.http.get(f"/v1/jobs/{job_id}").json()

    def wait_for(self, job_id: str, condition: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            job = self.job(job_id)
            if condition(job):
                return job
            assert time.monotonic() < deadline, job
            time.sleep(0.03)

    def finish(self, job_id: str, seconds: float = 60) -> dict[str, Any]:
        return self.wait_for(job_id, lambda job: job["done"], seconds)

    def events(self, job_id: str, last: str | None = None) -> list[tuple[str, str, dict[str, Any]]]:
        """All events until the stream closes, as (id, event, data)."""
        headers = {} if last is None else {"Last-Event-ID": last}
        found: list[tuple[str, str, dict[str, Any]]] = []
        fields: dict[str, str] = {}
        with self.http.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as reply:
            assert reply.headers["content-type"].startswith("text/event-stream")
            for line in reply.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    found.append((fields["id"], fields["event"], json.loads(fields["data"])))
                    fields = {}
        return found


def problem(reply: httpx.Response, status: int) -> dict[str, Any]:
    """The problem in a reply, which must be well formed and have this status."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "instance"} <= set(body)
    assert body["instance"] == f"urn:request:{reply.headers['x-request-id']}"
    return body


@contextlib.contextmanager
def running(app: FastAPI, **options: Any) -> Generator[Service]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=3, **options
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:  # as long as its thread lives: the test's own timeout ends one that hangs
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.01)
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=base, timeout=20) as client:
                yield Service(app, client)
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive(), "the service did not stop"


def main() -> None:
    """A service as a process of its own: STATE, then settings as name=value."""
    settings: dict[str, Any] = dict(word.split("=", 1) for word in sys.argv[2:])
    app = make_app(Path(sys.argv[1]), **settings)
    serve(app, app.state.settings)


if __name__ == "__main__":
    main()
