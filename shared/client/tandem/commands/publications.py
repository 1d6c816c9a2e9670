"""Inspect published datasets as JSON: `tandem dataset list`, `show`, `statistics`, `compare` and so on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tandem.client import PREPROCESSING_URL, Tandem
from tandem.errors import InvalidInput
from tandem.options import Preprocessing

Dataset = Annotated[str, typer.Argument(help="The dataset's name.")]
Split = Annotated[str, typer.Option(help="train, validation or test.")]


def names(preprocessing: Preprocessing = PREPROCESSING_URL) -> None:
    """List the published datasets, with a summary of each."""
    with Tandem(preprocessing=preprocessing) as tandem:
        _print(tandem.datasets())


def show(dataset: Dataset, preprocessing: Preprocessing = PREPROCESSING_URL) -> None:
    """Print a dataset's manifest: schema, source, splits, files and their checksums."""
    with Tandem(preprocessing=preprocessing) as tandem:
        _print(tandem.dataset(dataset))


def statistics(
    dataset: Dataset,
    proto: Annotated[
        Path | None,
        typer.Option(help="Write TensorFlow Data Validation's protocol buffer to this file, in place of JSON."),
    ] = None,
    preprocessing: Preprocessing = PREPROCESSING_URL,
) -> None:
    """Print the statistics of every column in every split."""
    with Tandem(preprocessing=preprocessing) as tandem:
        if proto is None:
            _print(tandem.statistics(dataset))
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
    preprocessing: Preprocessing = PREPROCESSING_URL,
) -> None:
    """Compare one dataset with another: drift per column, new and vanished categories, schemas."""
    with Tandem(preprocessing=preprocessing) as tandem:
        _print(tandem.compare(dataset, other, split=split, other_split=other_split))


def rejected(dataset: Dataset, preprocessing: Preprocessing = PREPROCESSING_URL) -> None:
    """Print the rows that the job skipped, one JSON object per line: file, line, reason and text."""
    with Tandem(preprocessing=preprocessing) as tandem:
        for row in tandem.rejected_rows(dataset):
            typer.echo(json.dumps(row, ensure_ascii=False))


def delete(dataset: Dataset, preprocessing: Preprocessing = PREPROCESSING_URL) -> None:
    """Delete a dataset and its files."""
    with Tandem(preprocessing=preprocessing) as tandem:
        tandem.delete_dataset(dataset)


def _print(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))
