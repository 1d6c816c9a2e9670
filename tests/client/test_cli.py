from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.client.scripted import FAILURE, TRAINED, Script
from typer.testing import CliRunner, Result

from tandem.cli import app


class Run(Protocol):
    """Calls the command in this process, against the scripted services."""

    def __call__(self, *words: str, stdin: str | None = None) -> Result: ...


@pytest.fixture
def run(service: Script, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TANDEM_PREPROCESSING_URL", service.url)
    monkeypatch.setenv("TANDEM_MODELING_URL", service.url)

    def call(*words: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(words), input=stdin)

    return call


def test_help_lists_every_command(run: Run) -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    assert all(name in shown.output for name in ("up", "dataset", "train", "predict", "report", "jobs", "demo"))


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
        f"{service.url}/v1/datasets/flights",
    ]


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


def test_options_go_on_top_of_a_request(run: Run, service: Script) -> None:
    source: dict[str, Any] = {"format": "csv", "uris": ["a.csv"], "header": False}
    request = {"name": "a", "source": source, "label": {"column": "l"}}
    assert run("dataset", "-", "--name", "b", "--null", "NA", stdin=json.dumps(request)).exit_code == 0
    assert service.bodies == [{**request, "name": "b", "source": {**source, "null_values": ["NA"]}}]


def test_train_shows_metrics_beside_the_baseline(run: Run, service: Script) -> None:
    shown = run("train", "--model", "flights", "--dataset", "flights", "--hidden", "8,4", "--epochs", "2")
    assert shown.exit_code == 0, shown.output
    network = {"kind": "dnn", "hidden": [8, 4]}
    assert service.bodies == [{"model": "flights", "dataset": "flights", "network": network, "epochs": 2}]
    assert "0.7512" in shown.output
    assert "0.5000" in shown.output


@pytest.mark.parametrize("rows", ['{"distance": 1}', '[{"distance": 1}]', '{"instances": [{"distance": 1}]}'])
def test_predict_takes_a_row_rows_or_a_whole_body(run: Run, service: Script, rows: str, tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text(rows)
    for shown in (
        run("predict", "flights", rows),
        run("predict", "flights", str(tmp_path / "rows.json")),
        run("predict", "flights", "-", stdin=rows),
    ):
        assert json.loads(shown.output) == {"predictions": [0.25]}
    assert service.bodies == [{"instances": [{"distance": 1}]}] * 3


def test_jobs_are_listed_shown_and_logged(run: Run) -> None:
    job_id = run("train", "--model", "m", "--dataset", "d", "--no-wait").output.strip()
    assert job_id in run("jobs", "list").output
    assert json.loads(run("jobs", "show", job_id).output)["state"] == "SUCCEEDED"
    assert run("jobs", "log", job_id).output == f"log of {job_id}\n"
    assert run("jobs", "follow", job_id).exit_code == 0
    assert run("jobs", "cancel", job_id).output == "cancelled\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dataset", '{"name": "x"}'], ["Invalid request: label is missing", "/label: is required"]),
        (["dataset", "nofile.json"], ["cannot read nofile.json: No such file or directory"]),
        (["dataset", '{"name": '], ["the argument is not JSON"]),
        (["dataset", "[]"], ["a request must be a JSON object. Received: []"]),
        (["dataset"], ["a request is needed"]),
        (["train"], ["a request is needed"]),
        (["train", "--hidden", "8;4"], ["--hidden takes whole numbers between commas. Received: '8;4'"]),
        (["predict", "cats", "{}"], ["Not Found: there is no model named 'cats'"]),
        (["jobs", "show", "nowhere"], ["no job ids begin with 'nowhere'"]),
        (
            ["jobs", "list", "--preprocessing", "http://127.0.0.1:1", "--modeling", "http://127.0.0.1:1"],
            ["does not answer"],
        ),
        (["up"], ["answers at http://127.0.0.1:", "already"]),
    ],
)
def test_errors_are_a_few_lines_and_exit_code_1(run: Run, words: list[str], said: list[str]) -> None:
    shown = run(*words)
    assert shown.exit_code == 1
    assert shown.stderr.startswith("error: ")
    assert all(part in shown.stderr for part in said)
    assert "Traceback" not in shown.output


def test_a_failed_job_says_why_and_where_its_log_is(run: Run, service: Script) -> None:
    service.steps["dataset"][-1] = {"state": "FAILED", "progress": {"phase": "analyze"}, "error": FAILURE}
    shown = run("dataset", "--name", "f", "--uri", "f.csv", "--label", "l")
    assert shown.exit_code == 1
    assert FAILURE["detail"] in shown.stderr
    assert "tandem jobs log dataset-0" in shown.stderr


