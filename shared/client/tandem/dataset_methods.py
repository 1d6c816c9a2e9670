"""Methods of the client about datasets: the preprocessing service, jobs apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts.messages.datasets import DatasetRequest
from contracts.messages.schemas import Proposal
from tandem.connections import Connections, given, path_of
from tandem.messages import Job, read

INFER_TIMEOUT_SECONDS = 180.0
"""Longer than other calls: the service waits for its turn and for the label's expression, and reads the sample."""
_PAGE = 1000


class DatasetMethods(Connections):
    """Datasets, their statistics and their reports."""

    def create_dataset(self, request: DatasetRequest | Mapping[str, Any], idempotency_key: str | None = None) -> Job:
        """Start a dataset job. A mapping is sent as it is, so that the service judges it."""
        return self.submit("preprocessing", path_of("datasets"), request, idempotency_key)

    def infer_dataset(self, uris: Sequence[str], known: Mapping[str, Any] | None = None) -> Proposal:
        """Propose a request for `create_dataset` from a sample of the files. `known`: further fields of `schemas:infer`."""
        body = {**(known or {}), "uris": list(uris)}
        reply = self.call("preprocessing", "POST", "/v1/schemas:infer", json=body, timeout=INFER_TIMEOUT_SECONDS)
        return read(Proposal, reply.json())

    def datasets(self) -> list[dict[str, Any]]:
        """List the published datasets, with a summary of each."""
        return self.call("preprocessing", "GET", path_of("datasets")).json()["datasets"]

    def dataset(self, name: str) -> dict[str, Any]:
        """Return a published dataset. Raises `NotFound`."""
        return self.call("preprocessing", "GET", path_of("datasets", name)).json()

    def delete_dataset(self, name: str) -> None:
        """Delete a dataset and its files. Raises `NotFound`."""
        self.call("preprocessing", "DELETE", path_of("datasets", name))

    def statistics(self, name: str) -> dict[str, Any]:
        """Return the statistics of a dataset, in the form of `contracts.statistics`. Raises `NotFound`."""
        return self.call("preprocessing", "GET", path_of("datasets", name, "statistics")).json()

    def statistics_proto(self, name: str) -> bytes:
        """Return the statistics as TensorFlow Data Validation's serialized `DatasetFeatureStatisticsList`. Raises `NotFound`."""
        accept = {"Accept": "application/x-protobuf"}
        return self.call("preprocessing", "GET", path_of("datasets", name, "statistics"), headers=accept).content

    def compare(
        self,
        name: str,
        other: str,
        *,
        split: str = "train",
        other_split: str = "train",
        thresholds: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Compare a split of one dataset with a split of another. Raises `NotFound`."""
        body = {"with": other, "split": split, "other_split": other_split, **given(thresholds=thresholds)}
        return self.call("preprocessing", "POST", f"{path_of('datasets', name)}:compare", json=body).json()

    def dataset_report(
        self, name: str, compare: str | None = None, *, split: str | None = None, other_split: str | None = None
    ) -> str:
        """Return the report of a dataset as one HTML page, compared with another if that is named. Raises `NotFound`.

        `split` is compared with `other_split` of the other; default: train with train.
        """
        query = given(compare=compare, split=split, other_split=other_split)
        return self.call("preprocessing", "GET", path_of("datasets", name, "report"), params=query).text

    def rejected_rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the rows that the job skipped, in the order of the source. Raises `NotFound`."""
        yield from self._pages(path_of("datasets", name, "rejected-rows"), "rows", "count")

    def vocabulary(self, name: str, feature: str) -> Iterator[dict[str, Any]]:
        """Yield the tokens of a categorical feature with their counts, in the order of their ids. Raises `NotFound`."""
        yield from self._pages(path_of("datasets", name, "vocabularies", feature), "tokens", "size")

    def _pages(self, path: str, entries: str, size: str) -> Iterator[dict[str, Any]]:
        offset, count = 0, 1
        while offset < count:
            query = {"offset": offset, "limit": _PAGE}
            page = self.call("preprocessing", "GET", path, params=query).json()
            yield from page[entries]
            offset, count = offset + max(1, len(page[entries])), page[size]
