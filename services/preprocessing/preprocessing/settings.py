"""The preprocessing service's settings: read once, in `main`, and passed on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from chassis.settings import ADDRESS, ServiceSettings


class PreprocessingSettings(ServiceSettings):
    """Settings of the preprocessing service, from environment variables that begin with `TANDEM_`."""

    model_config = SettingsConfigDict(populate_by_name=True)

    port: int = Field(default=8001, ge=0, le=65535, description="Port to listen on. 0: any.")
    spark_master: str = Field(
        default="local[*]",
        validation_alias=AliasChoices("TANDEM_SPARK_MASTER", "SPARK_MASTER"),
        description="Where Spark runs: `local[*]` is inside the service's engine process; `spark://host:7077`, `yarn` or "
        "`k8s://…` a cluster. `SPARK_MASTER` is read too.",
    )
    spark_remote: str | None = Field(
        default=None,
        validation_alias=AliasChoices("TANDEM_SPARK_REMOTE", "SPARK_REMOTE"),
        description="A Spark Connect server, `sc://host:15002/;token=…`, in place of a master. `SPARK_REMOTE` is read too.",
    )
    spark_options: dict[str, str] = Field(
        default={},
        description="Spark's own properties, as a JSON object; they go before ours. "
        'Example: `{"spark.executor.memory": "8g"}`.',
    )
    spark_formats: dict[str, list[str]] = Field(
        default={"orc": ["mergeSchema"], "parquet": ["mergeSchema"], "json": ["multiLine"], "xml": ["rowTag"]},
        description="What `format: spark` may read: Spark's formats, and the options of each that a request may give, as a "
        "JSON object. An option may name a server or a file: allow none that does.",
    )
    spark_tables: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Tables of Spark's catalog that `format: spark` may read, as patterns (`sales.*`), separated by commas.",
    )
    spark_driver_memory: str = Field(
        default="1g", description="Heap of Spark's JVM. The data is in Python's tasks, not there."
    )

    upload_megabytes: int = Field(
        default=0,
        ge=0,
        description="Largest file, in megabytes, that a client may upload below the first source root by "
        "`PUT /v1/sources/{path}`. 0: uploads are refused.",
    )
    modeling_url: str | None = Field(
        default=None,
        pattern=ADDRESS,
        description="Address of the modeling service as a browser reaches it, or its path on this host: pages then lead there.",
    )
    report_rows: int = Field(
        default=10,
        ge=0,
        le=100,
        description="Rows of the source that a dataset's report shows, of those that the dataset keeps. 0: none, where reports "
        "have readers that may not see the data.",
    )

    @field_validator("spark_tables", mode="before")
    @classmethod
    def _tables_by_commas(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    def contradictions(self) -> Iterator[str]:
        """Yield those of all services, and those of Spark."""
        yield from super().contradictions()
        if self.spark_remote is not None and self.spark_master != type(self).model_fields["spark_master"].default:
            yield (
                "TANDEM_SPARK_REMOTE takes the place of TANDEM_SPARK_MASTER; leave one of them out. Received: "
                f"{self.spark_remote!r} and {self.spark_master!r}"
            )
        if not {"spark.master", "spark.remote"}.isdisjoint(self.spark_options):
            yield (
                "TANDEM_SPARK_OPTIONS must not hold spark.master or spark.remote: set TANDEM_SPARK_MASTER or "
                "TANDEM_SPARK_REMOTE"
            )
