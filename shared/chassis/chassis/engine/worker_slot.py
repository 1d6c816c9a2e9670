"""A worker slot: a thread and its child process, which it keeps warm, and replaces when it has ended."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from enum import StrEnum

import structlog

from chassis.engine.attempt import Attempt
from chassis.engine.process import ChildProcess, Message
from chassis.jobs.endings import Endings
from chassis.jobs.job import Job
from chassis.jobs.lease_owner import this_process
from chassis.jobs.worker_store import JobWorkerStore
from chassis.lasting_thread import LastingThread
from chassis.settings import ServiceSettings
from contracts.errors import Overloaded

__all__ = ["EngineState", "WorkerSlot"]

_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_TO_CLOSE = 3.0
_LONGEST_PAUSE = 30.0

_log = structlog.get_logger(module=__name__)


class EngineState(StrEnum):
    """State of a slot's child process."""

    COLD = "cold"  # not started: no job has needed this slot yet
    WARMING = "warming"  # started, not ready yet; jobs wait
    READY = "ready"  # warm
    BROKEN = "broken"  # it could not start; it is started again, with ever longer pauses


class WorkerSlot(LastingThread):
    """Claims and carries out one job at a time. The first slot is warm from the start, the others on demand."""

    def __init__(
        self,
        number: int,
        *,
        service: str,
        engine: str,
        settings: ServiceSettings,
        leases: JobWorkerStore,
        stopping: threading.Event,
        endings: Endings,
    ) -> None:
        super().__init__(f"job-slot-{number}", self._next_turn, stopping)
        self.engine_state = EngineState.COLD if number else EngineState.WARMING
        self._number = number
        self._service = service
        self._engine = engine
        self._settings = settings
        self._leases = leases
        self._owner = this_process()
        self._stopping = stopping
        self._endings = endings
        self._inbox: queue.SimpleQueue[tuple[ChildProcess | None, Message]] = queue.SimpleQueue()
        self._child: ChildProcess | None = None
        self._failed_starts = 0

    def wake(self) -> None:
        """Make the slot poll the job table now. From any thread."""
        self._inbox.put((None, {"say": "wake"}))

    def ask(self, question: Message, seconds: float) -> Message:
        """Return the engine's answer to a short question. From any thread; raises as `ChildProcess.ask`."""
        child = self._child
        if child is None or self.engine_state is not EngineState.READY:
            raise Overloaded("the engine is not ready")
        return child.ask(question, seconds)

    def interrupted(self) -> None:
        """End the child; the lease of a job that it ran then runs out."""
        with contextlib.suppress(Exception):
            self._end_child()

    def finish(self) -> None:
        """End the child."""
        self._end_child(_SECONDS_TO_CLOSE)

    def _next_turn(self) -> None:
        if self._child is None and self._number and not self._leases.has_waiting():
            self._receive(_SECONDS_BETWEEN_LOOKS)
            return
        if self._child is None and not self._start_child():
            return
        assert self._child is not None
        job = self._leases.claim(self._owner, self._settings.lease_seconds)
        if job is not None:
            self._carry_out(job, self._child)
        elif self._receive(_SECONDS_BETWEEN_LOOKS)["say"] == "exit":
            _log.warning("the idle engine ended", slot=self._number)
            self._end_child()

    def _carry_out(self, job: Job, child: ChildProcess) -> None:
        attempt = Attempt(
            job,
            child,
            settings=self._settings,
            leases=self._leases,
            storage=self._endings.storage,
            receive=self._receive,
            stopping=self._stopping,
        )
        left, alive = attempt.carry_out()
        if not alive:
            self._end_child()
        if left is None:
            self._endings.lost(job)
        elif left.done:
            self._endings.ended(left)

    # --- the child

    def _start_child(self) -> bool:
        """Start and warm a child. False when that failed, or the service is stopping."""
        self.engine_state = EngineState.WARMING if self._failed_starts == 0 else EngineState.BROKEN
        began = time.monotonic()
        self._child = ChildProcess(
            service=self._service,
            engine=self._engine,
            settings_json=self._settings.model_dump_json(),
            niceness=self._settings.engine_niceness,
            log=self._settings.engine_log(self._service, self._number),
            max_log_bytes=self._settings.job_log_bytes,
            receive=lambda child, message: self._inbox.put((child, message)),
        )
        while not self._stopping.is_set():
            message = self._receive(_SECONDS_BETWEEN_LOOKS)
            if message["say"] == "ready":
                self.engine_state, self._failed_starts = EngineState.READY, 0
                _log.info("engine is warm", slot=self._number, seconds=round(time.monotonic() - began, 3))
                return True
            if message["say"] in {"unready", "exit"} or time.monotonic() - began > self._settings.warm_seconds:
                why = message.get("detail", "it ended, or took too long")
                _log.error("engine could not start; see its log", slot=self._number, why=why)
                self._failed_starts += 1
                self._end_child()
                self.engine_state = EngineState.BROKEN
                self._stopping.wait(min(2.0 ** (self._failed_starts - 1), _LONGEST_PAUSE))
                return False
        return False

    def _end_child(self, polite_seconds: float = 0.0) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end(polite_seconds)
            self.engine_state = EngineState.COLD if self._number else EngineState.WARMING

    def _receive(self, seconds: float) -> Message:
        """Return the next message of the present child, or `wake` after a wake-up or at the end of the time."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(queue.Empty):
                child, message = self._inbox.get(timeout=max(deadline - time.monotonic(), 0.0))
                if child is not None and child is not self._child:
                    continue  # the last words of an earlier one
                return message
            return {"say": "wake"}
