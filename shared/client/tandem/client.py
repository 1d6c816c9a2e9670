"""Both services behind one object. It speaks HTTP alone: data stays where the services keep it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from contracts.base_model import FrozenModel
from contracts.messages.batch_predictions import BatchRequest
from contracts.messages.datasets import DatasetRequest
from contracts.messages.trainings import TrainingRequest
from tandem.errors import JobCancelled, JobFailed, Unreachable, checked, problem_of
from tandem.job_events import follow
from tandem.messages import Job, Jobs, Proposal, ServiceName, sent

PREPROCESSING_URL = "http://127.0.0.1:8001"
MODELING_URL = "http://127.0.0.1:8002"
TIMEOUT_SECONDS = 60.0
SERVICES: tuple[ServiceName, ...] = ("preprocessing", "modeling")

Row = Mapping[str, object]


class Tandem:
    """A client of both services. Every method raises `Unreachable` and `Problem`, each a `ClientError`."""

    def __init__(self, preprocessing: str = PREPROCESSING_URL, modeling: str = MODELING_URL) -> None:
        self.urls: dict[ServiceName, str] = {"preprocessing": preprocessing, "modeling": modeling}
        self._http = {name: httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS) for name, url in self.urls.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        for http in self._http.values():
            http.close()

    # --- what one comes for

    def create_dataset(self, request: DatasetRequest | Mapping[str, Any], idempotency_key: str | None = None) -> Job:
        """Start a dataset job. A mapping is sent as it is, so that the service judges it."""
        return self._submit("preprocessing", "/v1/datasets", request, idempotency_key)

    def infer_dataset(self, uris: Sequence[str], known: Mapping[str, Any] | None = None) -> Proposal:
        """Propose a request for `create_dataset` from a sample of the files. `known`: further fields of `schemas:infer`."""
        body = {**(known or {}), "uris": list(uris)}
        return Proposal.model_validate(self._call("preprocessing", "POST", "/v1/schemas:infer", json=body).json())

    def train(self, request: TrainingRequest | Mapping[str, Any], idempotency_key: str | None = None) -> Job:
        """Start a training job. A mapping is sent as it is, so that the service judges it."""
        return self._submit("modeling", "/v1/trainings", request, idempotency_key)

    def predict(
        self, model: str, rows: Sequence[Row], *, version: int | None = None, label: str | None = None
    ) -> list[Any]:
        """Return a prediction for each row; a feature that is null or left out is missing. Default: the default version."""
        return self.predict_with({"instances": list(rows)}, model, version=version, label=label)["predictions"]

    def predict_with(
        self, body: Mapping[str, Any], model: str, *, version: int | None = None, label: str | None = None
    ) -> dict[str, Any]:
        """Return the whole reply to a predict request, in TensorFlow Serving's row (`instances`) or column (`inputs`) form."""
        part = f"/versions/{version}" if version is not None else f"/labels/{label}" if label is not None else ""
        return self._call("modeling", "POST", f"/v1/models/{model}{part}:predict", json=body).json()

    def predict_files(self, request: BatchRequest | Mapping[str, Any], idempotency_key: str | None = None) -> Job:
        """Start a job that predicts for every row of some files; its `response` names the folder of the predictions."""
        return self._submit("modeling", "/v1/batch-predictions", request, idempotency_key)

    # --- jobs

    def follow(self, job: Job) -> Iterator[Job]:
        """Yield the job after each change until it is done, resuming broken connections."""
        for seen in follow(self._http[job.service], f"/v1/jobs/{job.id}"):
            yield Job(service=job.service, **seen)

    def wait(self, job: Job) -> Job:
        """Return the job once it has succeeded. Raises `JobFailed`, `JobCancelled`."""
        for seen in self.follow(job):
            job = seen
        return succeeded(job)

    def jobs(self, service: ServiceName, limit: int = 20) -> list[Job]:
        """Return the newest jobs of a service, at most `limit`."""
        newest: list[Job] = []
        token: str | None = None
        while len(newest) < limit:
            query: dict[str, str | int] = {
                "pageSize": min(limit - len(newest), 100),
                **({"pageToken": token} if token else {}),
            }
            page = Jobs.model_validate(self._call(service, "GET", "/v1/jobs", params=query).json())
            newest += [Job(service=service, **job) for job in page.jobs]
            token = page.next_page_token
            if not token:
                break
        return newest

    def job(self, service: ServiceName, job_id: str) -> Job:
        """Return the job as it is now. Raises `NotFound`."""
        return Job(service=service, **self._call(service, "GET", f"/v1/jobs/{job_id}").json())

    def cancel(self, job: Job) -> Job:
        """Ask the job to stop; follow it to see that it did."""
        return Job(service=job.service, **self._call(job.service, "POST", f"/v1/jobs/{job.id}:cancel").json())

    def log(self, job: Job) -> str:
        """Return the output of the job so far."""
        return self._call(job.service, "GET", f"/v1/jobs/{job.id}/log").text

    # --- what there is

    def dataset(self, name: str) -> dict[str, Any]:
        """Return a published dataset. Raises `NotFound`."""
        return self._call("preprocessing", "GET", f"/v1/datasets/{name}").json()

    def datasets(self) -> list[dict[str, Any]]:
        """List the published datasets, with a summary of each."""
        return self._call("preprocessing", "GET", "/v1/datasets").json()["datasets"]

    def statistics(self, name: str) -> dict[str, Any]:
        """Return the statistics of a dataset, in the form of `contracts.statistics`. Raises `NotFound`."""
        return self._call("preprocessing", "GET", f"{_dataset(name)}/statistics").json()

    def statistics_proto(self, name: str) -> bytes:
        """Return the statistics as TensorFlow Data Validation's serialized `DatasetFeatureStatisticsList`. Raises `NotFound`."""
        accept = {"Accept": "application/x-protobuf"}
        return self._call("preprocessing", "GET", f"{_dataset(name)}/statistics", headers=accept).content

    def compare(self, name: str, other: str, *, split: str = "train", other_split: str = "train") -> dict[str, Any]:
        """Compare a split of one dataset with a split of another. Raises `NotFound`."""
        body = {"with": other, "split": split, "other_split": other_split}
        return self._call("preprocessing", "POST", f"{_dataset(name)}:compare", json=body).json()

    def rejected_rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the rows that the job skipped, in the order of the source. Raises `NotFound`."""
        offset, count = 0, 1
        while offset < count:
            page = self._call("preprocessing", "GET", f"{_dataset(name)}/rejected-rows?offset={offset}").json()
            yield from page["rows"]
            offset, count = offset + max(1, len(page["rows"])), page["count"]

    def delete_dataset(self, name: str) -> None:
        """Delete a dataset and its files. Raises `NotFound`."""
        self._call("preprocessing", "DELETE", _dataset(name))

    def dataset_report(self, name: str, compare: str | None = None) -> str:
        """Return the report of a dataset, compared with another if that is named, as one HTML page. Raises `NotFound`."""
        return self._call("preprocessing", "GET", _report(name, compare)).text

    def model(self, name: str) -> dict[str, Any]:
        """Return a model and its versions. Raises `NotFound`."""
        return self._call("modeling", "GET", f"/v1/models/{name}").json()

    def models(self) -> list[dict[str, Any]]:
        """List the models: versions, labels, and the metrics of the default version."""
        return self._call("modeling", "GET", "/v1/models").json()["models"]

    def versions(self, model: str) -> list[dict[str, Any]]:
        """List the versions of a model, the newest first. Raises `NotFound`."""
        return self._call("modeling", "GET", f"/v1/models/{model}/versions").json()["versions"]

    def evaluation(self, model: str, version: int) -> dict[str, Any]:
        """Return the whole evaluation of a version. Raises `NotFound`."""
        return self._call("modeling", "GET", f"/v1/models/{model}/versions/{version}/evaluation").json()

    def report(self, model: str, version: int) -> str:
        """Return the report of a version as one HTML page. Raises `NotFound`."""
        return self._call("modeling", "GET", f"/v1/models/{model}/versions/{version}/report").text

    def skew(self, model: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the training/serving skew of a model. `request`: version or label, period, thresholds.

        Raises `NotFound`, and `Problem` where none of its predictions were logged.
        """
        return self._call("modeling", "POST", f"/v1/models/{model}:skew", json=dict(request or {})).json()

    def labels(self, model: str) -> dict[str, int]:
        """Return the version of each label of a model. Raises `NotFound`."""
        return self._call("modeling", "GET", f"/v1/models/{model}/labels").json()["labels"]

    def set_label(self, model: str, label: str, version: int, *, despite_gate: bool = False) -> None:
        """Give a version a label, or move it there; the version answers to it from then on.

        Raises `PreconditionFailed`, and changes nothing, if somebody else changed the model's labels at the same time.
        """
        body: dict[str, Any] = {"version": version, **({"despite_gate": True} if despite_gate else {})}
        path = f"/v1/models/{model}/labels/{label}"
        self._call("modeling", "PUT", path, json=body, headers=self._precondition(model, label))

    def delete_label(self, model: str, label: str) -> None:
        """Take a label away. Raises `NotFound`, and `PreconditionFailed` as `set_label` does."""
        path = f"/v1/models/{model}/labels/{label}"
        self._call("modeling", "DELETE", path, headers=self._precondition(model, label))

    def _precondition(self, model: str, label: str) -> dict[str, str]:
        """Return the headers under which a change is refused once the labels have changed."""
        reply = self._call("modeling", "GET", f"/v1/models/{model}/labels")
        return {"If-Match": reply.headers["etag"]} if label in reply.json()["labels"] else {"If-None-Match": "*"}

    def is_ready(self, service: ServiceName) -> bool:
        """Return True if the service answers and can take work now. Raises nothing."""
        try:
            return self._http[service].get("/health/ready", timeout=5.0).is_success
        except httpx.TransportError:
            return False

    def is_there(self, service: ServiceName) -> bool:
        """Return True if anything answers at the service's address. Raises nothing."""
        try:
            self._http[service].get("/health/live", timeout=5.0)
        except httpx.TransportError:
            return False
        return True

    # --- how

    def _submit(
        self, service: ServiceName, path: str, request: FrozenModel | Mapping[str, Any], idempotency_key: str | None
    ) -> Job:
        body = sent(request) if isinstance(request, FrozenModel) else dict(request)
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return Job(service=service, **self._call(service, "POST", path, json=body, headers=headers).json())

    def _call(self, service: ServiceName, method: str, path: str, **how: Any) -> httpx.Response:
        try:
            return checked(self._http[service].request(method, path, **how))
        except httpx.TransportError as error:
            reason = f" ({error})" if str(error) else ""
            raise Unreachable(f"{service} does not answer at {self.urls[service]}{reason}") from error


def _dataset(name: str) -> str:
    return f"/v1/datasets/{quote(name, safe='')}"


def _report(name: str, compare: str | None) -> str:
    query = "" if compare is None else f"?compare={quote(compare, safe='')}"
    return f"{_dataset(name)}/report{query}"


def succeeded(job: Job) -> Job:
    """Return the finished job if it succeeded. Raises `JobFailed`, `JobCancelled`."""
    if job.state == "CANCELLED":
        raise JobCancelled(job.id)
    if job.error is not None:
        raise JobFailed(job.id, problem_of(job.error, 500))
    return job
