"""`tandem batch`: predictions for whole files, as a job; and the published ones."""

from __future__ import annotations

from typing import Annotated

import typer

from tandem.client import Tandem
from tandem.commands.default_command import CreateUnlessNamed
from tandem.commands.following import response_of
from tandem.errors import InvalidInput
from tandem.options import (
    AsJson,
    Modeling,
    PrintsJson,
    Version,
    VersionLabel,
    Wait,
    console,
    object_option,
    print_json,
    print_json_lines,
    read_object,
)
from tandem.tables.publications import prediction_parts, predictions_table
from tandem.transport.addresses import MODELING_URL
from tandem.transport.service_call import given

Predictions = Annotated[str, typer.Argument(metavar="NAME", help="The name of the predictions.")]

app = typer.Typer(
    cls=CreateUnlessNamed, help="Predict for every row of files, as a job, or ask about published predictions."
)


@app.command("list")
def names(as_json: AsJson = False, modeling: Modeling = MODELING_URL) -> None:
    """List the published predictions: model, version, rows and files of each."""
    with Tandem(modeling=modeling) as tandem:
        predictions = tandem.batch_predictions()
    if as_json:
        print_json(predictions)
    else:
        console().print(predictions_table(predictions))


@app.command()
def show(name: Predictions, as_json: AsJson = False, modeling: Modeling = MODELING_URL) -> None:
    """Show published predictions: model, version, files and checksums. With --json the request, too."""
    with Tandem(modeling=modeling) as tandem:
        predictions = tandem.batch_prediction(name)
    if as_json:
        print_json(predictions)
        return
    out = console()
    for part in prediction_parts(predictions):
        out.print(part)


@app.command()
def rejected(name: Predictions, _as_json: PrintsJson = False, modeling: Modeling = MODELING_URL) -> None:
    """Print the rows that the job skipped, one JSON object per line: file, line, reason and text."""
    with Tandem(modeling=modeling) as tandem:
        print_json_lines(tandem.rejected_by_predictions(name))


@app.command()
def delete(name: Predictions, as_json: AsJson = False, modeling: Modeling = MODELING_URL) -> None:
    """Delete published predictions and their files."""
    with Tandem(modeling=modeling) as tandem:
        tandem.delete_batch_prediction(name)
    if as_json:
        print_json({"deleted": name})


@app.command("create")
def create(  # noqa: PLR0913, PLR0917 - each is an option that a person types by name
    request: Annotated[
        str | None, typer.Argument(help="The request: a JSON file, JSON itself, or - for standard input.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the predictions.")] = None,
    model: Annotated[str | None, typer.Option(help="Model name.")] = None,
    version: Version = None,
    label: VersionLabel = None,
    source: Annotated[
        str | None, typer.Option(help='The files, as JSON: {"format": "csv", "uris": ["new.csv"]}')
    ] = None,
    keys: Annotated[list[str] | None, typer.Option(help="A column to copy to the output, to identify rows.")] = None,
    absent_columns: Annotated[
        str | None, typer.Option(help="Columns that the files lack: error, or missing to impute them.")
    ] = None,
    max_bad_records: Annotated[
        int | None, typer.Option(help="Malformed rows to skip before the job fails; kept next to the predictions.")
    ] = None,
    classes: Annotated[
        bool | None,
        typer.Option("--classes", help="Add a column class by the version's threshold, for a binary label."),
    ] = None,
    output_format: Annotated[str | None, typer.Option("--format", help="Of the output: parquet or jsonl.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows per call of the model.")] = None,
    timeout: Annotated[int | None, typer.Option(help="Seconds after which the job fails.")] = None,
    wait: Wait = True,
    as_json: AsJson = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Predict for every row of files, and print the path of the predictions in the storage."""
    body = read_object(request) if request else {}
    body |= given(
        name=name,
        model=model,
        version=version,
        label=label,
        source=object_option("--source", source),
        keys=keys,
        absent_columns=absent_columns,
        max_bad_records=max_bad_records,
        classes=classes,
        format=output_format,
        batch_size=batch_size,
        timeout=timeout,
    )
    if not body:
        raise InvalidInput("a request is needed: a JSON file, or at least --name, --model and --source")
    with Tandem(modeling=modeling) as tandem:
        job = tandem.predict_files(body)
        done = response_of(tandem, job, f"predictions {body.get('name')}", wait=wait, as_json=as_json)
    if done is not None:
        out = console()
        out.print(f"{done.get('rows', 0):,} rows by version {done.get('version')} of {done.get('model')}")
        for file in done.get("files", []):
            out.print(f"  {file['path']}  {file['rows']:,} rows, {file['bytes'] / 1e6:.1f} MB")
        if (skipped := done.get("rejected")) is not None:
            out.print(f"{skipped['rows']:,} rows could not be read: tandem batch rejected {done.get('name')}")
