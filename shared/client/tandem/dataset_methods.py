"""Methods of the client about datasets: the preprocessing service, jobs apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.messages.comparisons import Thresholds
from contracts.messages.datasets import DatasetRequest
from contracts.messages.schemas import InferRequest
from tandem.job_methods import submission
from tandem.messages import Job, as_body, read
from tandem.notebooks import Dataset, Datasets, Proposal
from tandem.transport.service_call import (
    ServiceCall,
    ServiceRequest,
    Steps,
    Streamed,
    StreamedCall,
    given,
    pages,
    path_of,
)

INFER_SECONDS = 180.0
"""Longer than other calls: the service waits for its turn and for the label's expression, and reads the sample."""


class DatasetMethods:
    """Datasets, their statistics and their reports."""

    @ServiceCall
    def create_dataset(
        self, request: DatasetRequest | Mapping[str, Any], idempotency_key: str | None = None
    ) -> Steps[Job]:
        """Start a dataset job. A mapping is sent as it is, so that the service judges it."""
        return (yield from submission("preprocessing", path_of("datasets"), request, idempotency_key))

    @ServiceCall
    def infer_dataset(
        self, uris: Sequence[str] | InferRequest, known: Mapping[str, Any] | None = None
    ) -> Steps[Proposal]:
        """Propose a request for `create_dataset` from a sample of the files. `known`: further fields of `schemas:infer`."""
        body = as_body(uris) if isinstance(uris, InferRequest) else {"uris": list(uris)}
        body = {**(known or {}), **body}
        reply = yield ServiceRequest(
            "preprocessing", "POST", "/v1/schemas:infer", json=body, read_seconds=INFER_SECONDS
        )
        return read(Proposal, reply.json())

    @ServiceCall
    def datasets(self) -> Steps[list[dict[str, Any]]]:
        """List the published datasets, with a summary of each."""
        reply = yield _get("datasets")
        return Datasets(reply.json()["datasets"])

    @ServiceCall
    def dataset(self, name: str) -> Steps[dict[str, Any]]:
        """Return a published dataset. Raises `NotFound`."""
        reply = yield _get("datasets", name)
        return Dataset(reply.json())

    @ServiceCall
    def delete_dataset(self, name: str, *, dry_run: bool = False) -> Steps[dict[str, Any] | None]:
        """Delete a dataset and its files. Raises `NotFound`.

        With `dry_run` nothing goes: returns its size, and the versions of models that were trained from it.
        """
        params = {"dry_run": "true"} if dry_run else {}
        path = path_of("datasets", name)
        reply = yield ServiceRequest("preprocessing", "DELETE", path, params=params, repeatable=False)
        return reply.json() if dry_run else None

    @ServiceCall
    def statistics(self, name: str) -> Steps[dict[str, Any]]:
        """Return the statistics of a dataset, in the form of `contracts.statistics`. Raises `NotFound`."""
        reply = yield _get("datasets", name, "statistics")
        return reply.json()

    @ServiceCall
    def statistics_proto(self, name: str) -> Steps[bytes]:
        """Return the statistics as TensorFlow Data Validation's serialized `DatasetFeatureStatisticsList`. Raises `NotFound`."""
        accept = {"Accept": "application/x-protobuf"}
        path = path_of("datasets", name, "statistics")
        reply = yield ServiceRequest("preprocessing", "GET", path, headers=accept)
        return reply.content

    @ServiceCall
    def compare(
        self,
        name: str,
        other: str,
        *,
        split: str = "train",
        other_split: str = "train",
        thresholds: Thresholds | Mapping[str, Any] | None = None,
    ) -> Steps[dict[str, Any]]:
        """Compare a split of one dataset with a split of another. Raises `NotFound`."""
        limits = None if thresholds is None else as_body(thresholds)
        body = {"with": other, "split": split, "other_split": other_split, **given(thresholds=limits)}
        reply = yield ServiceRequest("preprocessing", "POST", f"{path_of('datasets', name)}:compare", json=body)
        return reply.json()

    @ServiceCall
    def dataset_report(
        self,
        name: str,
        compare: str | None = None,
        *,
        split: str | None = None,
        other_split: str | None = None,
        **shown: str | bool | int,
    ) -> Steps[str]:
        """Return the report of a dataset as one HTML page, compared with another if that is named. Raises `NotFound`.

        `split` is compared with `other_split` of the other; default: train with train. A report of very many features has
        some of them on a page: `search`, `warned`, `sort` and `page` choose which.
        """
        query = given(compare=compare, split=split, other_split=other_split, **shown)
        reply = yield ServiceRequest("preprocessing", "GET", path_of("datasets", name, "report"), params=query)
        return reply.text

    @StreamedCall
    def rejected_rows(self, name: str) -> Streamed[dict[str, Any]]:
        """Yield the rows that the job skipped, in the order of the source. Raises `NotFound`."""
        yield from pages("preprocessing", path_of("datasets", name, "rejected-rows"), "rows", "count")

    @StreamedCall
    def vocabulary(self, name: str, feature: str) -> Streamed[dict[str, Any]]:
        """Yield the tokens of a categorical feature with their counts, in the order of their ids. Raises `NotFound`."""
        yield from pages("preprocessing", path_of("datasets", name, "vocabularies", feature), "tokens", "size")


def _get(*parts: str) -> ServiceRequest:
    return ServiceRequest("preprocessing", "GET", path_of(*parts))
