"""What an operator may choose for the modeling service, beside what holds for every service."""

from __future__ import annotations

from pydantic import Field

from chassis.settings import ServiceSettings


class ModelingSettings(ServiceSettings):
    """Each field is read from the environment variable TANDEM_ followed by its name in capitals."""

    port: int = Field(default=8002, ge=0, le=65535, description="Port to listen on. 0: any.")
    poll_seconds: float = Field(
        default=1.0, gt=0, description="How often the storage is looked at for new versions of models."
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
    older_versions: int = Field(
        default=4, ge=0, description="Versions besides the newest of each model that stay loaded once asked for."
    )
