"""`tandem report`: the page about a model's version or a dataset, as a file that needs nothing else."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from tandem.client import MODELING_URL, PREPROCESSING_URL, Tandem
from tandem.errors import InvalidInput
from tandem.options import Modeling, Preprocessing, console


def report(  # noqa: PLR0913, PLR0917 - each is an option that a person types by name
    model: Annotated[str | None, typer.Argument(help="The model, unless the page is about a dataset.")] = None,
    version: Annotated[int | None, typer.Option(help="A version of the model. Default: the one that answers.")] = None,
    named: Annotated[
        str | None, typer.Option("--label", help="A label that a version has, instead of its number.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="The dataset that the page is about.")] = None,
    compare: Annotated[
        str | None, typer.Option(help="Another dataset: the page says how the first differs from it.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where the page goes; - is standard output. Default: MODEL-VERSION.html or DATASET.html here.",
        ),
    ] = None,
    in_browser: Annotated[bool, typer.Option("--open", help="Show the file in a browser.")] = False,
    modeling: Modeling = MODELING_URL,
    preprocessing: Preprocessing = PREPROCESSING_URL,
) -> None:
    """Write the page about a model's version: how it learned, how good it is, for whom, and where it comes from.

    Or that about a dataset: each column's values, what is missing, and what to look at before training.
    """
    if (model is None) == (dataset is None):
        raise InvalidInput("give either a model, or --dataset and its name")
    if dataset is not None and (version is not None or named is not None):
        raise InvalidInput("--version and --label are about models; a dataset has neither")
    if dataset is None and compare is not None:
        raise InvalidInput("--compare is about datasets: give --dataset too")
    with Tandem(preprocessing, modeling) as tandem:
        if model is None:
            page, path = tandem.dataset_report(str(dataset), compare), output or Path(f"{dataset}.html")
        else:
            number = version if version is not None else _version(tandem, model, named)
            page, path = tandem.report(model, number), output or Path(f"{model}-{number}.html")
    _show(page, path, in_browser=in_browser)


def _show(page: str, path: Path, *, in_browser: bool) -> None:
    if str(path) == "-":
        typer.echo(page, nl=False)
        return
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror or error}") from error
    console().print(str(path))
    if in_browser and not webbrowser.open(path.absolute().as_uri()):
        raise InvalidInput(f"no browser could be started; open {path} yourself")


def _version(tandem: Tandem, model: str, label: str | None) -> int:
    """The version with a label, else the default one, else the newest."""
    if label is not None:
        labels = tandem.labels(model)
        if label not in labels:
            raise InvalidInput(f"model {model!r} has no label {label!r}; it has {', '.join(labels) or 'none'}")
        return labels[label]
    versions: list[dict[str, Any]] = tandem.versions(model)
    return next((each["version"] for each in versions if each["default"]), versions[0]["version"])
