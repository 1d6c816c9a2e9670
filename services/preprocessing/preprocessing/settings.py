"""The preprocessing service's settings: read once, in `main`, and passed on."""

from __future__ import annotations

from pydantic import Field

from chassis.settings import ServiceSettings


class PreprocessingSettings(ServiceSettings):
    """What an operator decides, by environment variables that begin with `TANDEM_`."""

    port: int = Field(default=8001, ge=0, le=65535, description="Port to listen on. 0: any.")
    spark_master: str = Field(
        default="local[*]", description="Where Spark runs: `local[*]` is inside the service's engine process."
    )
    spark_driver_memory: str = Field(
        default="1g", description="Heap of Spark's JVM. The data is in Python's tasks, not there."
    )
