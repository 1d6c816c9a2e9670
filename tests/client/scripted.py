"""Two small real services with the shapes of Tandem's HTTP interface, whose jobs follow a script; uvicorn serves them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from typer.testing import Result

from contracts.messages.datasets import DatasetRequest
from contracts.schema import Label
from contracts.source import DelimitedText

Json = dict[str, Any]

DATASET: Json = {
    "dataset": "flights",
    "rows": {"train": 8, "test": 2},
    "leftOut": {"withoutLabel": 1},
    "bytes": 1_500_000,
}
DATASET_STEPS: list[Json] = [
    {"state": "PENDING", "progress": {"phase": "queued", "fraction": 0.0}},
    {"state": "RUNNING", "progress": {"phase": "plan", "fraction": 0.1}},
    {"state": "RUNNING", "progress": {"phase": "analyze", "fraction": 0.4, "completedTasks": 2, "totalTasks": 4}},
    {
        "state": "SUCCEEDED",
        "progress": {"phase": "publish", "fraction": 1.0},
        "response": DATASET,
    },
]
TRAINED: Json = {
    "model": "flights",
    "version": 3,
    "evaluation": {
        "test": {"rows": 40, "auc": 0.7512, "log_loss": 0.43, "accuracy": 0.81},
        "baseline": {"rows": 40, "auc": 0.5, "log_loss": 0.55, "accuracy": None},
    },
}
MISSING: Json = {
    "rows": 40,
    "baseline": {"kind": "binary", "rows": 40, "log_loss": 0.55},
    "mean_label": 0.238,
    "by_share": [
        {"share": 0.3, "metrics": {"kind": "binary", "rows": 40, "log_loss": 0.488}, "mean_prediction": 0.2391}
    ],
    "by_feature": [],
}
TRAINING_STEPS: list[Json] = [
    {"state": "RUNNING", "progress": {"phase": "fit", "fraction": 0.5}},
    {"state": "SUCCEEDED", "progress": {"phase": "publish", "fraction": 1.0}, "response": TRAINED},
]
BATCH_STEPS: list[Json] = [
    {"state": "RUNNING", "progress": {"phase": "predict", "fraction": 0.5}},
    {
        "state": "SUCCEEDED",
        "progress": {"phase": "publish", "fraction": 1.0},
        "response": {
            "model": "flights",
            "version": 3,
            "rows": 1200,
            "files": [{"path": "predictions/june/job-1/part-00000.parquet", "rows": 1200, "bytes": 2_000_000}],
        },
    },
]
LEAK: Json = {
    "kind": "leakage",
    "severity": "serious",
    "feature": "refund [x]",
    "message": "It knows.",
    "advice": "Exclude it.",
}
"""A warning whose column is named like rich's markup."""
FAILURE: Json = {
    "type": "urn:problem-type:tandem:unparsable-value",
    "title": "Unparsable value",
    "status": 422,
    "detail": "flights.csv, line 7, column distance: 'far' is not a number",
    "errors": [{"pointer": "/features/distance", "detail": "is not numeric"}],
}


@dataclass
class Script:
    """What the services do, and what they saw."""

    steps: dict[str, list[Json]] = field(
        default_factory=lambda: {
            "dataset": list(DATASET_STEPS),
            "training": list(TRAINING_STEPS),
            "batch-prediction": list(BATCH_STEPS),
        }
    )
    break_after: list[int] = field(default_factory=list[int])  # events before each of the next connections breaks
    taken: set[str] = field(default_factory=set[str])
    jobs: list[Json] = field(default_factory=list[Json])
    bodies: list[Json] = field(default_factory=list[Json])
    resumed_from: list[str | None] = field(default_factory=list[str | None])
    labels: dict[str, int] = field(default_factory=lambda: {"champion": 2})
    version: int | None = None  # that answers predictions, if it is told
    predicted_by: list[str] = field(default_factory=list[str])  # the version that each request for predictions named
    hangs: bool = False  # streams of events stay open after the last step
    etag_moves: bool = False  # somebody else is always faster
    url: str = ""

    @property
    def etag(self) -> str:
        return f'"{sorted(self.labels.items())}"'.replace(" ", "")


