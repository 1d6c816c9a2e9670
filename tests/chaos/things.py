"""A service whose jobs publish things, and which stop, die or wait where they are told to. Started as a program.

A thing is published as datasets and predictions are: files in the attempt's folder, then the manifest. A request says at which
point which attempt does what: `{"name": "x", "faults": {"1": ["link", "stop"]}}`. The points, in order, are POINTS.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import RootModel

from chassis.app import create_app, serve
from chassis.engine.engine import Engine, JobContext
from chassis.http.job_routes import accepted, jobs_of
from chassis.jobs.job import Job
from chassis.jobs.kinds import JobKind, JobKinds
from chassis.jobs.queue import Jobs
from chassis.service_parts import JobSetup, ServiceDescription
from chassis.settings import ServiceSettings
from chassis.storage_faults import attempting
from contracts.attempts.publish import publish_manifest
from contracts.attempts.settle import attempt_name, discard_attempt, require_storage, settle_attempts
from contracts.cleanup import CleanupPolicy, sweep_attempts
from contracts.errors import NameTaken, NotFound
from contracts.storage import Storage

POINTS = ("begun", "written", "fenced", "link", "published")
PARTS = 5
PART = b"0123456789" * 100
ENGINE = "tests.chaos.things:make"
_LINK = os.link


class Things(ServiceSettings):
    """The settings of a service of things."""

    port: int = 0


class AnyRequest(RootModel[dict[str, Any]]):
    """Plain JSON."""


def published(storage: Storage, name: str) -> dict[str, Any] | None:
    """Return the manifest of a thing, if it is there."""
    try:
        return json.loads(storage.read(f"things/{name}/manifest.json"))
    except NotFound:
        return None


def settle_thing(storage: Storage, name: str, job: str, last: int) -> dict[str, Any] | None:
    """As every kind does: the response if an attempt has published, after which none of the others can."""

    def attempt() -> str | None:
        manifest = published(storage, name)
        return None if manifest is None else manifest["folder"]

    settle_attempts(storage, f"things/{name}", job, last, attempt)
    manifest = published(storage, name)
    return manifest if manifest is not None and manifest["job"] == job else None


def run(request: dict[str, Any], context: JobContext, settings: Things) -> dict[str, Any]:
    """Publish a thing of a few files."""
    storage, name = Storage(settings.storage), request["name"]
    earlier = settle_thing(storage, name, context.job_id, context.attempt - 1)
    if earlier is not None:
        return earlier
    if published(storage, name) is not None:
        raise NameTaken
    own = attempt_name(context.job_id, context.attempt)
    folder = f"things/{name}/{own}"
    paths = [f"{folder}/part-{number}" for number in range(PARTS)]
    manifest = {"name": name, "job": context.job_id, "folder": own, "files": paths}

    def discard() -> None:
        discard_attempt(storage, f"things/{name}", own, lambda: (published(storage, name) or {}).get("folder"))
        storage.delete_empty_folder(f"things/{name}")

    with attempting(lambda: storage.exists(folder), folder, discard):
        storage.make_folder(folder)
        write(request, context, settings, manifest)
    return manifest


def write(request: dict[str, Any], context: JobContext, settings: Things, manifest: dict[str, Any]) -> None:
    """Write the files of a thing, and publish it."""
    at = partial(_at, request, context, Path(settings.state))
    files = Storage(settings.storage, makes_folders=False)
    for number, path in enumerate(manifest["files"]):
        context.progress("write", number / PARTS)
        files.write(path, PART)
        time.sleep(request.get("pause", 0.02))
        if number == 0:
            at("begun")
    at("written")
    context.fence()
    at("fenced")
    os.link = partial(_late_link, at)
    thing = f"things/{request['name']}"
    sizes = dict.fromkeys(manifest["files"], len(PART))
    publish_manifest(
        files, f"{thing}/{manifest['folder']}", f"{thing}/manifest.json", json.dumps(manifest).encode(), sizes
    )
    at("published")


def _late_link(at: Any, source: Any, target: Any) -> None:
    os.link = _LINK
    at("link")
    os.link(source, target)


def _at(request: dict[str, Any], context: JobContext, state: Path, point: str) -> None:
    where, what = request.get("faults", {}).get(str(context.attempt), (None, None))
    if where != point:
        return
    (state / f"{context.job_id}-{context.attempt}.{what}").write_text(str(os.getpid()))
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    else:
        time.sleep(float(what))


def _settle(settings: Things, job: Job) -> dict[str, Any] | None:
    storage = Storage(settings.storage)
    if job.may_have_published:
        require_storage(storage, "things")
    return settle_thing(storage, job.request["name"], job.id, job.attempt)


def _sweep(settings: Things, policy: CleanupPolicy) -> list[str]:
    storage = Storage(settings.storage)

    def folder(name: str) -> str:
        manifest = published(storage, name)
        if manifest is None:
            raise NotFound
        return manifest["folder"]

    return sweep_attempts(storage, "things", folder, policy)


THING = JobKind("thing", AnyRequest, "tests.chaos.things:run", settle=_settle, sweep=_sweep)
router = APIRouter(prefix="/v1/things")


@router.post("", status_code=202)
def make_thing(body: dict[str, Any], jobs: Annotated[Jobs, Depends(jobs_of)]) -> Response:
    """Accept a request for a thing whose name is free."""

    def admit() -> None:
        if published(STORAGE, body["name"]) is not None:
            raise NameTaken

    return accepted(jobs.submit(THING, body, resource=f"things/{body['name']}", admit=admit))


@router.get("/{name}")
def get_thing(name: str) -> dict[str, Any]:
    """Return what is published."""
    manifest = published(STORAGE, name)
    if manifest is None:
        raise NotFound
    return manifest


@router.delete("/{name}", status_code=204)
def delete_thing(name: str, jobs: Annotated[Jobs, Depends(jobs_of)]) -> None:
    """Delete a thing, as datasets and predictions are deleted."""
    manifest = get_thing(name)
    jobs.has_published(manifest["job"], manifest)
    STORAGE.delete_file(f"things/{name}/manifest.json")
    STORAGE.delete_folder(f"things/{name}/{manifest['folder']}")
    STORAGE.delete_empty_folder(f"things/{name}")


class Maker:
    """Runs the jobs."""

    def __init__(self, settings: Things) -> None:
        self._settings = settings

    def warm(self) -> None:
        """Do nothing: it is warm."""

    def run(self, kind: str, request: dict[str, Any], context: JobContext) -> dict[str, Any]:
        """Run one attempt."""
        return run(request, context, self._settings)

    def close(self) -> None:
        """Do nothing."""


def make(settings_json: str) -> Engine:
    """Make the engine."""
    return Maker(Things.model_validate_json(settings_json))


def _set_clock_by(file: Path) -> None:
    """Have this process read the time of day as someone sets it: as many seconds ahead as the file says."""
    now = time.time

    def shifted() -> float:
        return now() + (float(file.read_text() or 0) if file.exists() else 0.0)

    time.time = shifted


def main() -> None:
    """Serve with the settings of the environment; an argument names the file by which the clock is set."""
    if sys.argv[1:]:
        _set_clock_by(Path(sys.argv[1]))
    description = ServiceDescription("things", title="Things", text="", version="1")
    serve(lambda: create_app(description, SETTINGS, [router], jobs=JobSetup(ENGINE, JobKinds(THING))), SETTINGS)


if __name__ == "__main__":
    SETTINGS = Things()
    STORAGE = Storage(SETTINGS.storage)
    main()
