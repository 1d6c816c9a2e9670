"""Methods of the client about predictions: of rows, at once, and of whole files, as jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.messages.batch_predictions import BatchRequest
from tandem.connections import Connections, path_of
from tandem.messages import Job
from tandem.model_methods import chosen

Row = Mapping[str, object]


class PredictionMethods(Connections):
    """Predictions by a model's version."""

    def predict(
        self, model: str, rows: Sequence[Row], *, version: int | None = None, label: str | None = None
    ) -> list[Any]:
        """Return a prediction for each row; a feature that is null or left out is missing. Default: the default version."""
        return self.predict_with({"instances": list(rows)}, model, version=version, label=label)["predictions"]

    def predict_with(
        self,
        body: Mapping[str, Any],
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        explain: bool = False,
    ) -> dict[str, Any]:
        """Return the whole reply to a predict request, in TensorFlow Serving's row (`instances`) or column (`inputs`) form.

        With `explain`, the reply tells by row which inputs were missing, out of vocabulary or outside the training range.
        """
        path = f"{path_of('models', model, *chosen(version, label))}:predict"
        query = {"explain": "inputs"} if explain else {}
        return self.call("modeling", "POST", path, json=body, params=query).json()

    def predict_files(self, request: BatchRequest | Mapping[str, Any], idempotency_key: str | None = None) -> Job:
        """Start a job that predicts for every row of some files; `batch_prediction` returns what it published."""
        return self.submit("modeling", path_of("batch-predictions"), request, idempotency_key)

    def batch_predictions(self) -> list[dict[str, Any]]:
        """List the published predictions of files, by name."""
        return self.call("modeling", "GET", path_of("batch-predictions")).json()["predictions"]

    def batch_prediction(self, name: str) -> dict[str, Any]:
        """Return published predictions: the folder and the files in the storage, model, version. Raises `NotFound`."""
        return self.call("modeling", "GET", path_of("batch-predictions", name)).json()

    def delete_batch_prediction(self, name: str) -> None:
        """Delete published predictions and their files. Raises `NotFound`."""
        self.call("modeling", "DELETE", path_of("batch-predictions", name))
