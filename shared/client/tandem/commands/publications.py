"""Inspect published datasets: `tandem dataset list`, `show`, `statistics`, `compare` and so on."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from tandem.client import Tandem
from tandem.errors import InvalidInput
from tandem.options import AsJson, Preprocessing, PrintsJson, console, object_option, print_json, print_json_lines
from tandem.tables.drift import comparison_table, difference_lines
from tandem.tables.publications import dataset_parts, dataset_removal, datasets_table
from tandem.transport.addresses import PREPROCESSING_URL

Dataset = Annotated[str, typer.Argument(help="The dataset's name.")]
Split = Annotated[str, typer.Option(help="train, validation or test.")]


def names(as_json: AsJson = False, preprocessing: Preprocessing = PREPROCESSING_URL) -> None:
    """List the published datasets, with a summary of each."""
    with Tandem(preprocessing=preprocessing) as tandem:
        datasets = tandem.datasets()
    if as_json:
        print_json(datasets)
    else:
        out = console()
        out.print(datasets_table(datasets, fingerprint_length=12 if out.is_terminal else None))


def show(dataset: Dataset, as_json: AsJson = False, preprocessing: Preprocessing = PREPROCESSING_URL) -> None:
    """Show a dataset: source, label, rows, features, warnings. With --json its manifest, with files and checksums."""
    with Tandem(preprocessing=preprocessing) as tandem:
        manifest = tandem.dataset(dataset)
    if as_json:
        print_json(manifest)
        return
    out = console()
    for part in dataset_parts(manifest):
        out.print(part)
    out.print(f"report: {preprocessing}/v1/datasets/{dataset}/report")


def statistics(
    dataset: Dataset,
    proto: Annotated[
        Path | None,
        typer.Option(help="Write TensorFlow Data Validation's protocol buffer to this file, in place of JSON."),
    ] = None,
    _as_json: PrintsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
) -> None:
    """Print the statistics of every column in every split."""
    with Tandem(preprocessing=preprocessing) as tandem:
        if proto is None:
            print_json(tandem.statistics(dataset))
            return
        serialized = tandem.statistics_proto(dataset)
    try:
        proto.write_bytes(serialized)
    except OSError as error:
        raise InvalidInput(f"cannot write {proto}: {error.strerror or error}") from error


def compare(
    dataset: Dataset,
    other: Annotated[
        str, typer.Argument(help="The dataset to compare it with; its own name compares two of its splits.")
    ],
    split: Split = "train",
    other_split: Split = "train",
    thresholds: Annotated[
        str | None, typer.Option(help='Thresholds of drift, as JSON: {"jensen_shannon": 0.05}; null is no threshold.')
    ] = None,
    as_json: AsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
) -> None:
    """Compare one dataset with another: drift per column, new and vanished categories, schemas."""
    limits = object_option("--thresholds", thresholds)
    with Tandem(preprocessing=preprocessing) as tandem:
        comparison = tandem.compare(dataset, other, split=split, other_split=other_split, thresholds=limits)
    if as_json:
        print_json(comparison)
        return
    out = console()
    out.print(comparison_table(comparison))
    for line in difference_lines(comparison):
        out.print(line)


def vocabulary(
    dataset: Dataset,
    feature: Annotated[str, typer.Argument(help="A categorical feature.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Maximum number of tokens. Default: all.")] = None,
    _as_json: PrintsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
) -> None:
    """Print the tokens of a categorical feature with their counts, one JSON object per line, in the order of their ids."""
    with Tandem(preprocessing=preprocessing) as tandem:
        print_json_lines(islice(tandem.vocabulary(dataset, feature), limit))


def rejected(dataset: Dataset, _as_json: PrintsJson = False, preprocessing: Preprocessing = PREPROCESSING_URL) -> None:
    """Print the rows that the job skipped, one JSON object per line: file, line, reason and text."""
    with Tandem(preprocessing=preprocessing) as tandem:
        print_json_lines(tandem.rejected_rows(dataset))


def delete(
    dataset: Dataset,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Delete nothing; show its size, and the versions trained from it.")
    ] = False,
    as_json: AsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
) -> None:
    """Delete a dataset and its files. Models that were trained from it answer on."""
    with Tandem(preprocessing=preprocessing) as tandem:
        removal = tandem.delete_dataset(dataset, dry_run=dry_run)
    if as_json:
        print_json({"deleted": dataset} if removal is None else removal)
    elif removal is not None:
        console().print(dataset_removal(removal))
