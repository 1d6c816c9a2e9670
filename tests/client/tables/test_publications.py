"""Published datasets and predictions on the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console, RenderableType

from tandem.tables.publications import dataset_parts, datasets_table, prediction_parts, predictions_table

LONG = "a-name-of-a-dataset-that-is-longer-than-any-column-would-be-on-a-narrow-terminal"
MANIFEST: dict[str, Any] = {
    "name": "flights",
    "created": "2026-11-27T12:34:56Z",
    "fingerprint": "ab" * 32,
    "records": "raw",
    "layout": "columns",
    "source": {"format": "csv", "uris": ["*.csv"]},
    "files": [{"uri": f"{month:02}.csv", "bytes": 1} for month in range(1, 13)],
    "schema": {
        "label": {"column": None, "kind": "binary", "expression": "arr_delay > 15"},
        "weight": "importance",
        "features": {
            "distance [km]": {"kind": "numeric", "dtype": "float64"},
            "carrier": {"kind": "categorical"},
        },
    },
    "splits": {"train": {"rows": 1200}, "validation": {"rows": 0}, "test": {"rows": 300}},
    "left_out": {"without_label": 1005, "filtered": 0, "rejected": 2, "unknown_class": 0},
    "shards": [{"bytes": 1_500_000}, {"bytes": 1_000_000}],
    "warnings": [
        {"kind": "leakage", "severity": "serious", "feature": "carrier", "message": "It knows.", "advice": "Exclude."}
    ],
}
PREDICTIONS: dict[str, Any] = {
    "name": "june",
    "created": "2026-11-27T12:34:56Z",
    "model": "flights",
    "version": 3,
    "rows": 1200,
    "job": "0123",
    "folder": "predictions/june/0123-1",
    "columns": ["id", "predictions"],
    "files": [{"path": "predictions/june/0123-1/part-00000.parquet", "rows": 1200, "bytes": 2000, "sha256": "cd" * 32}],
    "rejected": {"path": "predictions/june/0123-1/rejected.jsonl", "rows": 2, "bytes": 90, "sha256": "ef" * 32},
}


def lines_of(*parts: RenderableType, width: int = 200) -> list[str]:
    out = Console(width=width, highlight=False, soft_wrap=True)
    with out.capture() as capture:
        for part in parts:
            out.print(part)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_datasets_are_rows_of_a_table() -> None:
    summary: dict[str, Any] = {
        **MANIFEST,
        "rows": {name: split["rows"] for name, split in MANIFEST["splits"].items()},
        "bytes": 2_500_000,
    }
    head, first, second = lines_of(datasets_table([summary, {**summary, "name": LONG}], 12))
    assert head.split()[:3] == ["dataset", "rows", "records"]
    assert first.split(maxsplit=1)[1] == (
        "1,500 (train 1,200, test 300)  raw, columns  2.5 MB  2026-11-27 12:34  abababababab"
    )
    assert second.startswith(f"{LONG}  1,500")
    assert lines_of(datasets_table([]))[0].split() == head.split()
    assert lines_of(datasets_table([summary]))[1].endswith("  " + "ab" * 32)


def test_a_dataset_is_described_with_its_features_and_warnings() -> None:
    assert lines_of(*dataset_parts(MANIFEST)) == [
        "dataset      flights",
        "created      2026-11-27 12:34 UTC",
        "source       csv: 01.csv, 02.csv, 03.csv and 9 more",
        "label        arr_delay > 15 (binary)",
        "weight       importance",
        "rows         1,500 (train 1,200, test 300)",
        "left out     1,005 without a label, 2 that could not be read",
        "records      raw, columns, 2 files, 2.5 MB",
        f"fingerprint  {'ab' * 32}",
        "",
        "feature        kind         type",
        "distance [km]  numeric      float64",
        "carrier        categorical  text",
        "",
        "serious: leakage carrier: It knows. Exclude.",
    ]


def test_the_label_may_be_a_column() -> None:
    schema: dict[str, Any] = {**MANIFEST["schema"], "label": {"column": "late", "kind": "binary", "expression": None}}
    assert "label        late (binary)" in lines_of(*dataset_parts({**MANIFEST, "schema": schema}))


def test_groups_and_rows_without_a_time_are_counted() -> None:
    groups = {"columns": ["patient", "site"], "groups": 1204, "without_key": 3}
    lines = lines_of(*dataset_parts({**MANIFEST, "groups": groups, "without_time": 1020}))
    assert "groups          1,204 of patient, site, each in one split; 3 rows without a key" in lines
    assert "without a time  1,020 training rows" in lines
    assert not [line for line in lines_of(*dataset_parts({**MANIFEST, "groups": None})) if line.startswith("groups")]


def test_predictions_are_listed_and_described_with_their_files() -> None:
    _, row = lines_of(predictions_table([PREDICTIONS]))
    assert row == "june         flights  3        1,200  2.0 kB  2026-11-27 12:34  predictions/june/0123-1"
    shown = lines_of(*prediction_parts(PREDICTIONS))
    assert shown[:6] == [
        "predictions  june",
        "created      2026-11-27 12:34 UTC",
        "model        flights, version 3",
        "rows         1,200",
        "columns      id, predictions",
        "job          0123",
    ]
    assert [line.split()[0] for line in shown[8:]] == [
        "predictions/june/0123-1/part-00000.parquet",
        "predictions/june/0123-1/rejected.jsonl",
    ]
    assert shown[8].split()[1:] == ["1,200", "2.0", "kB", "cd" * 32]
