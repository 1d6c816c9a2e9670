"""The preprocessing service: `python -m preprocessing.main`."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI

from chassis.app import create_app, serve
from contracts.dataset import discard_unpublished, sweep_datasets
from contracts.storage import Storage
from preprocessing.api import datasets, schemas, statistics
from preprocessing.settings import PreprocessingSettings

DESCRIPTION = """Datasets for TensorFlow from raw tables, by Apache Spark.

Post a request to **`POST /v1/datasets`**, follow the job, and train from the dataset with the modeling service.
Sources are CSV, TSV, JSON lines, Parquet, Arrow, ORC and Avro files below the service's source roots, and what Spark reads.

| `records` | Spark writes | who fills in missing values |
|---|---|---|
| `none` | statistics and vocabularies | the graph, at each epoch, from the raw files |
| `raw` | typed examples; a missing value is an absent feature | the graph, at each epoch |
| `transformed` | final numbers | Spark, once; the graph still does it for predictions |
"""


def make_app(settings: PreprocessingSettings) -> FastAPI:
    """The application."""
    storage = Storage(settings.storage)
    return create_app(
        service="preprocessing",
        title="Tandem: preprocessing",
        description=DESCRIPTION,
        version=version("tandem-preprocessing"),
        settings=settings,
        routers=[datasets.router, statistics.router, schemas.router],
        engine="preprocessing.engine:create",
        tidy_up=lambda job: discard_unpublished(storage, job.request["name"], job.id),
        sweep=lambda judge: sweep_datasets(storage, judge),
    )


def main() -> None:
    """Read the settings from the environment, and serve until told to stop."""
    settings = PreprocessingSettings()
    serve(lambda: make_app(settings), settings)


if __name__ == "__main__":
    main()
