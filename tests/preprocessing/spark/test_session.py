"""The embedded session: what it must not do, and where it listens."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("spark.sql.ansi.enabled", "true"),
        ("spark.sql.session.timeZone", "UTC"),
        ("spark.sql.adaptive.enabled", "false"),
        ("spark.ui.enabled", "false"),
        ("spark.driver.bindAddress", "127.0.0.1"),
        ("spark.python.daemon.module", "preprocessing.spark.worker_daemon"),
    ],
)
def test_options_are_set(spark: SparkSession, name: str, value: str) -> None:
    assert spark.conf.get(name) == value


def test_the_service_listens_to_itself_alone(spark: SparkSession) -> None:
    assert os.environ["SPARK_LOCAL_IP"] == "127.0.0.1"
    assert (spark.sparkContext.master or "").startswith("local")
    assert spark.sparkContext.uiWebUrl is None


def test_sql_cannot_read_files(spark: SparkSession) -> None:
    with pytest.raises(Exception, match=r"TABLE_OR_VIEW_NOT_FOUND|UNSUPPORTED_DATASOURCE|not.*found"):
        _ = spark.sql("SELECT * FROM text.`/etc/hostname`").schema
