"""The interface between the child process and a service's engine: `Engine`, and a `JobContext` per job. Runs in the child.

class Squares:
    def warm(self) -> None: ...
    def run(self, kind: str, request: dict[str, Any], context: JobContext) -> dict[str, Any]:
        context.progress("square", 0.5)
        context.fence()
        return {"square": request["number"] ** 2}
    def close(self) -> None: ...

def make(settings_json: str) -> Engine:      # named to `create_app` as "squares:make"
    return Squares()
"""

from __future__ import annotations

import math
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from contracts.errors import Cancelled, StorageUnavailable, Superseded

__all__ = ["AnsweringEngine", "Engine", "EngineFactory", "JobContext"]

_SECONDS_BETWEEN_REPORTS = 0.1

Ask = Callable[[], str]
Tell = Callable[[dict[str, Any]], None]


class Engine(Protocol):
    """The heavy part of a service. One at a time runs in a child, on its main thread, for one job after another."""

    def warm(self) -> None:
        """Get ready; called once, before any job. Raises if the engine cannot work."""
        ...

    def run(self, kind: str, request: dict[str, Any], context: JobContext) -> dict[str, Any]:
        """Do one attempt of a job and return the job's `response`, plain JSON.

        A TandemError fails the job for good; any other exception does too, as a fault of the program. Call
        `context.fence()` right before publishing. An attempt that crashed behind its fence is tried again, so publishing
        what the same job has published already must be harmless.
        """
        ...

    def close(self) -> None:
        """Release everything; the process ends next."""
        ...


@runtime_checkable
class AnsweringEngine(Protocol):
    """An engine that also answers short questions, on a thread of its own, while it may run a job."""

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer, plain JSON. Raises a TandemError for a question that has none."""
        ...


EngineFactory = Callable[[str], Engine]
"""Makes the engine from the service's settings as JSON."""


class JobContext:
    """One attempt of one job, as its engine sees it. Every method may be called from any thread."""

    def __init__(self, job_id: str, attempt: int, *, tell: Tell, ask_fence: Ask) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self._tell = tell
        self._ask_fence = ask_fence
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._callbacks: list[Callable[[], object]] = []
        self._phase: str | None = None
        self._next_report = 0.0

    @classmethod
    def alone(cls, job_id: str = "job", attempt: int = 1, tell: Tell = lambda _: None) -> JobContext:
        """Return a context without a service, to run an engine by hand; its fence always passes."""
        return cls(job_id, attempt, tell=tell, ask_fence=lambda: "go")

    def progress(
        self, phase: str, fraction: float, *, completed: int | None = None, total: int | None = None, **details: Any
    ) -> None:
        """Report progress: `fraction` (0 to 1) of the whole job, and tasks `completed` of `total` where there are tasks.

        Cheap to call often: about ten reports a second get through, and always a new phase and a fraction of 1.
        Raises Cancelled when the job was asked to stop.
        """
        self.check()
        with self._lock:
            now = time.monotonic()
            if phase == self._phase and fraction != 1 and now < self._next_report:
                return
            self._phase, self._next_report = phase, now + _SECONDS_BETWEEN_REPORTS
        self._tell(
            {
                "say": "progress",
                "phase": phase,
                "fraction": min(max(fraction, 0.0), 1.0) if math.isfinite(fraction) else None,
                "completedTasks": completed,
                "totalTasks": total,
                "details": details,
            }
        )

    def check(self) -> None:
        """Raise Cancelled when the job was asked to stop."""
        if self._cancelled.is_set():
            raise Cancelled

    def fence(self) -> None:
        """Ask whether this attempt may publish. After it returns, cancel is too late.

        Raises Superseded when another attempt owns the job, Cancelled when cancel came first, StorageUnavailable when the
        storage has gone away since the job began.
        """
        self.check()
        verdict = self._ask_fence()
        if verdict == "cancelled":
            raise Cancelled
        if verdict == "away":
            raise StorageUnavailable(
                "the storage went away while this job ran, as when a mount drops. Nothing was published; start the job again "
                "once the storage is back"
            )
        if verdict != "go":
            raise Superseded

    def on_cancel(self, callback: Callable[[], object]) -> None:
        """Call `callback`, on a thread of its own, once the job is asked to stop; at once if it was already."""
        with self._lock:
            self._callbacks.append(callback)
            late = self._cancelled.is_set()
        if late:
            self._call(callback)

    def cancel(self) -> None:
        """Raise the flag and call the callbacks. For the child, when the service passes a cancel on."""
        with self._lock:
            if self._cancelled.is_set():
                return
            self._cancelled.set()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            self._call(callback)

    def _call(self, callback: Callable[[], object]) -> None:
        def call() -> None:
            try:
                callback()
            except Exception:  # noqa: BLE001 - only a hint to hurry: the log shows it, and the group is killed soon anyway
                traceback.print_exc()

        threading.Thread(target=call, name="on-cancel", daemon=True).start()
