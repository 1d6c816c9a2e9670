"""The kinds of jobs of a service, each declared once. Engine, routes, tidy-up and sweep read this table.

A declaration holds no engine: what runs and what routes there are is named by import path, so that the service's process,
which tidies up, imports neither Spark nor TensorFlow, and the engine's process imports no routes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import BaseModel

from chassis.import_path import import_object
from chassis.jobs.job import Job
from chassis.settings import ServiceSettings
from contracts.errors import TandemError, Unavailable

if TYPE_CHECKING:
    from contracts.cleanup import CleanupPolicy  # it imports pyarrow, which a service without storage does without

__all__ = ["JobKind", "JobKinds", "Settle", "Sweep", "TidyUp"]

Settle = Callable[[Any, Job], "dict[str, Any] | None"]
"""Takes the service's settings and a job; returns the job's `response` if an attempt of it has published, else None.

From then on none of its attempts up to `job.attempt` may publish what it has not, and their files are removed; later attempts are
left alone. Must bear being called twice.
"""

TidyUp = Callable[[Any, Job], None]
"""Takes the service's settings and a job that has ended; removes what it left elsewhere. Must bear being called twice."""

Sweep: TypeAlias = "Callable[[Any, CleanupPolicy], list[str]]"
"""Takes the service's settings; removes the files of abandoned jobs where the policy allows it. Returns the paths."""


def _nothing_published(_settings: ServiceSettings, _job: Job) -> dict[str, Any] | None:
    return None


def _nothing_left(_settings: ServiceSettings, _job: Job) -> None:
    pass


def _nothing_swept(_settings: ServiceSettings, _policy: CleanupPolicy) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job.

    Parameters
    ----------
    name
        As clients see it in a job's `kind`, and as the job table keeps it; never changed once jobs were submitted.
    request
        The model of a job's `request`, which routes accept and the engine validates again.
    run
        Import path of the function that carries a job out, imported in the engine's process alone. The engine calls it with the
        validated request, the `JobContext` and what else it holds; it returns the job's `response` as plain JSON.
    routes
        Import path of the `APIRouter` on which jobs of this kind are submitted. None: they have no routes of their own.
    settle
        Called in the service's process before a job that may have published is recorded as anything but succeeded, and when it
        has ended: see `Settle`.
    tidy_up
        Called in the service's process when a job has ended, whichever way: see `TidyUp`.
    sweep
        Called in the service's process at start-up and once a day: see `Sweep`.
    """

    name: str
    request: type[BaseModel]
    run: str
    routes: str | None = None
    settle: Settle = _nothing_published
    tidy_up: TidyUp = _nothing_left
    sweep: Sweep = _nothing_swept

    def load(self) -> Callable[..., dict[str, Any]]:
        """Import the function that carries jobs of this kind out."""
        return import_object(self.run)


class JobKinds:
    """The table of a service's job kinds."""

    def __init__(self, *kinds: JobKind) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        if len(self._kinds) < len(kinds):
            raise ValueError(f"Job kinds must have distinct names. Received: {[kind.name for kind in kinds]}")

    def __iter__(self) -> Iterator[JobKind]:
        return iter(self._kinds.values())

    def __getitem__(self, name: str) -> JobKind:
        kind = self._kinds.get(name)
        if kind is None:
            raise ValueError(f"The kinds of jobs here are {', '.join(self._kinds)}. Received: {name!r}")
        return kind

    def load(self) -> None:
        """Import what every kind runs, so that no job waits for it."""
        for kind in self:
            kind.load()

    def routers(self) -> list[Any]:
        """Import and return the routers of all kinds that have routes, in the order of the table."""
        return [import_object(kind.routes) for kind in self if kind.routes is not None]

    def settle(self, settings: ServiceSettings, job: Job) -> dict[str, Any] | None:
        """Return the response of a job that has published, else None; None for a kind that another release knew.

        Raises `Unavailable` where the storage does not tell.
        """
        kind = self._kinds.get(job.kind)
        try:
            return None if kind is None else kind.settle(settings, job)
        except Unavailable:
            raise
        except (OSError, TandemError) as error:
            raise Unavailable(
                f"the storage does not tell whether this job has published, so its end cannot be recorded now ({error}). "
                "Try again once it does"
            ) from error

    def tidy_up(self, settings: ServiceSettings, job: Job) -> None:
        """Remove what a job left that has ended; nothing for a kind that another release knew."""
        self.settle(settings, job)
        kind = self._kinds.get(job.kind)
        if kind is not None:
            kind.tidy_up(settings, job)

    def sweep(self, settings: ServiceSettings, policy: CleanupPolicy) -> list[str]:
        """Sweep for every kind. Returns the paths that were removed."""
        return [path for kind in self for path in kind.sweep(settings, policy)]
