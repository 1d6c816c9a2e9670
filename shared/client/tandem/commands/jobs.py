"""`tandem jobs`: what both services are doing, and have done."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from tandem.client import MODELING_URL, PREPROCESSING_URL, SERVICES, Tandem
from tandem.errors import InvalidInput, NotFound, Unreachable
from tandem.messages import Job, ServiceName
from tandem.options import Modeling, Preprocessing, console
from tandem.progress import watch

app = typer.Typer(help="List, show, follow and cancel jobs, and read their logs.", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(metavar="JOB", help="A job's id, or the beginning of a recent one's.")]


@app.command("list")
def list_jobs(
    limit: Annotated[int, typer.Option(min=1, help="At most so many of each service.")] = 20,
    preprocessing: Preprocessing = PREPROCESSING_URL,
    modeling: Modeling = MODELING_URL,
) -> None:
    """List the newest jobs of both services."""
    out = console()
    table = Table("service", "id", "kind", "state", "progress", "created (UTC)", box=None, pad_edge=False)
    with Tandem(preprocessing, modeling) as tandem:
        away: list[Unreachable] = []
        for service in SERVICES:
            try:
                found = tandem.jobs(service, limit)
            except Unreachable as error:
                away.append(error)
                continue
            for job in found:
                created = job.create_time[:19].replace("T", " ")
                fraction = "" if job.progress.fraction is None else f"{job.progress.fraction:.0%}"
                table.add_row(service, job.id[:12], job.kind, job.state, f"{job.progress.phase} {fraction}", created)
    if len(away) == len(SERVICES):
        raise away[0]
    out.print(table)
    for error in away:
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
        found = _find(tandem, job)
        watch(tandem, found, console(), f"{found.kind} {found.id}")


@app.command()
def cancel(job: JobId, preprocessing: Preprocessing = PREPROCESSING_URL, modeling: Modeling = MODELING_URL) -> None:
    """Stop a job, and wait until it has stopped."""
    with Tandem(preprocessing, modeling) as tandem:
        *_, last = tandem.follow(tandem.cancel(_find(tandem, job)))
        console().print(last.state.lower())


@app.command()
def log(job: JobId, preprocessing: Preprocessing = PREPROCESSING_URL, modeling: Modeling = MODELING_URL) -> None:
    """Print what a job wrote to its log."""
    with Tandem(preprocessing, modeling) as tandem:
        typer.echo(tandem.log(_find(tandem, job)), nl=False)


def _find(tandem: Tandem, named: str) -> Job:
    """The job with this id, whichever service has it; else the only recent one whose id begins so."""
    there: list[ServiceName] = [service for service in SERVICES if tandem.is_there(service)]
    if not there:
        raise Unreachable(f"no service answers at {' or '.join(tandem.urls.values())}")
    for service in there:
        try:
            return tandem.job(service, named)
        except NotFound:
            continue
    found = [job for service in there for job in tandem.jobs(service, 100) if job.id.startswith(named)]
    if len(found) != 1:
        raise InvalidInput(f"{len(found) or 'no'} jobs begin with {named!r} at {' and '.join(there)}")
    return found[0]
