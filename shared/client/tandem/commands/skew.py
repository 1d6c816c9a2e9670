"""`tandem skew`: how far what is served has moved from what the model was trained on."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer

from tandem.client import MODELING_URL, Tandem
from tandem.errors import InvalidInput
from tandem.options import Modeling, console
from tandem.result_tables import skew_table


def skew(  # noqa: PLR0913, PLR0917 - each is an option that a person types by name
    model: Annotated[str, typer.Argument(help="The model.")],
    version: Annotated[int | None, typer.Option(help="A version of it. Default: the one that answers.")] = None,
    label: Annotated[str | None, typer.Option(help="In place of a version: the one that has this label.")] = None,
    since: Annotated[str | None, typer.Option(help="Rows served from then on: 2026-11-23 or 2026-11-23T12:00.")] = None,
    until: Annotated[str | None, typer.Option(help="Rows served before then.")] = None,
    l_infinity: Annotated[float | None, typer.Option(help="Threshold of the largest difference of shares.")] = None,
    jensen_shannon: Annotated[float | None, typer.Option(help="Threshold of the divergence, in bits.")] = None,
    missing_share: Annotated[float | None, typer.Option(help="Threshold of the missing shares' difference.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Compare what is served, as far as it was logged, with what the model was trained on: the most drifted feature first."""
    limits = {"l_infinity": l_infinity, "jensen_shannon": jensen_shannon, "missing_share": missing_share}
    asked: dict[str, Any] = {"version": version, "label": label, "since": _moment(since), "until": _moment(until)}
    body = {name: value for name, value in asked.items() if value is not None}
    thresholds = {name: value for name, value in limits.items() if value is not None}
    with Tandem(modeling=modeling) as tandem:
        found = tandem.skew(model, {**body, **({"thresholds": thresholds} if thresholds else {})})
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    out = console()
    out.print(skew_table(found))
    for each in found["not_compared"]:
        out.print(f"{each['feature']} is not compared: {each['reason']}", markup=False)


def _moment(text: str | None) -> str | None:
    """A day alone is its midnight; the service takes a time without a zone as UTC."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InvalidInput(f"a time is given as 2026-11-23 or 2026-11-23T12:00. Received: {text!r}") from error
