"""The job resource of both services."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class State(StrEnum):
    """The state of a job."""

    PENDING = "PENDING"  # waits for a free slot: new, or given back after a crash or a shutdown
    RUNNING = "RUNNING"  # an attempt holds the lease
    CANCEL_PENDING = "CANCEL_PENDING"  # cancel was asked for while an attempt ran; that attempt is being stopped
    SUCCEEDED = "SUCCEEDED"  # done: `response` is the result
    FAILED = "FAILED"  # done: `error` is the reason; nothing was published
    CANCELLED = "CANCELLED"  # done: stopped on request, and nothing was published

    @property
    def done(self) -> bool:
        """Return True if no other state can follow."""
        return self in {State.SUCCEEDED, State.FAILED, State.CANCELLED}


class _Message(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ProgressMessage(_Message):
    """Progress of the present attempt."""

    phase: str = Field(description="The present step, such as `analyze`; `queued` while the job waits.")
    fraction: float | None = Field(description="Share of the whole job that is done, 0 to 1; null while unknown.")
    completed_tasks: int | None = Field(description="Tasks of this phase that are done, where there are tasks.")
    total_tasks: int | None = Field(description="Tasks of this phase.")
    details: dict[str, Any] = Field(
        default={}, description="Further values, by the kind of job; absent when there are none."
    )


class JobMessage(_Message):
    """A job as it is now."""

    id: str
    kind: str = Field(description="The kind of job, such as `dataset`.")
    state: State
    done: bool = Field(
        description="True once the state is final. Then exactly one of `response` and `error` is not null."
    )
    attempt: int = Field(description="Number of attempts begun.")
    create_time: str = Field(description="RFC 3339, UTC.")
    update_time: str = Field(description="RFC 3339, UTC.")
    progress: ProgressMessage
    request: dict[str, Any] = Field(description="The request as submitted.")
    response: dict[str, Any] | None = Field(description="The result, once succeeded.")
    error: dict[str, Any] | None = Field(description="A problem (RFC 9457), once failed or cancelled.")
    links: dict[str, str] = Field(description="Paths: `self`, `events`, `log`, and `resource` once it exists.")


class JobList(_Message):
    """One page of jobs, newest first."""

    jobs: list[JobMessage]
    next_page_token: str | None = Field(description="Token of the next page; null on the last.")
