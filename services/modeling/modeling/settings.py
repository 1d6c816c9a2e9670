"""Settings of the modeling service, in addition to those of every service."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Annotated

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from chassis.settings import ADDRESS, ServiceSettings
from contracts.base_model import Name

_ROUTE = r"^/[^{}?#\s]*$"


class ModelingSettings(ServiceSettings):
    """Each field is read from the environment variable TANDEM_ followed by its name in capitals."""

    model_config = SettingsConfigDict(
        populate_by_name=True, env_ignore_empty=True
    )  # Vertex AI sets what it has no value for

    port: int = Field(
        default=8002,
        ge=0,
        le=65535,
        validation_alias=AliasChoices("AIP_HTTP_PORT", "SAGEMAKER_BIND_TO_PORT", "TANDEM_PORT"),
        description="Port to listen on. 0: any. Vertex AI's `AIP_HTTP_PORT` and SageMaker's `SAGEMAKER_BIND_TO_PORT` go first.",
    )
    storage: str = Field(
        default="build/storage",
        validation_alias=AliasChoices("AIP_STORAGE_URI", "TANDEM_STORAGE"),
        description="Where datasets and models are published: a folder or a URI. Vertex AI's `AIP_STORAGE_URI` goes before it.",
    )
    default_model: Name | None = Field(
        default=None,
        description="The model that answers where a path names none: `/invocations`, and Vertex AI's predict route. Left out: "
        "the only one there is.",
    )
    vertex_predict_route: str | None = Field(
        default=None,
        pattern=_ROUTE,
        validation_alias=AliasChoices("AIP_PREDICT_ROUTE", "TANDEM_VERTEX_PREDICT_ROUTE"),
        description="One more path for predictions, in Vertex AI's form. `AIP_PREDICT_ROUTE` goes before it.",
    )
    vertex_health_route: str | None = Field(
        default=None,
        pattern=_ROUTE,
        validation_alias=AliasChoices("AIP_HEALTH_ROUTE", "TANDEM_VERTEX_HEALTH_ROUTE"),
        description="One more path for readiness. `AIP_HEALTH_ROUTE` goes before it.",
    )
    keep_versions: int | None = Field(
        default=None,
        ge=1,
        description="Newest versions of each model that are kept, in addition to those with a label, the default one and those "
        "younger than `TANDEM_KEEP_VERSIONS_DAYS`. Others are removed at the start and once a day. Both left out: all are kept.",
    )
    keep_versions_days: float | None = Field(
        default=None, gt=0, description="Age in days up to which a version is kept: see `TANDEM_KEEP_VERSIONS`."
    )
    keep_predictions_days: float | None = Field(
        default=None,
        gt=0,
        description="Age in days past which published batch predictions are removed, at the start and once a day. Left out: they "
        "are kept.",
    )
    preprocessing_url: str | None = Field(
        default=None,
        pattern=ADDRESS,
        description="Address of the preprocessing service as a browser reaches it, or its path on this host: pages then lead "
        "to the reports of its datasets.",
    )
    poll_seconds: float = Field(
        default=1.0, gt=0, description="How often the storage is looked at for new versions of models."
    )
    rescan_seconds: float = Field(
        default=300.0,
        gt=0,
        description="How often every model of an object store is looked at, as for versions that others than the services have "
        "copied or removed there. The services' own changes are noticed by `poll_seconds`; on a local file system all are.",
    )
    loading_share: float = Field(
        default=0.03,
        gt=0,
        le=1,
        description="Of the time, what a new version takes to load while predictions are asked for; the rest is theirs. "
        "1: it does not wait for them.",
    )
    predict_threads: int = Field(default=2, ge=1, description="Predictions that are computed side by side.")
    predict_queue: int = Field(
        default=128, ge=0, description="Predictions that may wait for a thread; past it, 429 with Retry-After."
    )
    predict_batch_rows: int = Field(
        default=64, ge=1, le=1024, description="Rows up to which waiting requests are computed together; 1: never."
    )
    predict_max_rows: int = Field(default=100_000, ge=1, description="Rows that one request may hold; more: 400.")
    predict_timeout_seconds: float = Field(
        default=60,
        gt=0,
        description="After how long a prediction is given up with 504; a client asks for less by `X-Request-Timeout: seconds`.",
    )
    prediction_log: float = Field(
        default=0,
        ge=0,
        le=1,
        description="Share of the predicted rows that are logged, as Parquet files in the storage, for `:skew`. 0: none.",
    )
    prediction_log_redacted: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Features left out of that log, `feature` or `model.feature`, separated by commas, or as a JSON list.",
    )
    prediction_log_seconds: float = Field(
        default=60, gt=0, description="How long logged rows are held in memory before a file is made of them."
    )
    prediction_log_megabytes: int = Field(
        default=1024, ge=1, description="All files of the log together; past it, the oldest are removed."
    )
    older_versions: int = Field(
        default=4, ge=0, description="Versions besides the newest of each model that stay loaded once asked for."
    )

    @field_validator("prediction_log_redacted", mode="before")
    @classmethod
    def _features_separated_by_commas(cls, value: object) -> object:
        """Split the features at commas, or parse a JSON list, which names with commas or outer spaces need."""
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return [part.strip() for part in value.split(",") if part.strip()]

    def contradictions(self) -> Iterator[str]:
        """Yield those of all services, and those of clusters and of Vertex AI's paths."""
        yield from super().contradictions()
        if os.environ.get("TF_CONFIG") and self.jobs_at_once > 1:
            yield (
                "a cluster (TF_CONFIG) runs one job at a time: TANDEM_JOBS_AT_ONCE must be 0 or 1. Received: "
                f"{self.jobs_at_once}"
            )
        if self.vertex_predict_route is not None and self.vertex_predict_route == self.vertex_health_route:
            yield (
                "predictions and readiness need two paths: AIP_PREDICT_ROUTE and AIP_HEALTH_ROUTE "
                "(TANDEM_VERTEX_PREDICT_ROUTE and TANDEM_VERTEX_HEALTH_ROUTE) are both "
                f"{self.vertex_predict_route!r}"
            )
