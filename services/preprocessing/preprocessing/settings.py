"""The preprocessing service's settings: read once, in `main`, and passed on."""

from __future__ import annotations

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class PreprocessingSettings(ServiceSettings):
    """What an operator decides, by environment variables that begin with `TANDEM_`."""

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
    spark_driver_memory: str = Field(
        default="1g", description="Heap of Spark's JVM. The data is in Python's tasks, not there."
    )
