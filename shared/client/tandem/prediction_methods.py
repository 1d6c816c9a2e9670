"""Methods of the client about predictions: of rows and tables, at once, and of whole files, as jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from contracts.messages.batch_predictions import BatchRequest
from tandem.errors import InvalidInput
from tandem.job_methods import submission
from tandem.messages import Job
from tandem.model_methods import chosen
from tandem.transport.service_call import (
    ServiceCall,
    ServiceRequest,
    Steps,
    Streamed,
    StreamedCall,
    pages,
    path_of,
)
from tandem.values.frames import CHUNK_ROWS, Columns, Frame, frame_of, output_columns
from tandem.values.plain_values import plain

Row = Mapping[str, object]
_VERSION = "x-model-version"


class PredictionMethods:
    """Predictions by a model's version."""

    @ServiceCall
    def predict(
        self,
        model: str,
        rows: Sequence[Row] | Any,
        *,
        version: int | None = None,
        label: str | None = None,
        classes: bool = False,
    ) -> Steps[Any]:
        """Return a prediction for each row; a feature that is missing or left out is imputed. Default: the default version.

        `rows`: mappings, for which a list is returned, or a table of pandas, polars or pyarrow, for which a table of the same
        library is returned, with pandas' index: a column `prediction`, or a column for each output of the model. All rows of
        a table are predicted by one version. None, NaN, NaT, NA and nulls of Arrow are missing values. With `classes`,
        predictions of a binary label also have a `class`, by the version's threshold.
        """
        frame = frame_of(rows)
        if frame is not None:
            return (yield from _predict_frame(frame, model, version, label, classes=classes))
        reply = yield _request({"instances": _instances(rows)}, model, version, label, classes=classes)
        return reply.json()["predictions"]

    @StreamedCall
    def predict_stream(
        self,
        model: str,
        rows: Iterable[Row],
        *,
        version: int | None = None,
        label: str | None = None,
        chunk_rows: int = CHUNK_ROWS,
        classes: bool = False,
    ) -> Streamed[Any]:
        """Yield a prediction for each row, in order, while rows are read: as many in memory as one request holds.

        All rows are predicted by one version. `classes`: as for `predict`.
        """
        remaining = iter(rows)
        while chunk := list(islice(remaining, chunk_rows)):
            reply = yield _request({"instances": plain(chunk)}, model, version, label, classes=classes)
            version, label = _pinned(reply.headers.get(_VERSION), version, label)
            yield reply.json()["predictions"]

    @ServiceCall
    def predict_with(
        self,
        body: Mapping[str, Any],
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        explain: bool = False,
        classes: bool = False,
    ) -> Steps[dict[str, Any]]:
        """Return the whole reply to a predict request, in TensorFlow Serving's row (`instances`) or column (`inputs`) form.

        With `explain`, the reply tells by row which inputs were missing, out of vocabulary or outside the training range.
        `classes`: as for `predict`.
        """
        reply = yield _request(plain(body), model, version, label, explain=explain, classes=classes)
        return reply.json()

    @ServiceCall
    def predict_files(
        self, request: BatchRequest | Mapping[str, Any], idempotency_key: str | None = None
    ) -> Steps[Job]:
        """Start a job that predicts for every row of some files; `batch_prediction` returns what it published."""
        return (yield from submission("modeling", path_of("batch-predictions"), request, idempotency_key))

    @ServiceCall
    def batch_predictions(self) -> Steps[list[dict[str, Any]]]:
        """List the published predictions of files, by name."""
        reply = yield ServiceRequest("modeling", "GET", path_of("batch-predictions"))
        return reply.json()["predictions"]

    @ServiceCall
    def batch_prediction(self, name: str) -> Steps[dict[str, Any]]:
        """Return published predictions: the folder and the files in the storage, model, version. Raises `NotFound`."""
        reply = yield ServiceRequest("modeling", "GET", path_of("batch-predictions", name))
        return reply.json()

    @StreamedCall
    def rejected_by_predictions(self, name: str) -> Streamed[dict[str, Any]]:
        """Yield the rows that a job of predictions skipped, in the order of the source. Raises `NotFound`."""
        yield from pages("modeling", path_of("batch-predictions", name, "rejected-rows"), "rows", "count")

    @ServiceCall
    def delete_batch_prediction(self, name: str) -> Steps[None]:
        """Delete published predictions and their files. Raises `NotFound`."""
        yield ServiceRequest("modeling", "DELETE", path_of("batch-predictions", name), repeatable=False)


def _request(
    body: Mapping[str, Any],
    model: str,
    version: int | None,
    label: str | None,
    *,
    explain: bool = False,
    classes: bool = False,
) -> ServiceRequest:
    path = f"{path_of('models', model, *chosen(version, label))}:predict"
    params = ({"explain": "inputs"} if explain else {}) | ({"class": "true"} if classes else {})
    return ServiceRequest("modeling", "POST", path, json=body, params=params)


def _instances(rows: Any) -> list[Any]:
    """Return rows as JSON has them; pandas' `iterrows` makes each a series. Raises `InvalidInput` for columns."""
    if isinstance(rows, Mapping):
        raise InvalidInput(
            "rows must be a list of mappings, or a table; for columns: predict_with({'inputs': {…}}, model)"
        )
    return [plain(row.to_dict() if hasattr(row, "to_dict") else row) for row in rows]


def _predict_frame(frame: Frame, model: str, version: int | None, label: str | None, *, classes: bool) -> Steps[Any]:
    outputs: Columns = {} if frame.rows else output_columns([])
    for columns in frame.chunks():
        reply = yield _request({"inputs": columns}, model, version, label, classes=classes)
        version, label = _pinned(reply.headers.get(_VERSION), version, label)
        for name, values in output_columns(reply.json()["outputs"]).items():
            outputs.setdefault(name, []).extend(values)
    return frame.like(outputs)


def _pinned(answered: str | None, version: int | None, label: str | None) -> tuple[int | None, str | None]:
    """Return the version that answered, so that the next rows are predicted by it, too."""
    return (version, label) if answered is None else (int(answered), None)
