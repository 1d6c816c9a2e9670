"""`tandem predict`: rows in, predictions out, as JSON on standard output for the next program."""

from __future__ import annotations

import json
from typing import Annotated, Any, cast

import typer

from tandem.client import MODELING_URL, Tandem
from tandem.options import Modeling, read_json


def predict(
    model: Annotated[str, typer.Argument(help="The model.")],
    rows: Annotated[
        str, typer.Argument(help="A row or a list of rows: JSON itself, a file of it, or - for standard input.")
    ],
    version: Annotated[int | None, typer.Option(help="A version of the model. Default: the newest.")] = None,
    label: Annotated[str | None, typer.Option(help="A label that a version carries, instead of its number.")] = None,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Predict for rows; what a row leaves out counts as missing. A whole request body (instances, inputs) is sent as it is."""
    found = read_json(rows)
    with Tandem(modeling=modeling) as tandem:
        typer.echo(json.dumps(tandem.predict_with(_body(found), model, version=version, label=label)))


def _body(found: Any) -> dict[str, Any]:
    if isinstance(found, list):
        return {"instances": found}
    body = cast("dict[str, Any]", found)
    return body if {"instances", "inputs"} & body.keys() else {"instances": [body]}
