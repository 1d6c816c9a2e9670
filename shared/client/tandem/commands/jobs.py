"""`tandem jobs`: list, show, follow and cancel the jobs of both services."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from tandem.client import Tandem
from tandem.commands.following import job_json
from tandem.errors import InvalidInput, NotFound, Unreachable
from tandem.messages import Job, ServiceName
from tandem.options import AsJson, Modeling, Preprocessing, console, print_json
from tandem.progress import watch
from tandem.tables.results import job_table, jobs_table
from tandem.transport.addresses import MODELING_URL, PREPROCESSING_URL
from tandem.transport.connections import SERVICES

app = typer.Typer(help="List, show, follow and cancel jobs, and read their logs.", no_args_is_help=True)

_SHORT_ID = 12
"""Characters of an id on a terminal: enough to be a unique prefix."""
JobId = Annotated[str, typer.Argument(metavar="JOB", help="Job id, or a unique prefix of a recent job's id.")]


@app.command("list")
def list_jobs(
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of jobs per service.")] = 20,
    as_json: AsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
    modeling: Modeling = MODELING_URL,
) -> None:
    """List the newest jobs of both services: what each is for, how far it is, and how long it took."""
    jobs: list[Job] = []
    unreachable: list[Unreachable] = []
    with Tandem(preprocessing, modeling) as tandem:
        for service in SERVICES:
            try:
                jobs += tandem.jobs(service, limit)
            except Unreachable as error:
                unreachable.append(error)
    if len(unreachable) == len(SERVICES):
        raise unreachable[0]
    if as_json:
        print_json([job_json(job) for job in jobs])
    else:
        out = console()
        out.print(jobs_table(jobs, id_length=_SHORT_ID if out.is_terminal else None))
    for error in unreachable:
        console(stderr=True).print(f"[yellow]{escape(str(error))}[/]")


@app.command()
def show(
    job: JobId,
    as_json: AsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Show a job: state, progress, result or error. With --json its request and response, too."""
    with Tandem(preprocessing, modeling) as tandem:
        selected = _find(tandem, job)
    if as_json:
        print_json(job_json(selected))
    else:
        console().print(job_table(selected))


@app.command()
def follow(
    job: JobId,
    as_json: AsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Follow a job until it is done."""
    with Tandem(preprocessing, modeling) as tandem:
        selected = _find(tandem, job)
        title = f"{selected.kind} {selected.subject or selected.id}"
        done = watch(tandem, selected, console(stderr=as_json), title)
    if as_json:
        print_json(job_json(done))


@app.command()
def cancel(
    job: JobId,
    as_json: AsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Cancel a job and wait until it has stopped."""
    with Tandem(preprocessing, modeling) as tandem:
        *_, last = tandem.follow(tandem.cancel(_find(tandem, job)))
    if as_json:
        print_json(job_json(last))
    else:
        console().print(last.state.lower())


@app.command()
def log(
    job: JobId,
    as_json: AsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Print a job's log."""
    with Tandem(preprocessing, modeling) as tandem:
        selected = _find(tandem, job)
        text = tandem.log(selected)
    if as_json:
        print_json({"id": selected.id, "log": text})
    else:
        typer.echo(text, nl=False)


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
