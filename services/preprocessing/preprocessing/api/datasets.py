"""The preprocessing service over HTTP. Only unwraps requests and wraps replies; Spark is never imported here."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from chassis.access.caller import may, require
from chassis.access.needs import Needs
from chassis.http.job_routes import IdempotencyKey, accepted, jobs_of
from chassis.jobs.queue import Jobs
from chassis.strict_json import reply_bytes
from contracts.access.roles import Role
from contracts.attempts.datasets import job_of
from contracts.base_model import Name
from contracts.dataset.data_folder import DATASETS
from contracts.dataset.manifest import Manifest
from contracts.dataset.published import delete_dataset
from contracts.dataset.rejected_rows import RejectedPage
from contracts.dataset.uses import versions_trained_from
from contracts.errors import NameTaken, NotFound
from contracts.messages.comparisons import CompareRequest
from contracts.messages.datasets import (
    DatasetList,
    DatasetRemoval,
    DatasetRequest,
    DatasetSummary,
    TrainedVersion,
    VocabularyPage,
)
from contracts.messages.jobs import JobMessage
from contracts.schema import SplitName
from contracts.statistics import TokenCount
from preprocessing.api.dependencies import DatasetOf, DatasetsOf, SettingsOf, StorageOf
from preprocessing.api.request_examples import EXAMPLES
from preprocessing.dataset_summary import summary
from preprocessing.job_kinds import DATASET
from preprocessing.planning.expressions import check_expressions
from preprocessing.published_datasets import ListedDataset, PublishedDatasets
from preprocessing.report.drift import ComparedDataset
from preprocessing.report.feature_pages import MOST_ON_ONE_PAGE, ON_A_PAGE, FeatureQuery, Sort
from preprocessing.report.links import PageLinks, links_of
from preprocessing.report.page import report_page
from preprocessing.settings import PreprocessingSettings
from preprocessing.spark.allowed_sources import check_source
from sources.files.resolve_sources import locate

router = APIRouter(tags=["datasets"])


@router.post(
    "/v1/datasets",
    status_code=HTTPStatus.ACCEPTED,
    response_model=JobMessage,
    summary="Make a dataset from raw files",
    description="Starts a job, whose URL is in `Location`. The dataset is published when the job succeeds, and not before.",
)
@Needs(Role.TRAIN)
def post_dataset(
    body: Annotated[DatasetRequest, Body(openapi_examples=EXAMPLES)],
    jobs: Annotated[Jobs, Depends(jobs_of)],
    settings: SettingsOf,
    datasets: DatasetsOf,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Submit a dataset job, after checking that the files exist and the name is free."""
    require(Role.TRAIN, body.name, pointer="/name")
    request = body.model_dump(mode="json", exclude_unset=True)
    admit = _admission(body, settings, datasets)
    resource = f"datasets/{body.name}"
    job = jobs.submit(
        DATASET, request, resource=resource, idempotency_key=idempotency_key, timeout=body.timeout, admit=admit
    )
    return accepted(job)


def _admission(
    body: DatasetRequest, settings: PreprocessingSettings, datasets: PublishedDatasets
) -> Callable[[], None]:
    def admit() -> None:
        check_expressions(body)
        check_source(body.source, body.records, settings.spark_formats, settings.spark_tables)
        locate(body.source.uris, settings.source_roots, hive_partitioning=body.source.hive_partitioning)
        try:
            datasets.open(body.name)
        except NotFound:
            return
        raise NameTaken(f"there is a dataset named {body.name!r} already", pointer="/name")

    return admit


@router.get("/v1/datasets", summary="Every published dataset")
@Needs(Role.READ)
def get_datasets(datasets: DatasetsOf) -> DatasetList:
    """List the published datasets; those of unfinished jobs are not listed."""
    return DatasetList(datasets=[_summary(dataset) for dataset in datasets.listed() if may(Role.READ, dataset.name)])


def _summary(dataset: ListedDataset) -> DatasetSummary:
    return DatasetSummary(
        name=dataset.name,
        created=dataset.created.isoformat(),
        fingerprint=dataset.fingerprint,
        records=dataset.records,
        layout=dataset.layout,
        rows=dataset.rows,
        bytes=dataset.bytes,
    )


@router.get("/v1/datasets/{name}", response_model=Manifest, summary="One dataset's manifest")
@Needs(Role.READ, name="name")
def get_dataset(dataset: DatasetOf) -> Response:
    """Return schema, splits, files with their checksums, the request, and the time of each phase."""
    return _json(dataset.manifest.model_dump(mode="json", by_alias=True))