def job_json(job: Json, step: Json) -> Json:
    job_id, state = job["id"], step["state"]
    return {
        "id": job_id,
        "kind": job["kind"],
        "state": state,
        "done": state in {"SUCCEEDED", "FAILED", "CANCELLED"},
        "attempt": 1,
        "createTime": "2026-01-01T00:00:00.000Z",
        "updateTime": "2026-01-01T00:00:01.000Z",
        "progress": {"fraction": None, "completedTasks": None, "totalTasks": None, **step["progress"]},
        "request": job["request"],
        "response": step.get("response"),
        "error": step.get("error"),
        "links": {"self": f"/v1/jobs/{job_id}"},
        "addedInANewerVersion": True,
    }


def problem(status: int, title: str, detail: str, *errors: Json) -> JSONResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": list(errors)}
    return JSONResponse(body, status, media_type="application/problem+json")


def make_app(script: Script) -> FastAPI:  # noqa: C901, PLR0915 - a list of routes, none of them long
    app = FastAPI()

    def submit(kind: str, body: Json) -> Response:
        script.bodies.append(body)
        job = {"id": f"{kind}-{len(script.jobs)}", "kind": kind, "request": body}
        script.jobs.insert(0, job)
        return JSONResponse(job_json(job, script.steps[kind][0]), 202)

    def find(job_id: str) -> Json | None:
        return next((job for job in script.jobs if job["id"] == job_id), None)

    @app.get("/health/{which}")
    def health(which: str) -> Json:
        return {"status": which}

    @app.post("/v1/datasets")
    async def create_dataset(request: Request) -> Response:
        body = await request.json()
        if "label" not in body:
            return problem(422, "Invalid request", "label is missing", {"pointer": "/label", "detail": "is required"})
        if body["name"] in script.taken:
            return problem(409, "Name taken", f"there is a dataset named {body['name']!r}")
        return submit("dataset", body)

    @app.get("/v1/datasets/{name}/report")
    def dataset_report(name: str, compare: str | None = None) -> Response:
        if name != "flights":
            return problem(404, "Not found", f"there is no dataset named {name!r}")
        return HTMLResponse(f"<title>{name}</title>" + ("" if compare is None else f"<p>compared with {compare}</p>"))

    @app.post("/v1/trainings")
    async def train(request: Request) -> Response:
        return submit("training", await request.json())

    @app.get("/v1/batch-predictions/{name}/rejected-rows")
    def rejected(name: str, offset: int) -> Json:
        rows = [{"file": f"{name}.csv", "line": line, "reason": "far is no number", "text": "far"} for line in (3, 9)]
        return {"count": len(rows), "offset": offset, "rows": rows[offset:]}

    @app.post("/v1/batch-predictions")
    async def batch(request: Request) -> Response:
        return submit("batch-prediction", await request.json())

    @app.post("/v1/models/{model}/versions/3:predict")
    @app.post("/v1/models/{model}:predict")
    async def predict(model: str, request: Request) -> Response:
        body = await request.json()
        script.bodies.append(body)
        script.predicted_by.append("3" if "/versions/3:" in request.url.path else "default")
        if model != "flights":
            return JSONResponse({"error": f"there is no model named {model!r}"}, 404)
        headers = {} if script.version is None else {"X-Model-Version": str(script.version)}
        if "inputs" in body:
            return JSONResponse({"outputs": [0.25 for _ in next(iter(body["inputs"].values()))]}, headers=headers)
        return JSONResponse({"predictions": [0.25 for _ in body.get("instances", [0])]}, headers=headers)

    @app.get("/v1/models")
    def models() -> Json:
        shown = {"name": "flights", "versions": [2, 3], "default": 3, "labels": script.labels, "dataset": "flights"}
        return {"models": [{**shown, "evaluation": TRAINED["evaluation"]}]}

    @app.get("/v1/models/{model}/versions")
    def versions(model: str) -> Response:
        if model != "flights":
            return problem(404, "Not found", f"there is no model named {model!r}")
        shown: Json = {"dataset": "flights", "network": "dnn", "created": "2026-01-01T00:00:00Z", "state": "AVAILABLE"}
        shown |= {"evaluation": TRAINED["evaluation"]}
        labels = {version: [label for label, at in script.labels.items() if at == version] for version in (2, 3)}
        return JSONResponse(
            {
                "versions": [
                    {**shown, "version": 3, "default": False, "labels": labels[3], "gate": {"passed": False}},
                    {**shown, "version": 2, "default": True, "labels": labels[2], "gate": None},
                ]
            }
        )

    @app.get("/v1/models/{model}/versions/{version}/evaluation")
    def evaluation(model: str, version: int) -> Response:
        return JSONResponse(
            {"model": model, "version": version, "detail": {"missing": MISSING if version == 3 else None}}
        )

    @app.get("/v1/models/{model}/versions/{version}/report")
    def report(model: str, version: int) -> Response:
        return Response(f"<!doctype html>{model} {version} é", media_type="text/html; charset=utf-8")

    @app.get("/v1/models/{model}/versions/{version}/changes")
    def changes(model: str, version: int, since: int) -> Response:
        return Response(f"<title>{model} {version} since {since}</title>", media_type="text/html; charset=utf-8")

    @app.get("/v1/models/{model}/labels")
    def labels(model: str) -> Response:
        return JSONResponse({"model": model, "labels": script.labels}, headers={"ETag": script.etag})

    @app.put("/v1/models/{model}/labels/{label}")
    async def put_label(model: str, label: str, request: Request) -> Response:
        expected = ("if-match", script.etag) if label in script.labels else ("if-none-match", "*")
        if script.etag_moves or request.headers.get(expected[0]) != expected[1]:
            return problem(412, "Precondition failed", "it has changed since")
        script.bodies.append(body := await request.json())
        script.labels[label] = body["version"]
        return JSONResponse({"label": label})

    @app.delete("/v1/models/{model}/labels/{label}")
    def delete_label(model: str, label: str, request: Request) -> Response:
        if label not in script.labels:
            return problem(404, "Not found", f"no label {label!r}")
        assert request.headers["if-match"] == script.etag
        del script.labels[label]
        return Response(status_code=204)

    @app.get("/v1/jobs")
    def jobs(pageSize: int, pageToken: int = 0) -> Json:  # noqa: N803 - as it is on the wire
        page = [job_json(job, script.steps[job["kind"]][-1]) for job in script.jobs[pageToken : pageToken + 2]]
        following = pageToken + 2
        return {"jobs": page[:pageSize], "nextPageToken": str(following) if following < len(script.jobs) else None}

    @app.get("/v1/jobs/{job_id}")
    def job(job_id: str) -> Response:
        found = find(job_id)
        if found is None:
            return problem(404, "Not found", f"there is no job {job_id!r}")
        return JSONResponse(job_json(found, script.steps[found["kind"]][-1]))

    @app.post("/v1/jobs/{job_id}:cancel")
    def cancel(job_id: str) -> Response:
        found = find(job_id)
        assert found is not None
        script.steps[found["kind"]] = [
            {"state": "CANCEL_PENDING", "progress": {"phase": "analyze", "fraction": 0.4}},
            {"state": "CANCELLED", "progress": {"phase": "analyze", "fraction": 0.4}, "error": {"title": "Cancelled"}},
        ]
        return JSONResponse(job_json(found, script.steps[found["kind"]][0]))

    @app.get("/v1/jobs/{job_id}/events")
    def events(job_id: str, request: Request) -> Response:
        found = find(job_id)
        if found is None:
            return problem(404, "Not found", f"there is no job {job_id!r}")
        last = request.headers.get("last-event-id")
        script.resumed_from.append(last)
        limit = script.break_after.pop(0) if script.break_after else None
        return StreamingResponse(stream(found, int(last or 0), limit), media_type="text/event-stream")

    def stream(found: Json, last: int, limit: int | None) -> Iterator[str]:
        yield ": keep-alive\n\n"
        for sent, number in enumerate(range(last, len(script.steps[found["kind"]]))):
            if sent == limit:
                return
            body = job_json(found, script.steps[found["kind"]][number])
            yield f"id: {number + 1}\nevent: state\ndata: {json.dumps(body)}\n\n"
        while script.hangs:
            time.sleep(0.02)
            yield ": keep-alive\n\n"

    @app.get("/v1/jobs/{job_id}/log")
    def log(job_id: str) -> Response:
        return PlainTextResponse(f"log of {job_id}\n")

    return app


@contextmanager
def served() -> Generator[Script]:
    """A server that is both services at once, on a port of its own."""
    script = Script()
    server = uvicorn.Server(uvicorn.Config(make_app(script), port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    script.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield script
    finally:
        script.hangs = False
        server.should_exit = True
        thread.join()


class Run(Protocol):
    """Calls the command in this process, against the scripted services."""

    def __call__(self, *words: str, stdin: str | None = None) -> Result: ...


def a_request(**more: Any) -> DatasetRequest:
    source = DelimitedText(format="csv", uris=["flights.csv"], null_values=["NA"], quote=None)
    return DatasetRequest(name="flights", source=source, label=Label(column="late"), **more)
