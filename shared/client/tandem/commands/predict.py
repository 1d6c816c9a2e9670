"""`tandem predict`: predict for rows and print the reply as JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from tandem.client import Tandem
from tandem.commands.input_rows import Document, Lines, Row, as_numbers, open_rows
from tandem.errors import ClientError, InvalidInput, Problem
from tandem.options import Modeling, PrintsJson, Version, VersionLabel, checked_object
from tandem.transport.addresses import MODELING_URL

CHUNK_ROWS = 1000
"""Rows of one request: predictions of a pipe are printed after so few."""


def predict(  # noqa: PLR0913, PLR0917 - each is an option that a person types by name
    model: Annotated[str, typer.Argument(help="The model.")],
    rows: Annotated[
        str,
        typer.Argument(
            help="A row or a list of rows: inline JSON, a file of JSON, JSON lines or CSV, or - for standard input."
        ),
    ] = "-",
    version: Version = None,
    label: VersionLabel = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell which inputs were missing, out of vocabulary or out of range.")
    ] = False,
    classes: Annotated[
        bool, typer.Option("--class", help="Add the class by the version's threshold, for a binary label.")
    ] = False,
    row_format: Annotated[
        str | None, typer.Option("--format", help="Of the rows: json, jsonl or csv. Default: by name and content.")
    ] = None,
    _as_json: PrintsJson = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Predict for rows; omitted features count as missing. A request body with `instances` or `inputs` is sent unchanged.

    JSON lines and CSV with a header are read as they come, and a prediction is printed for each row, as JSON on a line of
    its own: `tandem predict flights < flights.csv`. Columns of a CSV that are no features are left out.
    """
    if rows == "-" and sys.stdin.isatty():
        raise InvalidInput("rows are needed: inline JSON, a file, or a pipe: tandem predict MODEL < rows.csv")
    with open_rows(rows, row_format) as opened, Tandem(modeling=modeling) as tandem:
        if isinstance(opened, Document):
            body = _body(opened.content)
            reply = tandem.predict_with(body, model, version=version, label=label, explain=explain, classes=classes)
            typer.echo(json.dumps(reply, ensure_ascii=False))
            return
        if explain:
            raise InvalidInput("--explain takes one JSON document, neither JSON lines nor CSV")
        lines = _typed(opened, tandem.metadata(model, version=version, label=label)) if opened.columns else opened.rows
        taken, printed = 0, 0

        def counted() -> Iterator[Row]:
            nonlocal taken
            for row in lines:
                taken += 1
                yield row

        stream = tandem.predict_stream(
            model, counted(), version=version, label=label, chunk_rows=CHUNK_ROWS, classes=classes
        )
        try:
            for prediction in stream:
                typer.echo(json.dumps(prediction, ensure_ascii=False))
                printed += 1
        except Problem as problem:
            raise RowsRefused(printed + 1, taken, problem) from problem


class RowsRefused(ClientError):
    """The service refused a part of the rows; those before it are predicted."""

    def __init__(self, first: int, last: int, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"rows {first} to {last}: {problem}")

    @property
    def lines(self) -> list[str]:
        """Return the message, and the problem's further lines."""
        return [str(self), *self.problem.lines[1:]]


def _body(content: Any) -> dict[str, Any]:
    if isinstance(content, list):
        return {"instances": content}
    body = checked_object("a row", content)
    return body if {"instances", "inputs"} & body.keys() else {"instances": [body]}


def _typed(lines: Lines, metadata: dict[str, Any]) -> Iterator[Row]:
    """Return the rows of a CSV with the model's features alone, those that are numbers as numbers."""
    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]["inputs"]
    columns = lines.columns or []
    features = [name for name in columns if name in signature]
    if not features:
        raise InvalidInput(
            f"no column of the CSV is a feature of the model: {', '.join(columns)}; features: {', '.join(signature)}"
        )
    unused = [name for name in columns if name not in signature]
    if unused:
        typer.echo(f"columns that are no features are left out: {', '.join(unused)}", err=True)
    numeric = {name for name in features if signature[name]["dtype"] != "DT_STRING"}
    return (as_numbers({name: row[name] for name in features}, numeric) for row in lines.rows)
