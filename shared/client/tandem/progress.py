"""A job's progress: a bar with metrics and the time left on a terminal, HTML in a notebook; elsewhere a line per phase."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tandem.errors import StillRunning
from tandem.job_methods import succeeded
from tandem.messages import Job
from tandem.values.durations import shown_duration

_NOT_METRICS = {"epoch", "epochs", "seconds_left", "examples_per_second"}
_MOST_METRICS = 4


class Follower(Protocol):
    """The part of a client that a display needs."""

    def follow(self, job: Job) -> Iterable[Job]:
        """Yield the job after each change until it is done."""
        ...


class JobDisplay:
    """Shows a job while it changes: its HTML in a notebook, a bar on a terminal, lines elsewhere, or nothing."""

    def __init__(self, console: Console | None, title: str) -> None:
        self._console = console
        self._title = title
        self._cell: Any = None
        self._shown: tuple[object, ...] | None = None
        self._bar = _bar(console) if console is not None and console.is_terminal else None
        self._task = None if self._bar is None else self._bar.add_task(title, total=1.0, phase="", left="")

    @classmethod
    def wanted(cls, progress: bool | None, job: Job) -> JobDisplay:  # noqa: FBT001 - as `wait` takes it
        """Return a display if one is wanted; None: in a notebook."""
        console = Console()
        is_wanted = console.is_jupyter if progress is None else progress
        return cls(console if is_wanted else None, f"{job.kind} {job.subject}")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, job: Job) -> None:
        """Show the job as it is now."""
        if self._console is not None and self._console.is_jupyter:
            self._show_in_notebook(job)
        elif self._bar is not None and self._task is not None:
            fraction = 1.0 if job.state == "SUCCEEDED" else job.progress.fraction
            phase, left = phase_of(job), time_left(job)
            self._bar.update(self._task, completed=fraction, refresh=True, phase=phase, left=left)  # None: unmoved
        elif self._console is not None:
            current = (job.state, job.attempt, job.progress.phase)
            if current != self._shown:
                self._shown = current
                self._console.print(f"{self._title}: {phase_of(job)}", highlight=False, markup=False)

    def _show_in_notebook(self, job: Job) -> None:
        """Show the job's HTML, and from then on change it in its place."""
        if self._cell is None:
            self._cell = import_module("IPython.display").display(job, display_id=True)
        else:
            self._cell.update(job)


def watch(tandem: Follower, job: Job, console: Console, title: str) -> Job:
    """Show the job's progress until it is done, and return it. Raises `JobFailed` and `JobCancelled`.

    Raises `StillRunning` on Ctrl-C: the job runs on.
    """
    try:
        with JobDisplay(console, title) as display:
            display.show(job)
            for latest in tandem.follow(job):
                job = latest
                display.show(job)
    except KeyboardInterrupt as error:
        raise StillRunning(job.id) from error
    return succeeded(job)


def phase_of(job: Job) -> str:
    """Return a running job's phase with its tasks or its epoch and metrics; else its state."""
    if job.state != "RUNNING":
        return job.state.lower().replace("_", " ")
    progress = job.progress
    details = progress.details
    if "epoch" in details and "epochs" in details:
        tasks = f" epoch {details['epoch']}/{details['epochs']}"
    else:
        tasks = f" {progress.completed_tasks}/{progress.total_tasks}" if progress.total_tasks else ""
    retry = f" (attempt {job.attempt})" if job.attempt > 1 else ""
    return progress.phase + tasks + _metrics(details) + retry


def time_left(job: Job) -> str:
    """Return how long a running job may still take: by its own estimate, else by the share that is done; or nothing."""
    if job.state != "RUNNING":
        return ""
    seconds, fraction = job.progress.details.get("seconds_left"), job.progress.fraction
    if isinstance(seconds, int | float):
        return f"{shown_duration(seconds)} left"
    if fraction is None or not 0.02 <= fraction < 1:
        return ""
    return f"about {shown_duration(job.seconds * (1 - fraction) / fraction)} left"


def _metrics(details: dict[str, Any]) -> str:
    """Return the validation metrics, or those of training where there are none, at most four."""
    numbers = {name: value for name, value in details.items() if isinstance(value, int | float)}
    metrics = {name: value for name, value in numbers.items() if name not in _NOT_METRICS}
    chosen = {name: value for name, value in metrics.items() if name.startswith("val_")} or metrics
    shown = [
        f"{name.removeprefix('val_').replace('_', ' ')} {value:,}"
        if isinstance(value, int)
        else f"{name.removeprefix('val_').replace('_', ' ')} {value:.4f}"
        for name, value in list(chosen.items())[:_MOST_METRICS]
    ]
    return f": {', '.join(shown)}" if shown else ""


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("[bold]{task.description}", markup=True),
        BarColumn(bar_width=32),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("[dim]{task.fields[phase]}"),
        console=console,
    )
