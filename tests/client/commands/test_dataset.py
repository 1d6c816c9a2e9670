"""`tandem dataset`: the request is sent as given, and the job is followed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.client.scripted import LEAK, Run, Script


def test_dataset_from_a_file_is_followed_to_its_end(run: Run, service: Script, tmp_path: Path) -> None:
    request = {"name": "flights", "source": {"format": "csv", "uris": ["flights.csv"]}, "label": {"column": "late"}}
    (tmp_path / "request.json").write_text(json.dumps(request))
    shown = run("dataset", str(tmp_path / "request.json"))
    assert shown.exit_code == 0, shown.output
    assert service.bodies == [request]
    assert shown.output.splitlines() == [
        "dataset flights: pending",
        "dataset flights: plan",
        "dataset flights: analyze 2/4",
        "dataset flights: succeeded",
        "10 rows (train 8, test 2); 1 without a label left out; 1.5 MB of records",
        f"report: {service.url}/v1/datasets/flights/report",
    ]


def test_a_dataset_is_shown_with_its_warnings(run: Run, service: Script) -> None:
    note = {"kind": "label skew", "severity": "note", "feature": None, "message": "Splits differ.", "advice": "Look."}
    steps = service.steps["dataset"]
    steps[-1] = {**steps[-1], "response": {**steps[-1]["response"], "warnings": [LEAK, note]}}
    shown = run("dataset", "--name", "flights", "--uri", "a.csv", "--label", "late")
    assert shown.exit_code == 0, shown.output
    text = " ".join(shown.output.split())
    assert (
        "serious: leakage refund [x]: It knows. Exclude it. note: label skew Splits differ. Look. report: http" in text
    )


def test_dataset_with_sql(run: Run, service: Script) -> None:
    words = ["--name", "a", "--uri", "a.orc", "--label", "late", "--filter", "x > 0", "--weight", "w"]
    words += ["--derive", "w = x * 2", "--derive", "late=y = 1"]
    assert run("dataset", *words).exit_code == 0
    assert service.bodies == [
        {
            "name": "a",
            "source": {"format": "orc", "uris": ["a.orc"]},
            "label": {"column": "late"},
            "filter": "x > 0",
            "derive": {"w": "x * 2", "late": "y = 1"},
            "weight": "w",
        }
    ]
    assert "Received: 'w'" in run("dataset", *words, "--derive", "w").output


def test_dataset_from_options(run: Run, service: Script) -> None:
    words = (
        "--name f --uri f.parquet --label-expression a>1 --numeric x --categorical y --remaining exclude --records none"
    )
    assert run("dataset", *words.split()).exit_code == 0
    assert service.bodies == [
        {
            "name": "f",
            "source": {"uris": ["f.parquet"], "format": "parquet"},
            "label": {"expression": "a>1"},
            "features": {"x": {"kind": "numeric"}, "y": {"kind": "categorical"}},
            "remaining": "exclude",
            "records": "none",
        }
    ]


def test_dates_have_their_format_after_their_name(run: Run, service: Script) -> None:
    words = (
        "--date",
        "when",
        "--date",
        "ordered=%m/%d/%Y %I:%M %p",
        "--date",
        "a=b=%Y",
        "--numeric",
        "x",
        "--text",
        "note",
    )
    assert run("dataset", "--name", "f", "--uri", "f.csv", "--label", "l", *words).exit_code == 0
    assert service.bodies[-1]["features"] == {
        "x": {"kind": "numeric"},
        "note": {"kind": "text"},
        "when": {"kind": "datetime"},
        "ordered": {"kind": "datetime", "format": "%m/%d/%Y %I:%M %p"},
        "a": {"kind": "datetime", "format": "b=%Y"},
    }


def test_options_go_on_top_of_a_request(run: Run, service: Script) -> None:
    source: dict[str, Any] = {"format": "csv", "uris": ["a.csv"], "header": False}
    request = {"name": "a", "source": source, "label": {"column": "l"}}
    assert run("dataset", "-", "--name", "b", "--null", "NA", stdin=json.dumps(request)).exit_code == 0
    assert service.bodies == [{**request, "name": "b", "source": {**source, "null_values": ["NA"]}}]


def test_a_label_of_text_has_its_options(run: Run, service: Script) -> None:
    words = "--name f --uri f.parquet --label said --label-positive yes --label-strip --no-label-fold-case"
    assert run("dataset", *words.split()).exit_code == 0
    label = {"column": "said", "positive": "yes", "strip": True, "fold_case": False}
    assert service.bodies[-1]["label"] == label
