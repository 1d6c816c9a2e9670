"""`tandem predict`: predict for rows and print the reply as JSON on standard output."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from tandem.client import Tandem
from tandem.options import Modeling, Version, VersionLabel, checked_object, read_json
from tandem.transport.addresses import MODELING_URL


def predict(
    model: Annotated[str, typer.Argument(help="The model.")],
    rows: Annotated[
        str, typer.Argument(help="A row or a list of rows: inline JSON, a JSON file, or - for standard input.")
    ],
    version: Version = None,
    label: VersionLabel = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell which inputs were missing, out of vocabulary or out of range.")
    ] = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Predict for rows; omitted features count as missing. A request body with `instances` or `inputs` is sent unchanged."""
    content = read_json(rows)
    with Tandem(modeling=modeling) as tandem:
        typer.echo(
            json.dumps(tandem.predict_with(_body(content), model, version=version, label=label, explain=explain))
        )


def _body(content: Any) -> dict[str, Any]:
    if isinstance(content, list):
        return {"instances": content}
    body = checked_object("a row", content)
    return body if {"instances", "inputs"} & body.keys() else {"instances": [body]}
