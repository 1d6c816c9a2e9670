"""A job: its states, their transitions, and its JSON form. Pure: no clock, no database, no HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contracts.messages.jobs import State

__all__ = ["TRANSITIONS", "UNFINISHED", "Job", "JobEvent", "Progress", "State", "check_transition"]


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.RUNNING, State.SUCCEEDED, State.CANCELLED}),
    State.RUNNING: frozenset({State.PENDING, State.CANCEL_PENDING, State.SUCCEEDED, State.FAILED}),
    State.CANCEL_PENDING: frozenset({State.SUCCEEDED, State.CANCELLED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""A job that waits, or is being cancelled, succeeds when an earlier attempt is found to have published."""

UNFINISHED = frozenset(state for state in State if TRANSITIONS[state])


def check_transition(old: State, new: State) -> None:
    """Raise RuntimeError, a fault of this program, when `new` may not follow `old`. Staying is always allowed."""
    if new is not old and new not in TRANSITIONS[old]:
        raise RuntimeError(f"A job cannot go from {old} to {new}.")


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of the present attempt. `fraction` is between 0 and 1 over the whole job, or None while unknown."""

    phase: str = "queued"
    fraction: float | None = 0.0
    completed_tasks: int | None = None
    total_tasks: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form; `details` only when there are some."""
        shown: dict[str, Any] = {
            "phase": self.phase,
            "fraction": self.fraction,
            "completedTasks": self.completed_tasks,
            "totalTasks": self.total_tasks,
        }
        return {**shown, "details": dict(self.details)} if self.details else shown

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Progress:
        """Parse what `to_json` returned."""
        return cls(
            phase=value["phase"],
            fraction=value["fraction"],
            completed_tasks=value.get("completedTasks"),
            total_tasks=value.get("totalTasks"),
            details=value.get("details", {}),
        )


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work as it stands now. Times are seconds since the epoch; `attempt` is 0 until the first begins.

    `timeout`: seconds that all attempts together may run; `seconds_run`: how long those did that have ended without a result.
    `may_have_published`: an attempt has passed the fence, or may have in an earlier release, which did not record it.
    """

    id: str
    kind: str
    state: State
    attempt: int
    failures: int
    create_time: float
    update_time: float
    start_time: float | None
    progress: Progress
    request: dict[str, Any]
    response: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    resource: str | None = None
    timeout: float | None = None
    seconds_run: float = 0.0
    may_have_published: bool = False

    @property
    def seconds_left(self) -> float | None:
        """Seconds that an attempt that begins now may run; None: no limit."""
        return None if self.timeout is None else max(self.timeout - self.seconds_run, 0.0)

    @property
    def done(self) -> bool:
        """Return True once the job has reached a final state."""
        return self.state.done

    @property
    def path(self) -> str:
        """Return the path of the job over HTTP."""
        return f"/v1/jobs/{self.id}"

    def to_json(self) -> dict[str, Any]:
        """Return the job as clients see it. Exactly one of `response` and `error` is not null once `done`."""
        links = {"self": self.path, "events": f"{self.path}/events", "log": f"{self.path}/log"}
        if self.resource is not None and self.state is State.SUCCEEDED:
            links["resource"] = f"/v1/{self.resource}"
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state.value,
            "done": self.done,
            "attempt": self.attempt,
            "createTime": _rfc3339(self.create_time),
            "updateTime": _rfc3339(self.update_time),
            "progress": self.progress.to_json(),
            "request": self.request,
            "response": self.response,
            "error": self.error,
            "links": links,
        }


@dataclass(frozen=True, slots=True)
class JobEvent:
    """The job right after one change; `number` counts its changes from 1."""

    number: int
    job: Job
    is_progress: bool


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
