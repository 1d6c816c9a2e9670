"""`tandem models`, `evaluation`, `label` and `delete`: models and versions with their metrics, and version labels."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tandem.client import Tandem
from tandem.errors import InvalidInput
from tandem.options import AsJson, Modeling, PrintsJson, Version, VersionLabel, console, print_json
from tandem.tables.publications import removal_table
from tandem.tables.results import labels_table, missing_tables, models_table, versions_table
from tandem.transport.addresses import MODELING_URL


def models(
    model: Annotated[str | None, typer.Argument(help="List this model's versions. Default: list every model.")] = None,
    as_json: AsJson = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """List the models, or the versions of one: metrics, labels and the default version."""
    with Tandem(modeling=modeling) as tandem:
        listed = tandem.models() if model is None else tandem.versions(model)
    if as_json:
        print_json(listed)
    else:
        console().print(models_table(listed) if model is None else versions_table(listed))


def evaluation(
    model: Annotated[str, typer.Argument(help="The model.")],
    version: Version = None,
    label: VersionLabel = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Show as tables what missing and unseen values cost, instead of JSON.")
    ] = False,
    as_json: PrintsJson = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Print the evaluation of a version as JSON: metrics with confidence intervals, curves, calibration, slices, gate."""
    with Tandem(modeling=modeling) as tandem:
        number = version if version is not None else version_number(tandem, model, label)
        reply = tandem.evaluation(model, number)
    masked = reply["detail"].get("missing")
    if not missing:
        print_json(reply)
    elif masked is None:
        raise InvalidInput(
            f"version {number} of model {model!r} has no evaluation of rows with missing fields; train it again"
        )
    elif as_json:
        print_json(masked)
    else:
        for table in missing_tables(masked):
            console().print(table)


def label(
    model: Annotated[str, typer.Argument(help="The model.")],
    name: Annotated[
        str | None, typer.Argument(metavar="LABEL", help="The version label. Omitted: list all labels.")
    ] = None,
    version: Annotated[int | None, typer.Argument(help="The version to move the label to.")] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete the label.")] = False,
    despite_gate: Annotated[
        bool, typer.Option("--despite-gate", help="Move the label even to a version that failed its quality gate.")
    ] = False,
    as_json: AsJson = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """List a model's version labels, or move one: `tandem label flights champion 3`. To roll back, move it back.

    Fails without changing anything if the labels are changed concurrently.
    """
    if name is not None and (version is None) != delete:
        raise InvalidInput("give a version to move the label to, or --delete to delete it")
    out = console()
    with Tandem(modeling=modeling) as tandem:
        labels = tandem.labels(model)
        before = None if name is None else labels.get(name)
        if name is None:
            text: object = labels_table(labels)
        elif version is None:
            tandem.delete_label(model, name)
            text = f"{name} is deleted from version {before}"
        else:
            tandem.set_label(model, name, version, despite_gate=despite_gate)
            text = f"{name}: version {version}" if before is None else f"{name}: version {before} → version {version}"
        if as_json:
            print_json(tandem.labels(model))
        else:
            out.print(text)


def delete(
    model: Annotated[str, typer.Argument(help="The model.")],
    version: Annotated[int | None, typer.Argument(help="The version to remove. Default: all of the model.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Remove also versions that have a label or are the default.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing; show what would go.")] = False,
    as_json: AsJson = False,
    modeling: Modeling = MODELING_URL,
) -> None:
    """Remove a model, or one of its versions: `tandem delete flights 3`. Datasets are removed by `tandem dataset delete`."""
    with Tandem(modeling=modeling) as tandem:
        if version is None:
            removal = tandem.delete_model(model, force=force, dry_run=dry_run)
        else:
            removal = tandem.delete_version(model, version, force=force, dry_run=dry_run)
    if as_json:
        print_json(removal)
    else:
        console().print(removal_table(removal))


def version_number(tandem: Tandem, model: str, label: str | None) -> int:
    """Return the number of the version with `label`; without one, of the default version, else of the newest.

    Raises `InvalidInput` for a label that the model does not have.
    """
    if label is not None:
        labels = tandem.labels(model)
        if label not in labels:
            raise InvalidInput(f"model {model!r} has no label {label!r}; it has {', '.join(labels) or 'none'}")
        return labels[label]
    versions: list[dict[str, Any]] = tandem.versions(model)
    return next((entry["version"] for entry in versions if entry["default"]), versions[0]["version"])
