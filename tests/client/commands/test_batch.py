"""`tandem batch`: predictions for files."""

from __future__ import annotations

import json

from tests.client.scripted import Run, Script


def test_predictions_for_files(run: Run, service: Script) -> None:
    shown = run("batch", '{"name": "june", "model": "flights", "source": {"format": "csv", "uris": ["june.csv"]}}')
    assert shown.exit_code == 0, shown.output
    assert service.bodies[-1]["name"] == "june"
    assert shown.output.splitlines()[-2:] == [
        "1,200 rows by version 3 of flights",
        "  predictions/june/job-1/part-00000.parquet  1,200 rows, 2.0 MB",
    ]


def test_rows_that_were_skipped_are_printed_one_a_line(run: Run) -> None:
    shown = run("batch", "rejected", "june")
    assert shown.exit_code == 0, shown.output
    assert [(row["file"], row["line"]) for row in map(json.loads, shown.output.splitlines())] == [
        ("june.csv", 3),
        ("june.csv", 9),
    ]


def test_classes_are_an_option(run: Run, service: Script) -> None:
    source = '{"format": "csv", "uris": ["june.csv"]}'
    options = ["--name", "june", "--model", "flights", "--source", source, "--no-wait"]
    assert run("batch", "create", *options, "--classes").exit_code == 0
    assert service.bodies[-1]["classes"] is True
    assert run("batch", "create", *options).exit_code == 0
    assert "classes" not in service.bodies[-1]
