"""What the service's child process runs: a warm Spark session, and dataset jobs on it."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any

from chassis.engine.engine import Engine, JobContext
from contracts.errors import TandemError
from contracts.storage import Storage
from preprocessing.messages import DatasetRequest
from preprocessing.pipeline import make_dataset
from preprocessing.publishing import summary
from preprocessing.settings import PreprocessingSettings
from preprocessing.spark.session import start_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def create(settings_json: str) -> Engine:
    """The engine, as `chassis.app.create_app` names it."""
    return SparkEngine(PreprocessingSettings.model_validate_json(settings_json))


class SparkEngine:
    """One session for all jobs of the process, since starting one takes seconds."""

    def __init__(self, settings: PreprocessingSettings) -> None:
        self.settings = settings
        self.session: SparkSession | None = None

    def warm(self) -> None:
        """Start the session, and a Python worker per core with the kernels loaded."""
        self.session = start_session(self.settings)

    def run(self, kind: str, request: dict[str, Any], context: JobContext) -> dict[str, Any]:  # noqa: ARG002 - the only kind
        """Make the dataset that the request asks for."""
        if self.session is None:
            self.warm()
        assert self.session is not None
        try:
            made = make_dataset(
                DatasetRequest.model_validate(request),
                spark=self.session,
                storage=Storage(self.settings.storage),
                settings=self.settings,
                context=context,
            )
        except TandemError:
            raise
        except Exception:
            if self._is_alive():
                raise
            traceback.print_exc()
            # The service sees a crashed attempt, and tries it again in a new process with a new JVM.
            sys.exit("the JVM is gone")
        return summary(made)

    def _is_alive(self) -> bool:
        """Whether Spark still answers."""
        try:
            return self.session is not None and self.session.range(1).count() == 1
        except Exception:  # noqa: BLE001 - whatever it is, a session that cannot count to one is no use
            return False

    def close(self) -> None:
        """Stop the session, and the JVM with it."""
        if self.session is not None:
            self.session.stop()
