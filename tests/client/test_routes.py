"""The client has a method for every route of both services: what its methods send to the real applications is recorded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.modeling.serving.test_registry import copy_version
from tests.modeling.trained import Trained
from tests.preprocessing.made_datasets import published
from tests.processes import wait_until
from tests.real_apps import serving_both

from chassis.jobs.client_store import JobClientStore
from chassis.jobs.database import JobDatabase
from contracts.storage import Storage
from tandem import Conflict, NotFound, PreconditionFailed, Problem, Rejected, Tandem
from tandem.transport.connections import SERVICES

OTHER_CLIENTS = {
    r"GET /metrics": "Prometheus reads it",
    r"GET /(health|ping)": "of SageMaker and Vertex AI, which ask a container whether it is alive",
    r"GET /": "of KServe's clients, which ask it whether the server is alive",
    r"POST /invocations": "of SageMaker and MLflow, which send tables",
    r"\w+ /v2.*": "the Open Inference Protocol, of KServe's and Triton's clients",
    r"POST /v1/models/.*:(classify|regress)": "of TensorFlow Serving's clients; `predict` answers the same with less ado",
}
"""Routes that are there for clients of other projects, with the reason."""

SENT_IN_OTHER_CASES = {
    (
        "GET /v1/jobs/{job_id}/events",
        "Last-Event-ID",
    ): "after a broken connection: tests/client/transport/test_job_events.py",
    ("PUT /v1/sources/{path}", "If-None-Match"): "a taken path is refused without it, too",
}
"""Parameters that need what does not happen here."""


@dataclass
class Recorded:
    """What was sent to one service: method, path, and the names of the query's and the headers' parameters."""

    requests: list[tuple[str, str, frozenset[str]]] = field(default_factory=list[tuple[str, str, frozenset[str]]])

    def watch(self, app: ASGIApp) -> ASGIApp:
        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                query = {name for name, _ in parse_qsl(scope["query_string"].decode(), keep_blank_values=True)}
                headers = {name.decode().lower() for name, _ in scope["headers"]}
                self.requests.append((scope["method"], scope["path"], frozenset(query | headers)))
            await app(scope, receive, send)

        return watched


@dataclass(frozen=True)
class Operation:
    """A route of the OpenAPI document."""

    method: str
    path: str
    parameters: frozenset[str]

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    def takes(self, method: str, path: str) -> bool:
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/:]+", re.escape(self.path))
        return method == self.method and re.fullmatch(pattern, path) is not None


def operations_of(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            outside = {each["name"] for each in operation.get("parameters", []) if each["in"] != "path"}
            yield Operation(method.upper(), path, frozenset(outside))


@pytest.fixture(scope="module")
def home(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage with a dataset and a model of two versions; three jobs wait in each service."""
    root = tmp_path_factory.mktemp("routes")
    storage = Storage(str(root / "storage"))
    published(storage)
    for version in (1, 2):
        copy_version(trained.storage, storage, version)
    (root / "state").mkdir()
    for service in SERVICES:
        database = JobDatabase(service, f"sqlite:///{root}/state/{service}.db")
        database.create()
        for number in range(3):
            JobClientStore(database).submit("any", {"number": number})
        database.close()
    return root


def jobs_are_submitted(tandem: Tandem) -> None:
    source = {"format": "csv", "uris": ["a.csv"]}
    for submit, request in (
        (tandem.create_dataset, {"name": "new", "source": source, "label": {"column": "y"}}),
        (tandem.train, {"model": "m", "dataset": "made"}),
        (tandem.predict_files, {"name": "p", "model": "m", "source": source}),
    ):
        with pytest.raises(Rejected, match="runs no jobs"):
            submit(request, idempotency_key="once")


def jobs_are_followed(tandem: Tandem) -> None:
    for service in SERVICES:
        newest = tandem.jobs(service, 3)
        assert [job.request["number"] for job in newest] == [2, 1, 0]
        assert tandem.job(service, newest[0].id) == newest[0]
        assert tandem.cancel(newest[0]).state == "CANCELLED"
        assert [job.state for job in tandem.follow(newest[0])][-1] == "CANCELLED"
        assert tandem.log(newest[0]) == ""


def services_are_asked_for(tandem: Tandem) -> None:
    for service in SERVICES:
        assert tandem.is_there(service)
        assert isinstance(tandem.is_ready(service), bool)


def datasets_are_asked_about(tandem: Tandem) -> None:
    assert [each["name"] for each in tandem.datasets()] == ["made"]
    assert tandem.dataset("made")["name"] == "made"
    assert tandem.statistics("made")["splits"]
    with pytest.raises(Rejected, match="available: application/json"):
        tandem.statistics_proto("made")
    assert tandem.compare("made", "made", split="train", other_split="validation")
    assert "<html" in tandem.dataset_report("made", "made", split="train", other_split="validation")
    assert "<html" in tandem.dataset_report("made", search="x", warned=True, sort="name", page=1)
    assert list(tandem.rejected_rows("made")) == []
    with suppress(NotFound):
        list(tandem.vocabulary("made", "shop"))
    with suppress(Problem):
        tandem.infer_dataset(["nowhere.csv"])
    assert tandem.delete_dataset("made", dry_run=True)
    with suppress(NotFound):
        tandem.delete_dataset("nowhere")


def a_file_is_uploaded(tandem: Tandem) -> None:
    with pytest.raises(Rejected, match="takes no uploads"):
        tandem.upload(b"x", "a.csv", replace=True, etag='"1-2"')


