"""A job's progress: a bar on a terminal, updated by the job's events; elsewhere a line per phase."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tandem.client import Tandem
from tandem.job_methods import succeeded
from tandem.messages import Job


def watch(tandem: Tandem, job: Job, console: Console, title: str) -> Job:
    """Show the job's progress until it is done, and return it. Raises `JobFailed` and `JobCancelled`."""
    last = job
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(title, total=1.0, phase=_phase(job))
            for last in _seen(tandem, job):
                _move(bar, task, last)
    else:
        for last in _phases(tandem, job):
            console.print(f"{title}: {_phase(last)}", highlight=False)
    return succeeded(last)


def _seen(tandem: Tandem, job: Job) -> Iterator[Job]:
    yield job
    yield from tandem.follow(job)


def _phases(tandem: Tandem, job: Job) -> Iterator[Job]:
    shown = None
    for latest in _seen(tandem, job):
        current = (latest.state, latest.attempt, latest.progress.phase)
        if current != shown:
            shown = current
            yield latest


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=32),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[phase]}"),
        console=console,
    )


def _move(bar: Progress, task: TaskID, job: Job) -> None:
    fraction = 1.0 if job.state == "SUCCEEDED" else job.progress.fraction
    bar.update(task, completed=fraction, phase=_phase(job))  # None leaves the bar where it is


def _phase(job: Job) -> str:
    if job.state != "RUNNING":
        return job.state.lower().replace("_", " ")
    done, total = job.progress.completed_tasks, job.progress.total_tasks
    tasks = f" {done}/{total}" if total else ""
    retry = f" (attempt {job.attempt})" if job.attempt > 1 else ""
    return job.progress.phase + tasks + retry
