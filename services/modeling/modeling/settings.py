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
    older_versions: int = Field(
        default=4, ge=0, description="Versions besides the newest of each model that stay loaded once asked for."
    )
