"""The engine in the jobs' child process: keeps a Spark session warm and runs jobs on it, of the kinds in `job_kinds`."""

from __future__ import annotations

import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from chassis.engine.engine import Engine, JobContext
from contracts.errors import InvalidRequest, TandemError
from preprocessing.job_kinds import KINDS
from preprocessing.sampled_rows import SampledRows
from preprocessing.settings import PreprocessingSettings
from preprocessing.spark.sampled_labels import sampled_labels
from preprocessing.spark.session import session_beyond_jobs, start_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def create(settings_json: str) -> Engine:
    """Make the engine from the service's settings as JSON."""
    return SparkEngine(PreprocessingSettings.model_validate_json(settings_json))


_LOST_WORKER = "Python worker exited unexpectedly"
"""Spark's words for a worker that was killed, by itself or with its daemon; embedded, Spark does not try the task again."""


class SparkEngine:
    """One session for all jobs of the process, since starting one takes seconds."""

    def __init__(self, settings: PreprocessingSettings) -> None:
        self.settings = settings
        self.session: SparkSession | None = None
        self._question_session: SparkSession | None = None
        self._answering = threading.Lock()

    def warm(self) -> None:
        """Start the session, and a Python worker per core with the kernels loaded."""
        KINDS.load()
        self.session = start_session(self.settings)

    def run(self, kind: str, request: dict[str, Any], context: JobContext) -> dict[str, Any]:
        """Run a job and return its response as JSON. Raises `ValueError` for an unknown kind.

        Exits the process if the JVM or a worker has died, so that the job is retried in a new process.
        """
        declared = KINDS[kind]
        if self.session is None:
            self.warm()
        assert self.session is not None
        try:
            return declared.load()(declared.request.model_validate(request), context, self.settings, self.session)
        except TandemError:
            raise
        except Exception as error:
            is_alive = self._is_alive()
            if is_alive and _LOST_WORKER not in str(error):
                raise
            traceback.print_exc()
            # The service sees a crashed attempt, and tries it again in a new process with a new JVM and new workers.
            sys.exit("a worker was killed" if is_alive else "the JVM is gone")

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the labels of sampled rows: see `spark.sampled_labels`. Raises `InvalidRequest` and `InvalidData`."""
        sample = SampledRows.model_validate(question)
        with self._answering:
            if self.session is None:
                raise InvalidRequest("Spark is not ready")
            if self._question_session is None:
                self._question_session = session_beyond_jobs(self.session, self.settings)
            return {"labels": sampled_labels(self._question_session, sample)}

    def _is_alive(self) -> bool:
        """Return whether the Spark session still runs jobs."""
        try:
            return self.session is not None and self.session.range(1).count() == 1
        except Exception:  # noqa: BLE001 - whatever it is, a session that cannot count to one is no use
            return False

    def close(self) -> None:
        """Stop the session, and the JVM with it."""
        if self.session is not None:
            self.session.stop()
