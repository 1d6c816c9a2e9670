"""`tandem models`, `tandem label` and `tandem report`: what there is, which version answers to which name, and how good it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tandem.client import MODELING_URL, Tandem
from tandem.errors import InvalidInput
from tandem.options import Modeling, console
from tandem.results import labels_table, models_table, versions_table


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


def report(
    model: Annotated[str, typer.Argument(help="The model.")],
    version: Annotated[int | None, typer.Option(help="A version of the model. Default: the one that answers.")] = None,
    named: Annotated[
        str | None, typer.Option("--label", help="A label that a version has, instead of its number.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the page goes. Default: MODEL-VERSION.html here.")
    ] = None,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Write the page about a version: learning curves, metrics, plots, slices, importance, and where it comes from."""
    with Tandem(modeling=modeling) as tandem:
        number = version if version is not None else _version(tandem, model, named)
        page = tandem.report(model, number)
        path = output or Path(f"{model}-{number}.html")
        try:
            path.write_text(page, encoding="utf-8")
        except OSError as error:
            raise InvalidInput(f"cannot write {path}: {error.strerror or error}") from error
        console().print(str(path))


def _version(tandem: Tandem, model: str, label: str | None) -> int:
    """The version with a label, else the default one, else the newest."""
    if label is not None:
        labels = tandem.labels(model)
        if label not in labels:
            raise InvalidInput(f"model {model!r} has no label {label!r}; it has {', '.join(labels) or 'none'}")
        return labels[label]
    versions: list[dict[str, Any]] = tandem.versions(model)
    return next((each["version"] for each in versions if each["default"]), versions[0]["version"])
