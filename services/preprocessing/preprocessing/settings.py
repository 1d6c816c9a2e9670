"""The preprocessing service's settings: read once, in `main`, and passed on."""

from __future__ import annotations

from typing import Annotated

from chassis.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import NoDecode
from pydantic import field_validator


class PreprocessingSettings(ServiceSettings):
    """What an operator decides, by environment variables that begin with `TANDEM_`."""

    port: int = Field(8001, description="Port of the preprocessing service.")
    source_roots: Annotated[list[str], NoDecode] = Field(
        ["build/sources"],
        description="Folders that sources may be read from, separated by commas; a relative source starts at the first.",
    )
    spark_master: str = Field("local[*]", description="Where Spark runs: `local[*]` is inside the service's engine process.")
    spark_driver_memory: str = Field("1g", description="Heap of Spark's JVM. The data is in Python's tasks, not there.")

    @field_validator("source_roots", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
