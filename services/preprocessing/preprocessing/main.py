"""The preprocessing service: `python -m preprocessing.main`, or an ASGI server with the factory `preprocessing.main:make_app`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from chassis.app import create_app, serve
from chassis.http.health import Degraded
from chassis.read_settings import read_settings
from chassis.service_parts import JobSetup, ServiceDescription, ServiceHooks
from contracts.storage import Storage
from preprocessing.api import schemas, sources, statistics
from preprocessing.job_kinds import KINDS
from preprocessing.published_datasets import PublishedDatasets
from preprocessing.report.home import home_page
from preprocessing.settings import PreprocessingSettings
from preprocessing.uploads import remove_leftovers

DESCRIPTION = """Datasets for TensorFlow from raw tables, by Apache Spark.

Post a request to **`POST /v1/datasets`**, follow the job, and train from the dataset with the modeling service.
Sources are CSV, TSV, JSON lines, Parquet, Arrow, ORC and Avro files below the service's source roots, and what Spark reads.

| `records` | Spark writes | who fills in missing values |
|---|---|---|
| `none` | statistics and vocabularies | the graph, at each epoch, from the raw files |
| `raw` | typed examples; a missing value is an absent feature | the graph, at each epoch |
| `transformed` | final numbers | Spark, once; the graph still does it for predictions |
"""


def make_app(settings: PreprocessingSettings | None = None) -> FastAPI:
    """Make the application; Spark starts in a child process once the application does.

    `settings`: by default those of the environment.
    """
    settings = settings or read_settings(PreprocessingSettings)
    uploads = {sources.PREFIX: settings.upload_megabytes << 20} if settings.upload_megabytes else {}

    datasets = PublishedDatasets(Storage(settings.storage), writes=settings.jobs_at_once > 0)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        if uploads:
            await run_in_threadpool(remove_leftovers, settings.source_roots, settings.leftovers_hours)
        yield

    app = create_app(
        ServiceDescription(
            name="preprocessing",
            title="Tandem: preprocessing",
            text=DESCRIPTION,
            version=version("tandem-preprocessing"),
        ),
        settings,
        [*KINDS.routers(), statistics.router, schemas.router, sources.router],
        jobs=JobSetup("preprocessing.engine:create", KINDS),
        hooks=ServiceHooks(
            lifespan=lifespan,
            readiness={"storage": lambda: _degraded(datasets.away())},
            larger_bodies=uploads,
            home=home_page(datasets),
        ),
    )
    app.state.datasets = datasets
    return app


def _degraded(away: str | None) -> bool | Degraded:
    return True if away is None else Degraded(f"away: {away}")


def main() -> None:
    """Read the settings from the environment, and serve until stopped."""
    settings = read_settings(PreprocessingSettings)
    serve(lambda: make_app(settings), settings)


if __name__ == "__main__":
    main()
