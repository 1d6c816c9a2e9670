"""`tandem dataset infer`: propose a dataset request from a sample of the files, for `tandem dataset create`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from tandem.client import Tandem
from tandem.errors import InvalidInput
from tandem.options import AsJson, Preprocessing, console, object_option
from tandem.tables.proposals import column_table, flag_lines, source_lines, time_lines
from tandem.transport.addresses import PREPROCESSING_URL
from tandem.transport.service_call import given


def infer(  # noqa: PLR0913, PLR0917 - each is an option that a person types by name
    uris: Annotated[
        list[str],
        typer.Argument(metavar="URI...", help="Files, folders or globs; relative to the service's first source root."),
    ],
    name: Annotated[str | None, typer.Option(help="Dataset name. Default: derived from the file name.")] = None,
    label: Annotated[str | None, typer.Option(help="The label column, which the model learns to predict.")] = None,
    label_expression: Annotated[
        str | None, typer.Option(help="Or the label as a Spark SQL expression: 'arr_delay > 15'.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help='Source options (delimiter, encoding …) as JSON: \'{"delimiter": ";"}\'.')
    ] = None,
    sample_rows: Annotated[int | None, typer.Option(help="Maximum number of rows to sample.")] = None,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write the request to this file.")] = None,
    as_json: AsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
) -> None:
    """Propose a dataset request with a kind for each column and the reasons. Starts no job. `--json` prints the request alone."""
    known = (object_option("--source", source) or {}) | given(
        name=name,
        label={"column": label} if label else {"expression": label_expression} if label_expression else None,
        sample_rows=sample_rows,
    )
    with Tandem(preprocessing=preprocessing) as tandem:
        proposal = tandem.infer_dataset(uris, known)
    text = json.dumps(proposal.request, indent=2, ensure_ascii=False) + "\n"
    if output is not None:
        _write(Path(output), text)
    out = console()
    if as_json:
        out.print(Text(text), end="")
        return
    for line in source_lines(proposal):
        out.print(line)
    out.print(column_table(proposal))
    for line in flag_lines(proposal):
        out.print(line)
    for line in time_lines(proposal):
        out.print(line)
    if proposal.missing:
        candidates = ", ".join(proposal.label_candidates) or "none"
        out.print(f"A label is required: run again with --label or --label-expression. Binary columns: {candidates}")
    elif output is not None:
        out.print(f"tandem dataset create {output}")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot write {file}: {error.strerror or error}") from error
