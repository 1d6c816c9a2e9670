"""`tandem models` and `tandem label`: what there is, how good it is, and which version answers to which name."""

from __future__ import annotations

from typing import Annotated

import typer

from tandem.client import MODELING_URL, Tandem
from tandem.errors import InvalidInput
from tandem.options import Modeling, console
from tandem.result_tables import labels_table, models_table, versions_table


def models(
    model: Annotated[
        str | None, typer.Argument(help="A model, to see each of its versions. Default: every model.")
    ] = None,
    modeling: Modeling = MODELING_URL,
) -> None:
    """List the models, or the versions of one: metrics, labels, and which one answers by default."""
    with Tandem(modeling=modeling) as tandem:
        console().print(models_table(tandem.models()) if model is None else versions_table(tandem.versions(model)))


def label(
    model: Annotated[str, typer.Argument(help="The model.")],
    name: Annotated[str | None, typer.Argument(metavar="LABEL", help="The label. Left out: list them all.")] = None,
    version: Annotated[int | None, typer.Argument(help="The version that the label is moved to.")] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Take the label away.")] = False,
    despite_gate: Annotated[
        bool, typer.Option("--despite-gate", help="Also to a version that missed what was required of it.")
    ] = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """List a model's labels, or move one: `tandem label flights champion 3`. Rollback is moving it back.

    Fails, and changes nothing, if somebody else changes the labels at the same time.
    """
    if name is not None and (version is None) != delete:
        raise InvalidInput("give a version to move the label to, or --delete to take it away")
    out = console()
    with Tandem(modeling=modeling) as tandem:
        if name is None:
            out.print(labels_table(tandem.labels(model)))
            return
        before = tandem.labels(model).get(name)
        if version is None:
            tandem.delete_label(model, name)
            out.print(f"{name} is taken away from version {before}")
            return
        tandem.set_label(model, name, version, despite_gate=despite_gate)
        out.print(f"{name}: version {version}" if before is None else f"{name}: version {before} → version {version}")
