"""`tandem report`: write the report about a model version or a dataset as one self-contained HTML file."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from tandem.client import Tandem
from tandem.commands.models import version_number
from tandem.errors import InvalidInput
from tandem.options import AsJson, Modeling, Preprocessing, Version, VersionLabel, console, print_json
from tandem.transport.addresses import MODELING_URL, PREPROCESSING_URL


def report(  # noqa: PLR0913, PLR0917 - each is an option that a person types by name
    model: Annotated[str | None, typer.Argument(help="The model, unless the report is about a dataset.")] = None,
    version: Version = None,
    version_label: VersionLabel = None,
    dataset: Annotated[str | None, typer.Option(help="The dataset to report on.")] = None,
    compare: Annotated[str | None, typer.Option(help="Another dataset to compare the first with.")] = None,
    split: Annotated[
        str | None, typer.Option(help="The split to compare: train, validation or test. Default: train.")
    ] = None,
    other_split: Annotated[str | None, typer.Option(help="The split of the other dataset. Default: train.")] = None,
    since: Annotated[
        int | None, typer.Option(help="Write what changed in the model since this version, in place of its report.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Output file; - is standard output. Default: MODEL-VERSION.html or DATASET.html in the working directory.",
        ),
    ] = None,
    in_browser: Annotated[bool, typer.Option("--open", help="Open the file in a browser.")] = False,
    as_json: AsJson = False,
    modeling: Modeling = MODELING_URL,
    preprocessing: Preprocessing = PREPROCESSING_URL,
) -> None:
    """Write the report about a model version: training curves, metrics, metrics by slice, and provenance.

    Or about a dataset: each column's distribution, missing values, and issues to review before training.
    """
    if (model is None) == (dataset is None):
        raise InvalidInput("give either a model, or --dataset and its name")
    if dataset is not None and (version is not None or version_label is not None):
        raise InvalidInput("--version and --version-label are about models; a dataset has neither")
    if compare is None and (split is not None or other_split is not None):
        raise InvalidInput("--split and --other-split are about a comparison: give --compare too")
    if dataset is None and compare is not None:
        raise InvalidInput("--compare is about datasets: give --dataset too")
    if dataset is not None and since is not None:
        raise InvalidInput("--since is about versions of a model; compare a dataset with another by --compare")
    with Tandem(preprocessing, modeling) as tandem:
        if model is None:
            page = tandem.dataset_report(str(dataset), compare, split=split, other_split=other_split)
            path = output or Path(f"{dataset}.html")
        else:
            number = version if version is not None else version_number(tandem, model, version_label)
            page = tandem.report(model, number) if since is None else tandem.changes(model, number, since)
            path = output or Path(f"{model}-{number}.html" if since is None else f"{model}-{number}-since-{since}.html")
    _show(page, path, in_browser=in_browser, as_json=as_json)


def _show(page: str, path: Path, *, in_browser: bool, as_json: bool) -> None:
    if str(path) == "-":
        typer.echo(page, nl=False)
        return
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror or error}") from error
    if as_json:
        print_json({"path": str(path)})
    else:
        console().print(str(path), markup=False)
    if in_browser and not webbrowser.open(path.absolute().as_uri()):
        raise InvalidInput(f"no browser could be started; open {path} yourself")