def test_demo_uses_the_services_that_run_and_a_free_name(run: Run, service: Script, tmp_path: Path) -> None:
    service.taken = {"flights", "flights-2"}
    shown = run("demo", "--sources", str(tmp_path))
    assert shown.exit_code == 0, shown.output
    with (tmp_path / "flights.csv").open() as file:
        assert sum(1 for _ in file) == 336_777
    dataset, training, prediction = service.bodies
    assert (dataset["name"], training["dataset"], training["model"]) == ("flights-3", "flights-3", "flights")
    assert dataset["source"]["uris"] == ["flights.csv"]
    rows = prediction["instances"]
    assert any(None in row.values() for row in rows)
    assert min(map(len, rows)) < max(map(len, rows))
    assert "0.7512" in shown.output
    assert "25.0%" in shown.output
    assert f"{service.url}/docs" in shown.output


def test_models_and_versions(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    shown = run("models")
    assert shown.exit_code == 0, shown.output
    for words in ("flights", "champion: 2", "auc 0.7512"):
        assert words in shown.output
    versions = run("models", "flights").output.splitlines()
    assert versions[1].split()[:2] == ["3", "AVAILABLE"]
    assert "failed" in versions[1]
    assert versions[2].split()[:4] == ["2", "*", "AVAILABLE", "champion"]
    assert run("models", "nothing").exit_code == 1


def test_labels_are_listed_moved_and_taken_away(run: Run, service: Script) -> None:
    assert run("label", "flights").output.splitlines()[1].split() == ["champion", "2"]
    assert run("label", "flights", "champion", "3").output == "champion: version 2 → version 3\n"
    assert run("label", "flights", "canary", "2", "--despite-gate").output == "canary: version 2\n"
    assert service.bodies == [{"version": 3}, {"version": 2, "despite_gate": True}]
    assert run("label", "flights", "canary", "--delete").exit_code == 0
    assert service.labels == {"champion": 3}
    for words in (("flights", "champion"), ("flights", "champion", "3", "--delete")):
        assert run("label", *words).exit_code == 1


def test_a_label_that_somebody_else_moved_stays(run: Run, service: Script) -> None:
    service.etag_moves = True
    shown = run("label", "flights", "champion", "3")
    assert shown.exit_code == 1
    assert "it has changed since" in shown.output
    assert service.labels == {"champion": 2}


def test_report_is_written_to_a_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("report", "flights").output == "flights-2.html\n"
    assert (tmp_path / "flights-2.html").read_text(encoding="utf-8") == "<!doctype html>flights 2 é"
    assert run("report", "flights", "--version", "3", "-o", "page.html").exit_code == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8").endswith("flights 3 é")
    assert run("report", "flights", "--label", "champion", "-o", "page.html").exit_code == 0
    assert "flights 2" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert run("report", "flights", "--label", "canary").exit_code == 1
    assert run("report", "flights", "-o", "no/such/folder.html").exit_code == 1


def test_training_with_a_gate_and_a_label(run: Run, service: Script) -> None:
    miss = {"condition": "better_than", "metric": "log_loss", "required": 0.4, "received": 0.43, "by": 0.03}
    response = {**TRAINED, "gate": {"passed": False, "missed": [miss]}, "label": None}
    service.steps["training"][-1] = {**service.steps["training"][-1], "response": response}
    words = ("--model", "flights", "--dataset", "flights", "--label", "champion", "--better-than", "champion")
    for given, expected in (("balanced", "balanced"), ('{"1": 5}', {"1": 5})):
        shown = run("train", *words, "--class-weights", given)
        assert shown.exit_code == 0, shown.output
        assert service.bodies[-1]["class_weights"] == expected
    assert service.bodies[-1]["require"] == {"better_than": "champion"}
    assert service.bodies[-1]["label"] == "champion"
    assert "gate failed" in shown.output
    assert "log_loss is 0.4300 (required: better than 0.4000)" in shown.output


def test_a_datasets_report_is_written_to_a_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = run("report", "--dataset", "flights")
    assert (shown.exit_code, shown.output) == (0, "flights.html\n")
    assert (tmp_path / "flights.html").read_text() == "<title>flights</title>"
    assert run("report", "--dataset", "flights", "-o", "-").output == "<title>flights</title>"
    assert "compared with older" in run("report", "--dataset", "flights", "--compare", "older", "-o", "-").output
    assert run("report", "flights", "--compare", "older").exit_code == 1
    assert "no dataset named 'none'" in run("report", "--dataset", "none").output
    assert run("report", "--dataset", "flights", "--version", "1").exit_code == 1
    assert run("report", "flights", "--dataset", "flights").exit_code == 1
    assert run("report").exit_code == 1


def test_a_report_is_opened_in_a_browser(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or len(opened) < 2)
    assert run("report", "--dataset", "flights", "--open").exit_code == 0
    assert opened == [(tmp_path / "flights.html").as_uri()]
    shown = run("report", "--dataset", "flights", "--open")
    assert shown.exit_code == 1
    assert "no browser could be started" in shown.output


def test_predictions_for_files(run: Run, service: Script) -> None:
    shown = run("batch", '{"name": "june", "model": "flights", "source": {"format": "csv", "uris": ["june.csv"]}}')
    assert shown.exit_code == 0, shown.output
    assert service.bodies[-1]["name"] == "june"
    assert shown.output.splitlines()[-2:] == [
        "1,200 rows by version 3 of flights",
        "  predictions/june/job-1/part-00000.parquet  1,200 rows, 2.0 MB",
    ]
