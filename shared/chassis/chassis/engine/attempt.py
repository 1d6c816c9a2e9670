"""One attempt of one job in a slot's child, from the claim to its end.

Cancel, timeout and shutdown ask the child to stop, and kill it when it does not; once it has passed the fence (`runner`) it
may finish.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from chassis.engine.process import ChildProcess, Message
from chassis.jobs.job import Job, Progress
from chassis.jobs.worker_store import JobWorkerStore
from chassis.problems import internal_problem, problem_of
from chassis.settings import ServiceSettings
from chassis.storage_presence import StoragePresence
from contracts.errors import Cancelled, DeadlineExceeded, StorageUnavailable, Superseded, TandemError, Unavailable
from contracts.messages.jobs import State

__all__ = ["Attempt"]

_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_BETWEEN_TRIES = 0.5
_LOST = (
    "the storage lost the files of this job while they were published, as when a mount drops. Nothing was published; start the "
    "job again once the storage is back"
)

_log = structlog.get_logger(module=__name__)
T = TypeVar("T")


class Attempt:
    """Follows the child until it is done, crashes, is cancelled, runs out of time, loses the lease, or the service stops.

    `receive(seconds)` returns the child's next message, or `wake` after that time.
    """

    def __init__(
        self,
        job: Job,
        child: ChildProcess,
        *,
        settings: ServiceSettings,
        leases: JobWorkerStore,
        storage: StoragePresence,
        receive: Callable[[float], Message],
        stopping: threading.Event,
    ) -> None:
        self._job = job
        self._child = child
        self._settings = settings
        self._leases = leases
        self._storage = storage
        self._receive = receive
        self._stopping = stopping
        self._key = (job.id, job.attempt)
        self._publishing = False
        self._winding_down = False
        self._timed_out = False
        self._last_phase = "starting"
        self._stop_at = None if job.seconds_left is None else time.monotonic() + job.seconds_left
        self._kill_at: float | None = None
        self._next_look = 0.0
        self._renewed = time.monotonic()
        self._log = _log.bind(job=job.id, kind=job.kind, attempt=job.attempt)

    def carry_out(self) -> tuple[Job | None, bool]:
        """Run the attempt to its end. Returns the job (None: another attempt holds it), and whether the child lives."""
        began = datetime.now(UTC).isoformat(timespec="seconds")
        self._child.print_to(
            self._settings.job_log(self._job.id), f"--- {self._job.kind}, attempt {self._job.attempt}, {began}\n"
        )
        self._log.info("attempt begins")
        away = self._storage.fault()
        try:
            job, alive = self._follow() if away is None else (self._fail(away), True)
        except BrokenPipeError:
            job, alive = self._crashed("it did not read its commands"), False
        self._log.info("attempt ends", state=None if job is None else job.state.value)
        if alive:
            self._child.print_to(None)
        return job, alive

    def _follow(self) -> tuple[Job | None, bool]:
        self._tell("run", kind=self._job.kind, request=self._job.request)
        while True:
            message = self._receive(self._seconds_to_wait())
            match message["say"]:
                case "progress":
                    self._note(message)
                case "fence":
                    self._answer_fence()
                case "done":
                    return self._succeeded(message), True
                case "failed":
                    return self._failed(message), True
                case "exit":
                    return self._crashed(_how_it_ended(message["status"])), False
                case "wake":
                    self._next_look = 0.0
                case unknown:
                    raise ValueError(f"The engine's process sent a message of an unknown kind. Received: {unknown!r}")
            self._heed_stop_and_timeout()
            if not self._still_holds():
                self._log.warning("lease lost to another attempt")
                return None, False
            if self._kill_at is not None and time.monotonic() >= self._kill_at:
                return self._crashed("it did not stop when it was asked to"), False

    # --- messages of the child

    def _note(self, message: Message) -> None:
        self._last_phase = message["phase"]
        progress = Progress(
            phase=message["phase"],
            fraction=message["fraction"],
            completed_tasks=message["completedTasks"],
            total_tasks=message["totalTasks"],
            details=message["details"],
        )
        try:
            self._leases.progress(*self._key, progress)
        except SQLAlchemyError:
            self._log.warning("progress could not be written", exc_info=True)

    def _answer_fence(self) -> None:
        if self._timed_out:
            self._tell("fenced", verdict="cancelled")
            return
        if self._storage.fault() is not None:  # what was written is not there, or hidden once the storage is back
            self._tell("fenced", verdict="away")
            return
        try:
            self._insist(lambda: self._leases.fence(*self._key, self._settings.lease_seconds))
        except Cancelled:
            verdict = "cancelled"
        except Superseded:
            verdict = "superseded"
        else:
            verdict, self._publishing = "go", True
            self._renewed = time.monotonic()
        self._tell("fenced", verdict=verdict)

    def _succeeded(self, message: Message) -> Job | None:
        return self._insist(lambda: self._leases.succeed(*self._key, message["response"]))

    def _failed(self, message: Message) -> Job | None:
        if self._winding_down:
            return self._insist(lambda: self._leases.release(*self._key))
        if self._timed_out:
            return self._ran_out_of_time()
        fault = self._fault_of_storage(message)
        if fault is not None:
            return self._fail(fault)
        error = {**message["problem"], "instance": self._job.path}
        self._log.info("the job failed", error=message["error"], detail=error["detail"])
        return self._insist(lambda: self._leases.fail(*self._key, error))

    def _fail(self, error: TandemError) -> Job | None:
        problem = problem_of(error).at(self._job.path)
        self._log.info("the job failed", error=type(error).__name__, detail=error.message)
        return self._insist(lambda: self._leases.fail(*self._key, problem.to_json()))

    def _fault_of_storage(self, message: Message) -> StorageUnavailable | None:
        """Return what the failure means if it came of a storage that is away: files that are not there, found in many ways."""
        if message["error"] == Superseded.__name__:
            # By nobody, or this attempt would not hold the job any more, and its failure would not be recorded.
            return self._storage.fault() or StorageUnavailable(_LOST)
        is_by_absence = message["problem"]["status"] in {HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR}
        return self._storage.fault() if is_by_absence else None

    def _crashed(self, how: str) -> Job | None:
        """End the attempt of a child that is gone, or does not listen: it is killed first, so that it publishes nothing more."""
        self._child.end()
        if self._winding_down:
            return self._insist(lambda: self._leases.release(*self._key))
        if self._timed_out:
            return self._ran_out_of_time()
        self._log.warning("the engine's process ended during the job", how=how)
        times = self._settings.max_attempts
        problem = internal_problem(
            f"The engine's process ended {times} times while it ran this job; the last time {how}. "
            f"See the job's log: {self._job.path}/log"
        )
        return self._insist(lambda: self._leases.crashed(*self._key, times, problem.to_json()))

    def _ran_out_of_time(self) -> Job | None:
        """Fail the job by its timeout; the child has stopped, or is about to be killed."""
        problem = problem_of(
            DeadlineExceeded(
                f"The job was stopped by its timeout of {self._job.timeout:g} seconds; nothing was published. "
                f"Last phase: {self._last_phase!r}.",
                pointer="/timeout",
            )
        ).at(self._job.path)
        self._log.info("the job ran out of time", phase=self._last_phase)
        return self._insist(lambda: self._leases.fail(*self._key, problem.to_json()))

    # --- the job table and the service

    def _heed_stop_and_timeout(self) -> None:
        if self._stopping.is_set() and not self._winding_down:
            self._wind_down()
        if self._stop_at is not None and time.monotonic() >= self._stop_at and self._may_run_out_of_time:
            self._timed_out = True
            self._ask_to_stop()

    def _still_holds(self) -> bool:
        """Poll the job, renew the lease, and pass a cancel on. False once another attempt holds the job."""
        now = time.monotonic()
        if now < self._next_look:
            return True
        self._next_look = now + min(_SECONDS_BETWEEN_LOOKS, self._settings.heartbeat_seconds)
        try:
            if now - self._renewed >= self._settings.heartbeat_seconds:
                state = self._leases.heartbeat(*self._key, self._settings.lease_seconds)
                self._renewed = now
            else:
                state = self._leases.state_of(*self._key)
        except SQLAlchemyError:
            self._log.warning("job table unavailable", exc_info=True)
            return now - self._renewed < self._settings.lease_seconds
        if state is State.CANCEL_PENDING:
            self._ask_to_stop()
        return state is not None

    def _ask_to_stop(self) -> None:
        if self._kill_at is None:
            self._kill_at = time.monotonic() + self._settings.cancel_grace_seconds
            self._tell("cancel")

    def _wind_down(self) -> None:
        self._winding_down = True
        if self._publishing:  # let it finish if it can: a cancel would only stop it half way
            self._kill_at = time.monotonic() + self._settings.cancel_grace_seconds
        else:
            self._ask_to_stop()

    @property
    def _may_run_out_of_time(self) -> bool:
        """True while the timeout applies: not to a job that is being stopped, and not behind the fence."""
        return not (self._timed_out or self._winding_down or self._publishing)

    # --- mechanics

    def _tell(self, do: str, **more: object) -> None:
        self._child.send({"do": do, "job": self._job.id, "attempt": self._job.attempt, **more})

    def _seconds_to_wait(self) -> float:
        moments = [self._next_look, self._kill_at, self._stop_at if self._may_run_out_of_time else None]
        return max(min(moment for moment in moments if moment is not None) - time.monotonic(), 0.0)

    def _insist(self, action: Callable[[], T]) -> T:
        """Retry while the job table is unavailable, until the lease must have expired, and while the storage is.

        That may take long: until it tells whether the job has published, or the service stops.
        """
        pause = min(_SECONDS_BETWEEN_TRIES, self._settings.heartbeat_seconds)
        while True:
            try:
                return action()
            except SQLAlchemyError:
                if time.monotonic() - self._renewed > self._settings.lease_seconds:
                    raise
                self._log.warning("job table unavailable", exc_info=True)
                time.sleep(pause)
            except Unavailable as away:
                if self._stopping.wait(pause):
                    raise
                self._log.warning("the end of the job cannot be recorded yet", reason=away.message)
                self._keep_lease()
            pause = min(2 * pause, self._settings.heartbeat_seconds)

    def _keep_lease(self) -> None:
        try:
            self._leases.heartbeat(*self._key, self._settings.lease_seconds)
            self._renewed = time.monotonic()
        except SQLAlchemyError:
            self._log.warning("job table unavailable", exc_info=True)


def _how_it_ended(status: int | None) -> str:
    if status is None:
        return "for an unknown reason"
    if status >= 0:
        return f"with exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"killed by {name}" + (", perhaps out of memory" if name == "SIGKILL" else "")
