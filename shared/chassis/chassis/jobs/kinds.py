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

if TYPE_CHECKING:
    from contracts.cleanup import CleanupPolicy  # it imports pyarrow, which a service without storage does without

__all__ = ["JobKind", "JobKinds", "Sweep", "TidyUp"]

TidyUp = Callable[[Any, Job], None]
"""Takes the service's settings and a job that ended without success; removes what it left. Must bear being called twice."""

Sweep: TypeAlias = "Callable[[Any, CleanupPolicy], list[str]]"
"""Takes the service's settings; removes the files of abandoned jobs where the policy allows it. Returns the paths."""


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
    tidy_up
        Called in the service's process when a job has ended without success, whichever way: see `TidyUp`.
    sweep
        Called in the service's process at start-up and once a day: see `Sweep`.
    """

    name: str
    request: type[BaseModel]
    run: str
    routes: str | None = None
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

    def tidy_up(self, settings: ServiceSettings, job: Job) -> None:
        """Remove what a job left that ended without success; nothing for a kind that another release knew."""
        kind = self._kinds.get(job.kind)
        if kind is not None:
            kind.tidy_up(settings, job)

    def sweep(self, settings: ServiceSettings, policy: CleanupPolicy) -> list[str]:
        """Sweep for every kind. Returns the paths that were removed."""
        return [path for kind in self for path in kind.sweep(settings, policy)]
