"""`tandem jobs`: list, show, follow and cancel the jobs of both services."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from tandem.client import Tandem
from tandem.errors import InvalidInput, NotFound, Unreachable
from tandem.messages import Job, ServiceName
from tandem.options import Modeling, Preprocessing, console
from tandem.progress import watch
from tandem.transport.addresses import MODELING_URL, PREPROCESSING_URL
from tandem.transport.connections import SERVICES

app = typer.Typer(help="List, show, follow and cancel jobs, and read their logs.", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(metavar="JOB", help="Job id, or a unique prefix of a recent job's id.")]


@app.command("list")
def list_jobs(
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of jobs per service.")] = 20,
    preprocessing: Preprocessing = PREPROCESSING_URL,
    modeling: Modeling = MODELING_URL,
) -> None:
    """List the newest jobs of both services."""
    out = console()
    table = Table("service", "id", "kind", "state", "progress", "created (UTC)", box=None, pad_edge=False)
    with Tandem(preprocessing, modeling) as tandem:
        unreachable: list[Unreachable] = []
        for service in SERVICES:
            try:
                newest = tandem.jobs(service, limit)
            except Unreachable as error:
                unreachable.append(error)
                continue
            for job in newest:
                created = job.create_time[:19].replace("T", " ")
                fraction = "" if job.progress.fraction is None else f"{job.progress.fraction:.0%}"
                table.add_row(service, job.id[:12], job.kind, job.state, f"{job.progress.phase} {fraction}", created)
    if len(unreachable) == len(SERVICES):
        raise unreachable[0]
    out.print(table)
    for error in unreachable:
        out.print(f"[yellow]{error}[/]")


@app.command()
def show(job: JobId, preprocessing: Preprocessing = PREPROCESSING_URL, modeling: Modeling = MODELING_URL) -> None:
    """Print a job as JSON."""
    with Tandem(preprocessing, modeling) as tandem:
        typer.echo(_find(tandem, job).model_dump_json(by_alias=True, indent=2))


@app.command()
def follow(job: JobId, preprocessing: Preprocessing = PREPROCESSING_URL, modeling: Modeling = MODELING_URL) -> None:
    """Follow a job until it is done."""
    with Tandem(preprocessing, modeling) as tandem:
        selected = _find(tandem, job)
        watch(tandem, selected, console(), f"{selected.kind} {selected.id}")


@app.command()
def cancel(job: JobId, preprocessing: Preprocessing = PREPROCESSING_URL, modeling: Modeling = MODELING_URL) -> None:
    """Cancel a job and wait until it has stopped."""
    with Tandem(preprocessing, modeling) as tandem:
        *_, last = tandem.follow(tandem.cancel(_find(tandem, job)))
        console().print(last.state.lower())


@app.command()
def log(job: JobId, preprocessing: Preprocessing = PREPROCESSING_URL, modeling: Modeling = MODELING_URL) -> None:
    """Print a job's log."""
    with Tandem(preprocessing, modeling) as tandem:
        typer.echo(tandem.log(_find(tandem, job)), nl=False)


def _find(tandem: Tandem, id_or_prefix: str) -> Job:
    """Return the job with this id from either service, or the only recent job whose id has this prefix.

    Raises `Unreachable` if neither service answers, `InvalidInput` if no job or several match.
    """
    reachable: list[ServiceName] = [service for service in SERVICES if tandem.is_there(service)]
    if not reachable:
        raise Unreachable(f"no service answers at {' or '.join(tandem.urls.values())}")
    for service in reachable:
        try:
            return tandem.job(service, id_or_prefix)
        except NotFound:
            continue
    matching = [job for service in reachable for job in tandem.jobs(service, 100) if job.id.startswith(id_or_prefix)]
    if len(matching) != 1:
        raise InvalidInput(f"{len(matching) or 'no'} job ids begin with {id_or_prefix!r} at {' and '.join(reachable)}")
    return matching[0]
