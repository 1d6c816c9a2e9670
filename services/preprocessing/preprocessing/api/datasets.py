"""The preprocessing service over HTTP. Only unwraps requests and wraps replies; Spark is never imported here."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from chassis.http.job_routes import IdempotencyKey, accepted, jobs_of
from chassis.jobs.queue import Jobs
from chassis.strict_json import reply_bytes
from contracts.base_model import Name
from contracts.dataset import Dataset, Manifest, delete_dataset, list_datasets, open_dataset
from contracts.errors import NameTaken, NotFound
from contracts.messages.comparisons import CompareRequest
from contracts.messages.datasets import DatasetList, DatasetRequest, DatasetSummary, RejectedPage, VocabularyPage
from contracts.messages.jobs import JobMessage
from contracts.schema import SplitName
from contracts.statistics import TokenCount
from contracts.storage import Storage
from preprocessing.api.request_examples import EXAMPLES
from preprocessing.job_kinds import DATASET
from preprocessing.planning.expressions import check_expressions
from preprocessing.report.drift import Beside
from preprocessing.report.page import report_page
from preprocessing.settings import PreprocessingSettings
from preprocessing.spark.allowed_sources import check_source
from sources.files.resolve_sources import locate

router = APIRouter(tags=["datasets"])

DatasetName = Annotated[Name, Path(description="The dataset's name.", examples=["flights"])]


def _storage(request: Request) -> Storage:
    return Storage(request.app.state.settings.storage)


def _settings(request: Request) -> PreprocessingSettings:
    return request.app.state.settings


def _dataset(name: DatasetName, storage: Annotated[Storage, Depends(_storage)]) -> Dataset:
    return open_dataset(storage, name)


@router.post(
    "/v1/datasets",
    status_code=HTTPStatus.ACCEPTED,
    response_model=JobMessage,
    summary="Make a dataset from raw files",
    description="Starts a job; see its `Location`. Once it has succeeded, the dataset is there, whole; until then nothing is.",
)
def post_dataset(
    body: Annotated[DatasetRequest, Body(openapi_examples=EXAMPLES)],
    jobs: Annotated[Jobs, Depends(jobs_of)],
    settings: Annotated[PreprocessingSettings, Depends(_settings)],
    storage: Annotated[Storage, Depends(_storage)],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Submit a dataset job, after checking that the files exist and the name is free."""
    request = body.model_dump(mode="json", exclude_unset=True)
    admit = _admission(body, settings, storage)
    resource = f"datasets/{body.name}"
    job = jobs.submit(
        DATASET, request, resource=resource, idempotency_key=idempotency_key, timeout=body.timeout, admit=admit
    )
    return accepted(job)


def _admission(body: DatasetRequest, settings: PreprocessingSettings, storage: Storage) -> Callable[[], None]:
    def admit() -> None:
        check_expressions(body)
        check_source(body.source, body.records, settings.spark_formats, settings.spark_tables)
        locate(body.source.uris, settings.source_roots, hive_partitioning=body.source.hive_partitioning)
        try:
            open_dataset(storage, body.name)
        except NotFound:
            return
        raise NameTaken(f"there is a dataset named {body.name!r} already", pointer="/name")

    return admit


@router.get("/v1/datasets", summary="Every published dataset")
def get_datasets(storage: Annotated[Storage, Depends(_storage)]) -> DatasetList:
    """Datasets that a job is still making are not listed."""
    return DatasetList(datasets=[_summary(found.manifest) for found in list_datasets(storage)])


def _summary(manifest: Manifest) -> DatasetSummary:
    return DatasetSummary(
        name=manifest.name,
        created=manifest.created.isoformat(),
        fingerprint=manifest.fingerprint,
        records=manifest.records,
        layout=manifest.layout,
        rows={name: split.rows for name, split in manifest.splits.items()},
        bytes=sum(shard.bytes for shard in manifest.shards),
    )


@router.get("/v1/datasets/{name}", response_model=Manifest, summary="One dataset's manifest")
def get_dataset(dataset: Annotated[Dataset, Depends(_dataset)]) -> Response:
    """Return schema, splits, files with their checksums, the request, and the time of each phase."""
    return _json(dataset.manifest.model_dump(mode="json", by_alias=True))


@router.get(
    "/v1/datasets/{name}/report",
    response_class=HTMLResponse,
    summary="A page about a dataset: what each column holds, and what to look at before training",
    description="One HTML file that needs nothing from outside itself. Search and sort it in a browser.",
)
def get_report(
    dataset: Annotated[Dataset, Depends(_dataset)],
    storage: Annotated[Storage, Depends(_storage)],
    compare: Annotated[
        Name | None,
        Query(description="Another dataset, or the same: a section of the page says how this one differs from it."),
    ] = None,
    split: Annotated[SplitName, Query(description="Which split is compared.")] = "train",
    other_split: Annotated[SplitName, Query(description="With which one of the other dataset.")] = "train",
) -> Response:
    """Render the HTML report."""
    if compare is None:
        return report_page(dataset.manifest, dataset.statistics())
    return report_page(dataset.manifest, dataset.statistics(), _beside(dataset, storage, compare, split, other_split))


def _beside(dataset: Dataset, storage: Storage, name: str, split: SplitName, other_split: SplitName) -> Beside:
    from preprocessing.statistics.compare import compare  # noqa: PLC0415 - takes seconds to import, and is seldom asked for

    other = open_dataset(storage, name)
    request = CompareRequest(with_=name, split=split, other_split=other_split)
    return Beside(compare(request, dataset, other), request.thresholds, other.statistics())


@router.get("/v1/datasets/{name}/vocabularies/{feature:path}", summary="A categorical feature's tokens")
def get_vocabulary(
    feature: Annotated[str, Path(description="The feature's name.", examples=["carrier"])],
    dataset: Annotated[Dataset, Depends(_dataset)],
    offset: Annotated[int, Query(ge=0, description="Tokens to pass over.")] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Tokens to give at most.")] = 100,
) -> VocabularyPage:
    """In the order of ids: reserved tokens, then by descending count in the training split, ties by bytes."""
    vocabulary = dataset.vocabulary(feature)
    tokens = vocabulary.tokens.slice(offset, limit).to_pylist()
    counts = vocabulary.counts.slice(offset, limit).to_pylist()
    return VocabularyPage(
        feature=feature,
        size=len(vocabulary),
        first_id=dataset.schema.vocabularies[feature].first_token_id + offset,
        tokens=[TokenCount.of(token, count) for token, count in zip(tokens, counts, strict=True)],
    )


@router.get("/v1/datasets/{name}/rejected-rows", summary="Rows of the source that could not be read")
def get_rejected_rows(
    dataset: Annotated[Dataset, Depends(_dataset)],
    offset: Annotated[int, Query(ge=0, description="Rows to pass over.")] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Rows to give at most.")] = 100,
) -> RejectedPage:
    """In the order of the source: those that the job passed over, as its `max_bad_records` allowed."""
    rows = dataset.rejected_rows()
    return RejectedPage(count=len(rows), offset=offset, rows=rows[offset : offset + limit])


@router.delete("/v1/datasets/{name}", status_code=HTTPStatus.NO_CONTENT, summary="Delete a dataset")
def remove_dataset(name: DatasetName, storage: Annotated[Storage, Depends(_storage)]) -> None:
    """Delete the manifest first, so that no reader begins; then the files. Models trained from it are not affected."""
    delete_dataset(storage, name)


def _json(content: Any) -> Response:
    return Response(reply_bytes(content), media_type="application/json")
