"""Methods of the client about models: trainings, versions, their labels, evaluations and skew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.messages.skew import SkewRequest
from contracts.messages.trainings import TrainingRequest
from tandem.job_methods import submission
from tandem.messages import Job, as_body
from tandem.notebooks import Model, Models, Versions
from tandem.transport.service_call import ServiceCall, ServiceRequest, Steps, given, path_of


class ModelMethods:
    """Models and their versions."""

    @ServiceCall
    def train(self, request: TrainingRequest | Mapping[str, Any], idempotency_key: str | None = None) -> Steps[Job]:
        """Start a training job. A mapping is sent as it is, so that the service judges it."""
        return (yield from submission("modeling", path_of("trainings"), request, idempotency_key))

    @ServiceCall
    def models(self) -> Steps[list[dict[str, Any]]]:
        """List the models: versions, labels, and the metrics of the default version."""
        reply = yield _get("models")
        return Models(reply.json()["models"])

    @ServiceCall
    def model(self, name: str) -> Steps[dict[str, Any]]:
        """Return the state of each version of a model. Raises `NotFound`."""
        reply = yield _get("models", name)
        return Model(reply.json())

    @ServiceCall
    def versions(self, model: str) -> Steps[list[dict[str, Any]]]:
        """List the versions of a model with their metrics and labels, the newest first. Raises `NotFound`."""
        reply = yield _get("models", model, "versions")
        return Versions(reply.json()["versions"])

    @ServiceCall
    def version(self, model: str, version: int) -> Steps[dict[str, Any]]:
        """Return the state of a version. Raises `NotFound`."""
        reply = yield _get("models", model, "versions", version)
        return reply.json()

    @ServiceCall
    def metadata(self, model: str, *, version: int | None = None, label: str | None = None) -> Steps[dict[str, Any]]:
        """Return the signatures of a version and its manifest: request, schema, metrics. Default: the default version.

        Raises `NotFound`.
        """
        reply = yield _get("models", model, *chosen(version, label), "metadata")
        return reply.json()

    @ServiceCall
    def evaluation(self, model: str, version: int) -> Steps[dict[str, Any]]:
        """Return the whole evaluation of a version. Raises `NotFound`."""
        reply = yield _get("models", model, "versions", version, "evaluation")
        return reply.json()

    @ServiceCall
    def report(self, model: str, version: int) -> Steps[str]:
        """Return the report of a version as one HTML page. Raises `NotFound`."""
        reply = yield _get("models", model, "versions", version, "report")
        return reply.text

    @ServiceCall
    def changes(self, model: str, version: int, since: int | None = None) -> Steps[str]:
        """Return what changed in a version as one HTML page. Default: since the incumbent, or the version before.

        Raises `NotFound`.
        """
        path = path_of("models", model, "versions", version, "changes")
        reply = yield ServiceRequest("modeling", "GET", path, params=given(since=since))
        return reply.text

    @ServiceCall
    def skew(self, model: str, request: SkewRequest | Mapping[str, Any] | None = None) -> Steps[dict[str, Any]]:
        """Return the training/serving skew of a model. `request`: version or version label, period, thresholds.

        Raises `NotFound`, and `Problem` where none of its predictions were logged.
        """
        body = {} if request is None else as_body(request)
        reply = yield ServiceRequest("modeling", "POST", f"{path_of('models', model)}:skew", json=body)
        return reply.json()

    @ServiceCall
    def labels(self, model: str) -> Steps[dict[str, int]]:
        """Return the version of each version label of a model. Raises `NotFound`."""
        reply = yield _get("models", model, "labels")
        return reply.json()["labels"]

    @ServiceCall
    def label(self, model: str, label: str) -> Steps[dict[str, Any]]:
        """Return a version label with the state of its version. Raises `NotFound`."""
        reply = yield _get("models", model, "labels", label)
        return reply.json()

    @ServiceCall
    def set_label(self, model: str, label: str, version: int, *, despite_gate: bool = False) -> Steps[None]:
        """Give a version a label, or move it there; the version answers to it from then on.

        Raises `PreconditionFailed`, and changes nothing, if somebody else changed the model's labels at the same time.
        """
        body: dict[str, Any] = {"version": version, **({"despite_gate": True} if despite_gate else {})}
        headers = yield from _precondition(model, label)
        path = path_of("models", model, "labels", label)
        yield ServiceRequest("modeling", "PUT", path, json=body, headers=headers, repeatable=False)

    @ServiceCall
    def delete_label(self, model: str, label: str) -> Steps[None]:
        """Take a version label away. Raises `NotFound`, and `PreconditionFailed` as `set_label` does."""
        headers = yield from _precondition(model, label)
        path = path_of("models", model, "labels", label)
        yield ServiceRequest("modeling", "DELETE", path, headers=headers, repeatable=False)

    @ServiceCall
    def delete_version(
        self, model: str, version: int, *, force: bool = False, dry_run: bool = False, etag: str | None = None
    ) -> Steps[dict[str, Any]]:
        """Remove a version; return what went: its size, labels and dataset. With `dry_run` nothing goes.

        Raises `NotFound`, `Conflict` for a version that has a label or is the default, unless `force`, and `PreconditionFailed`
        where the list of versions has another ETag than `etag`.
        """
        reply = yield _delete(path_of("models", model, "versions", version), etag, force=force, dry_run=dry_run)
        return reply.json()

    @ServiceCall
    def delete_model(
        self, model: str, *, force: bool = False, dry_run: bool = False, etag: str | None = None
    ) -> Steps[dict[str, Any]]:
        """Remove every version of a model, as `delete_version` does one."""
        reply = yield _delete(path_of("models", model), etag, force=force, dry_run=dry_run)
        return reply.json()


def _delete(path: str, etag: str | None, *, force: bool, dry_run: bool) -> ServiceRequest:
    params = {name: "true" for name, chosen in (("force", force), ("dry_run", dry_run)) if chosen}
    headers = {} if etag is None else {"If-Match": etag}
    return ServiceRequest("modeling", "DELETE", path, params=params, headers=headers, repeatable=False)


def _get(*parts: str | int) -> ServiceRequest:
    return ServiceRequest("modeling", "GET", path_of(*parts))


def _precondition(model: str, label: str) -> Steps[dict[str, str]]:
    """Return the headers under which a change is refused once the labels have changed."""
    reply = yield _get("models", model, "labels")
    return {"If-Match": reply.headers["etag"]} if label in reply.json()["labels"] else {"If-None-Match": "*"}


def chosen(version: int | None, label: str | None) -> tuple[str | int, ...]:
    """Return the parts of a path that choose a version by its number or label; none for the default version.

    >>> chosen(3, None), chosen(None, "champion"), chosen(None, None)
    (('versions', 3), ('labels', 'champion'), ())
    """
    return ("versions", version) if version is not None else ("labels", label) if label is not None else ()
