"""Methods of the client about models: trainings, versions, their labels, evaluations and skew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.messages.trainings import TrainingRequest
from tandem.connections import Connections, path_of
from tandem.messages import Job


class ModelMethods(Connections):
    """Models and their versions."""

    def train(self, request: TrainingRequest | Mapping[str, Any], idempotency_key: str | None = None) -> Job:
        """Start a training job. A mapping is sent as it is, so that the service judges it."""
        return self.submit("modeling", path_of("trainings"), request, idempotency_key)

    def models(self) -> list[dict[str, Any]]:
        """List the models: versions, labels, and the metrics of the default version."""
        return self._get("models")["models"]

    def model(self, name: str) -> dict[str, Any]:
        """Return the state of each version of a model. Raises `NotFound`."""
        return self._get("models", name)

    def versions(self, model: str) -> list[dict[str, Any]]:
        """List the versions of a model with their metrics and labels, the newest first. Raises `NotFound`."""
        return self._get("models", model, "versions")["versions"]

    def version(self, model: str, version: int) -> dict[str, Any]:
        """Return the state of a version. Raises `NotFound`."""
        return self._get("models", model, "versions", version)

    def metadata(self, model: str, *, version: int | None = None, label: str | None = None) -> dict[str, Any]:
        """Return the signatures of a version and its manifest: request, schema, metrics. Default: the default version.

        Raises `NotFound`.
        """
        return self._get("models", model, *chosen(version, label), "metadata")

    def evaluation(self, model: str, version: int) -> dict[str, Any]:
        """Return the whole evaluation of a version. Raises `NotFound`."""
        return self._get("models", model, "versions", version, "evaluation")

    def report(self, model: str, version: int) -> str:
        """Return the report of a version as one HTML page. Raises `NotFound`."""
        return self.call("modeling", "GET", path_of("models", model, "versions", version, "report")).text

    def skew(self, model: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the training/serving skew of a model. `request`: version or version label, period, thresholds.

        Raises `NotFound`, and `Problem` where none of its predictions were logged.
        """
        return self.call("modeling", "POST", f"{path_of('models', model)}:skew", json=dict(request or {})).json()

    def labels(self, model: str) -> dict[str, int]:
        """Return the version of each version label of a model. Raises `NotFound`."""
        return self._get("models", model, "labels")["labels"]

    def label(self, model: str, label: str) -> dict[str, Any]:
        """Return a version label with the state of its version. Raises `NotFound`."""
        return self._get("models", model, "labels", label)

    def set_label(self, model: str, label: str, version: int, *, despite_gate: bool = False) -> None:
        """Give a version a label, or move it there; the version answers to it from then on.

        Raises `PreconditionFailed`, and changes nothing, if somebody else changed the model's labels at the same time.
        """
        body: dict[str, Any] = {"version": version, **({"despite_gate": True} if despite_gate else {})}
        path = path_of("models", model, "labels", label)
        self.call("modeling", "PUT", path, json=body, headers=self._precondition(model, label))

    def delete_label(self, model: str, label: str) -> None:
        """Take a version label away. Raises `NotFound`, and `PreconditionFailed` as `set_label` does."""
        path = path_of("models", model, "labels", label)
        self.call("modeling", "DELETE", path, headers=self._precondition(model, label))

    def _precondition(self, model: str, label: str) -> dict[str, str]:
        """Return the headers under which a change is refused once the labels have changed."""
        reply = self.call("modeling", "GET", path_of("models", model, "labels"))
        return {"If-Match": reply.headers["etag"]} if label in reply.json()["labels"] else {"If-None-Match": "*"}

    def _get(self, *parts: str | int) -> dict[str, Any]:
        return self.call("modeling", "GET", path_of(*parts)).json()


def chosen(version: int | None, label: str | None) -> tuple[str | int, ...]:
    """Return the parts of a path that choose a version by its number or label; none for the default version.

    >>> chosen(3, None), chosen(None, "champion"), chosen(None, None)
    (('versions', 3), ('labels', 'champion'), ())
    """
    return ("versions", version) if version is not None else ("labels", label) if label is not None else ()
