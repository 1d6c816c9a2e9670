"""`tandem skew`: training/serving skew, by feature, between served rows and the training data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from tandem.client import Tandem
from tandem.errors import InvalidInput
from tandem.options import AsJson, Modeling, Version, VersionLabel, console, object_option, print_json
from tandem.tables.drift import skew_table
from tandem.transport.addresses import MODELING_URL
from tandem.transport.service_call import given


def skew(  # noqa: PLR0913, PLR0917 - each is an option that a person types by name
    model: Annotated[str, typer.Argument(help="The model.")],
    version: Version = None,
    label: VersionLabel = None,
    since: Annotated[
        str | None, typer.Option(help="Start of the time range (inclusive): 2026-11-23 or 2026-11-23T12:00.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="End of the time range (exclusive).")] = None,
    l_infinity: Annotated[float | None, typer.Option(help="Threshold of the L-infinity distance.")] = None,
    jensen_shannon: Annotated[
        float | None, typer.Option(help="Threshold of the Jensen-Shannon divergence, in bits.")
    ] = None,
    missing_share: Annotated[
        float | None, typer.Option(help="Threshold of the difference between the shares of missing values.")
    ] = None,
    thresholds: Annotated[
        str | None, typer.Option(help='All thresholds, as JSON: {"features": {"carrier": {"l_infinity": 0.01}}}')
    ] = None,
    as_json: AsJson = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Compare the logged serving rows with the training data, the most drifted feature first."""
    limits = given(l_infinity=l_infinity, jensen_shannon=jensen_shannon, missing_share=missing_share)
    chosen = (object_option("--thresholds", thresholds) or {}) | limits
    request = given(version=version, label=label, since=_moment(since), until=_moment(until), thresholds=chosen or None)
    with Tandem(modeling=modeling) as tandem:
        reply = tandem.skew(model, request)
    if as_json:
        print_json(reply)
        return
    out = console()
    out.print(skew_table(reply))
    for skipped in reply["not_compared"]:
        out.print(f"{skipped['feature']} is not compared: {skipped['reason']}", markup=False)


def _moment(text: str | None) -> str | None:
    """Return an ISO 8601 time or date as a time; a date means midnight, and the service reads a time without zone as UTC.

    Raises `InvalidInput` for any other text.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InvalidInput(f"a time must be written as 2026-11-23 or 2026-11-23T12:00. Received: {text!r}") from error
