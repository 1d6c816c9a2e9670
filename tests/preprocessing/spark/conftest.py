"""The Spark session of all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from preprocessing.engine import SparkEngine

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture
def spark(engine: SparkEngine) -> SparkSession:
    assert engine.session is not None
    return engine.session
