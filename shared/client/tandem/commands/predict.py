"""`tandem predict`: predict for rows and print the reply as JSON on standard output."""

from __future__ import annotations

import json
from typing import Annotated, Any, cast

import typer

from tandem.client import MODELING_URL, Tandem
from tandem.options import Modeling, read_json


def predict(
    model: Annotated[str, typer.Argument(help="The model.")],
    rows: Annotated[
        str, typer.Argument(help="A row or a list of rows: inline JSON, a JSON file, or - for standard input.")
    ],
    version: Annotated[int | None, typer.Option(help="A version of the model. Default: the default version.")] = None,
    label: Annotated[str | None, typer.Option(help="A version label, in place of a version number.")] = None,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Predict for rows; omitted features count as missing. A request body with `instances` or `inputs` is sent unchanged."""
    content = read_json(rows)
    with Tandem(modeling=modeling) as tandem:
        typer.echo(json.dumps(tandem.predict_with(_body(content), model, version=version, label=label)))


def _body(content: Any) -> dict[str, Any]:
    if isinstance(content, list):
        return {"instances": content}
    body = cast("dict[str, Any]", content)
    return body if {"instances", "inputs"} & body.keys() else {"instances": [body]}