def _shown_features(
    request: Request,
    *,
    search: Annotated[
        str,
        Query(
            max_length=200,
            description=f"Of a dataset with more than {MOST_ON_ONE_PAGE} features: words that a feature's name, kind or warnings "
            "hold. Smaller ones are searched in the browser.",
        ),
    ] = "",
    warned: Annotated[bool, Query(description="Of such a dataset: only features with warnings.")] = False,
    sort: Annotated[Sort, Query(description="Of such a dataset: the order of the features.")] = "order",
    page: Annotated[
        int, Query(ge=1, description=f"Of such a dataset: the page of {ON_A_PAGE} features; past the last, the last.")
    ] = 1,
) -> FeatureQuery:
    others = [
        (name, value) for name, value in request.query_params.items() if name in {"compare", "split", "other_split"}
    ]
    return FeatureQuery(search, warned, sort, page, tuple(others))


def _comparison(
    dataset: DatasetOf,
    datasets: DatasetsOf,
    compare: Annotated[
        Name | None,
        Query(description="Another dataset, or the same one: adds a section on how this dataset differs from it."),
    ] = None,
    split: Annotated[SplitName, Query(description="Split of this dataset to compare.")] = "train",
    other_split: Annotated[SplitName, Query(description="Split of the other dataset.")] = "train",
) -> ComparedDataset | None:
    if compare is None:
        return None
    require(Role.READ, compare)
    from preprocessing.statistics import compare as comparisons  # noqa: PLC0415 - takes seconds to import, and is seldom used

    other = datasets.open(compare)
    request = CompareRequest(with_=compare, split=split, other_split=other_split)
    return ComparedDataset(comparisons.compare(request, dataset, other), request.thresholds, other.statistics())


@router.get(
    "/v1/datasets/{name}/report",
    response_class=HTMLResponse,
    summary="Report on a dataset: contents of each column, and warnings to review before training",
    description="One self-contained HTML file, to search and sort in a browser; of more than "
    f"{MOST_ON_ONE_PAGE} features, {ON_A_PAGE} on a page.",
)
@Needs(Role.READ, name="name")
def get_report(
    dataset: DatasetOf,
    settings: SettingsOf,
    links: Annotated[PageLinks, Depends(links_of)],
    compared: Annotated[ComparedDataset | None, Depends(_comparison)],
    shown: Annotated[FeatureQuery, Depends(_shown_features)],
) -> Response:
    """Render the HTML report."""
    return report_page(
        dataset.manifest,
        dataset.statistics(),
        compared,
        sample=None if dataset.manifest.sample is None else dataset.sample(),
        rows_shown=settings.report_rows,
        links=links,
        query=shown,
    )


@router.get("/v1/datasets/{name}/vocabularies/{feature:path}", summary="A categorical feature's tokens")
@Needs(Role.READ, name="name")
def get_vocabulary(
    feature: Annotated[str, Path(description="The feature's name.", examples=["carrier"])],
    dataset: DatasetOf,
    offset: Annotated[int, Query(ge=0, description="Number of tokens to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Maximum number of tokens.")] = 100,
) -> VocabularyPage:
    """Return tokens in the order of ids: reserved tokens, then by descending count in the training split, ties by bytes."""
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
@Needs(Role.READ, name="name")
def get_rejected_rows(
    dataset: DatasetOf,
    offset: Annotated[int, Query(ge=0, description="Number of rows to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Maximum number of rows.")] = 100,
) -> RejectedPage:
    """Rows that the job skipped, as its `max_bad_records` allowed, in the order of the source."""
    return RejectedPage.of(dataset.rejected_rows(), offset, limit)


@router.delete(
    "/v1/datasets/{name}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Delete a dataset",
    responses={200: {"description": "Of a dry run: what would go.", "model": DatasetRemoval}},
)
@Needs(Role.ADMIN, name="name")
def remove_dataset(
    dataset: DatasetOf,
    datasets: DatasetsOf,
    storage: StorageOf,
    jobs: Annotated[Jobs, Depends(jobs_of)],
    dry_run: Annotated[  # noqa: FBT002 - a query's
        bool, Query(description="Delete nothing; the reply has its size, and the versions trained from it.")
    ] = False,
) -> Response:
    """Delete the manifest first, so that no reader begins; then the files. Models trained from it are not affected.

    The dataset's job has succeeded, even where a crash kept that from being recorded: it does not make the dataset again.
    """
    name = dataset.manifest.name
    if dry_run:
        removal = DatasetRemoval(
            dataset=name,
            bytes=sum(storage.sizes(f"{DATASETS}/{name}").values()),
            trained=[
                TrainedVersion(model=model, version=version)
                for model, version in versions_trained_from(storage, name, dataset.manifest.fingerprint)
                if may(Role.READ, model)
            ],
        )
        return _json(removal.model_dump(mode="json"))
    jobs.has_published(job_of(dataset), summary(dataset))
    delete_dataset(storage, name)
    datasets.forget(name)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _json(content: Any) -> Response:
    return Response(reply_bytes(content), media_type="application/json")
