"""`tandem batch`: predictions for whole files, as a job."""

from __future__ import annotations

from typing import Annotated

import typer

from tandem.client import MODELING_URL, Tandem
from tandem.options import Modeling, Wait, console, read_object
from tandem.progress import watch


def batch(
    request: Annotated[
        str,
        typer.Argument(
            help="The request (name, model, source, keys …): a JSON file, JSON itself, or - for standard input."
        ),
    ],
    wait: Wait = True,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Predict for every row of files, and say where the predictions lie in the storage."""
    body = read_object(request)
    out = console()
    with Tandem(modeling=modeling) as tandem:
        job = tandem.predict_files(body)
        if not wait:
            out.print(job.id)
            return
        done = watch(tandem, job, out, f"predictions {body.get('name')}").response or {}
        out.print(f"{done.get('rows', 0):,} rows by version {done.get('version')} of {done.get('model')}")
        for file in done.get("files", []):
            out.print(f"  {file['path']}  {file['rows']:,} rows, {file['bytes'] / 1e6:.1f} MB")