def models_are_asked_about(tandem: Tandem) -> None:
    assert [each["name"] for each in tandem.models()] == ["m"]
    assert tandem.model("m")["model_version_status"]
    assert [each["version"] for each in tandem.versions("m")] == [2, 1]
    assert len(tandem.version("m", 1)["model_version_status"]) == 1
    assert tandem.evaluation("m", 1)["version"] == 1
    assert "<html" in tandem.report("m", 1)
    assert "version 2 since version 1" in tandem.changes("m", 2)
    assert "version 1 since version 2" in tandem.changes("m", 1, since=2)
    with suppress(Problem):
        tandem.skew("m", {"version": 1})


def labels_are_moved(tandem: Tandem) -> None:
    tandem.set_label("m", "champion", 1)
    tandem.set_label("m", "champion", 2, despite_gate=True)
    assert tandem.labels("m") == {"champion": 2}
    assert tandem.label("m", "champion")["model_version_status"]
    assert tandem.metadata("m", label="champion")["model_spec"]["version"] == "2"
    assert len(tandem.predict("m", [{}], label="champion")) == 1
    tandem.delete_label("m", "champion")
    with pytest.raises(NotFound):
        tandem.delete_label("m", "champion")


def predictions_are_made(tandem: Tandem) -> None:
    for version in (None, 1):
        assert tandem.metadata("m", version=version)["tandem"]
        reply = tandem.predict_with({"instances": [{}]}, "m", version=version, explain=True)
        assert reply["predictions"]
        assert reply["explanations"]
        with pytest.raises(Rejected, match="threshold"):
            tandem.predict("m", [{}], version=version, classes=True)
    tandem.set_label("m", "canary", 1)
    tandem.predict_with({"instances": [{}]}, "m", label="canary", explain=True)
    with pytest.raises(Rejected, match="threshold"):
        tandem.predict("m", [{}], label="canary", classes=True)


def batch_predictions_are_asked_about(tandem: Tandem) -> None:
    assert tandem.batch_predictions() == []
    for ask in (tandem.batch_prediction, tandem.delete_batch_prediction):
        with pytest.raises(NotFound):
            ask("nowhere")
    with pytest.raises(NotFound):
        list(tandem.rejected_by_predictions("nowhere"))


def models_are_removed(tandem: Tandem) -> None:
    with pytest.raises(PreconditionFailed):
        tandem.delete_model("m", etag='"other"')
    with pytest.raises(Conflict, match="is the default"):
        tandem.delete_model("m")
    assert len(tandem.delete_model("m", dry_run=True)["versions"]) == 2
    with pytest.raises(PreconditionFailed):
        tandem.delete_version("m", 1, etag='"other"')
    assert tandem.delete_version("m", 1, dry_run=True)["dry_run"]
    assert tandem.delete_version("m", 1, force=True)["versions"][0]["labels"] == ["canary"]
    tandem.delete_model("m", force=True)
    assert tandem.models() == []


CALLS: list[Callable[[Tandem], None]] = [
    services_are_asked_for,
    jobs_are_submitted,
    jobs_are_followed,
    datasets_are_asked_about,
    a_file_is_uploaded,
    models_are_asked_about,
    labels_are_moved,
    predictions_are_made,
    batch_predictions_are_asked_about,
    models_are_removed,
]


def test_a_method_sends_every_route_and_every_parameter(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tandem.job_methods._PAGE", 2)
    recorded = {service: Recorded() for service in SERVICES}
    watches = iter(recorded.values())
    with serving_both(home, lambda app: next(watches).watch(app)) as urls, Tandem(**urls) as tandem:
        wait_until(lambda: tandem.is_ready("modeling"))
        for call in CALLS:
            call(tandem)
        documents = {service: httpx.get(f"{urls[service]}/openapi.json").json() for service in SERVICES}
    unsent = [lack for service in SERVICES for lack in unsent_of(documents[service], recorded[service])]
    assert unsent == [], "no method of the client sends: " + json.dumps(unsent, indent=1)


def unsent_of(document: dict[str, Any], recorded: Recorded) -> Iterator[str]:
    """Yield the routes that were not called, and the parameters that were not sent."""
    operations = list(operations_of(document))
    for operation in operations:
        if any(re.fullmatch(pattern, operation.label) for pattern in OTHER_CLIENTS):
            continue
        requests = [names for method, path, names in recorded.requests if operation.takes(method, path)]
        if not requests:
            yield operation.label
            continue
        sent = frozenset[str]().union(*requests)
        for name in sorted(operation.parameters):
            if {name, name.lower()}.isdisjoint(sent) and (operation.label, name) not in SENT_IN_OTHER_CASES:
                yield f"{operation.label}: {name}"


def test_a_route_and_a_parameter_that_are_not_sent_are_found() -> None:
    operation = {"parameters": [{"name": "limit", "in": "query"}, {"name": "id", "in": "path"}]}
    document = {"paths": {"/v1/things/{id}": {"get": operation, "delete": {}}}}
    recorded = Recorded([("GET", "/v1/things/3", frozenset({"accept"}))])
    assert list(unsent_of(document, recorded)) == ["GET /v1/things/{id}: limit", "DELETE /v1/things/{id}"]


def test_every_exception_is_a_route() -> None:
    golden = Path(__file__).parent.parent / "golden"
    documents = [json.loads((golden / f"{service}.openapi.json").read_text()) for service in SERVICES]
    operations = [operation for document in documents for operation in operations_of(document)]
    for pattern in OTHER_CLIENTS:
        assert any(re.fullmatch(pattern, operation.label) for operation in operations), pattern
    for label, name in SENT_IN_OTHER_CASES:
        assert any(operation.label == label and name in operation.parameters for operation in operations), (label, name)
