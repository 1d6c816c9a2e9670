"""Results on the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from tandem.messages import Job
from tandem.tables.results import (
    calibration_line,
    dataset_line,
    gate_lines,
    jobs_table,
    labels_table,
    metrics_table,
    missing_tables,
)


def shown(table: Table) -> str:
    console = Console(width=200, color_system="truecolor", force_terminal=True)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_a_dataset_is_summed_up_with_what_was_left_out() -> None:
    response = {"rows": {"train": 1200, "test": 300}, "leftOut": {"withoutLabel": 5}, "bytes": 2_500_000}
    assert dataset_line(response) == (
        "1,500 rows (train 1,200, test 300); 5 without a label left out; 2.5 MB of records"
    )
    assert dataset_line({}) == "0 rows (); 0.0 MB of records"


def test_metrics_that_neither_model_nor_baseline_has_are_left_out_of_the_table() -> None:
    metrics = {"accuracy": 0.7, "auc": None, "top_3_accuracy": None}
    evaluation = {"test": metrics, "baseline": {**metrics, "auc": 0.5}}
    text = shown(metrics_table({"evaluation": evaluation}))
    assert "auc" in text
    assert "top 3" not in text


def test_a_correction_of_probabilities_is_told_with_the_error_before_and_after() -> None:
    calibration: dict[str, Any] = {"verdict": "corrected", "temperature": 1.25, "ece_before": 0.05}
    evaluation = {"test": {"ece": 0.01}, "calibration": calibration}
    line = calibration_line({"evaluation": evaluation})
    assert line == "probabilities corrected by temperature 1.250: calibration error 0.0500 before, 0.0100 after"
    assert calibration_line({"evaluation": {**evaluation, "calibration": {"verdict": "calibrated"}}}) is None
    assert calibration_line({"evaluation": {"test": {}}}) is None


def test_the_better_of_model_and_baseline_is_green_whichever_way_the_metric_goes() -> None:
    test, baseline = {"auc": 0.7, "log_loss": 0.6, "rows": 10}, {"auc": 0.5, "log_loss": 0.4, "rows": 10}
    text = shown(metrics_table({"model": "m", "version": 1, "evaluation": {"test": test, "baseline": baseline}}))
    assert "\x1b[32m0.7000" in text
    assert "\x1b[32m0.4000" in text
    assert "\x1b[32m0.5000" not in text
    assert "\x1b[32m0.6000" not in text


def test_an_undefined_metric_wins_nothing() -> None:
    evaluation: dict[str, Any] = {"test": {"auc": None}, "baseline": {"auc": 0.5}}
    text = shown(metrics_table({"evaluation": evaluation}))
    assert "\x1b[32m" not in text
    assert "0.5000" in text


def test_a_failed_gate_names_each_miss() -> None:
    missed: list[dict[str, Any]] = [
        {"condition": "auc.min", "metric": "auc", "required": 0.8, "received": 0.7},
        {"condition": "better_than", "metric": "log_loss", "required": 0.4, "received": None},
        {
            "condition": "missing.log_loss.max",
            "metric": "log_loss",
            "missing_share": 0.3,
            "required": 0.5,
            "received": 0.505,
        },
    ]
    lines = gate_lines({"gate": {"passed": False, "missed": missed}})
    assert lines[1:] == [
        "  auc is 0.7000 (required: at least 0.8000)",
        "  log_loss is undefined on this test split (required: better than 0.4000)",
        "  log_loss with 30 % of the fields missing is 0.5050 (required: at most 0.5000)",
    ]
    assert gate_lines({"label": "champion", "version": 3}) == ["label champion is on version 3"]
    assert gate_lines({}) == []


def masked(loss: float | None, mean: float | list[float], **which: Any) -> dict[str, Any]:
    return {**which, "metrics": {"kind": "any", "rows": 40, "auc": 0.75, "log_loss": loss}, "mean_prediction": mean}


def test_missing_values_are_a_table_by_share_and_one_by_feature() -> None:
    missing = {
        "rows": 1234,
        "baseline": {"kind": "binary", "rows": 40, "auc": 0.5, "log_loss": 0.55},
        "mean_label": 0.238,
        "by_share": [masked(0.42, 0.236, share=0.0), masked(0.55, 0.311, share=0.5)],
        "by_feature": [
            masked(0.53, 0.25, feature="month [1]", masked_as="missing", training_rows=0),
            masked(None, 0.25, feature="hour", masked_as="unseen", training_rows=1200),
            masked(0.43, 0.25, feature="tail", masked_as="unseen", training_rows=None),
        ],
    }
    by_share, by_feature = map(shown, missing_tables(missing))
    assert "1,234 test rows" in by_share
    for words in ("0 %", "50 %", "0.3110", "constant baseline", "0.5500", "label 0.2380"):
        assert words in by_share
    rows = [line for line in by_feature.splitlines() if "missing" in line or "unseen" in line][-3:]
    assert [("never" in row, "1,200" in row) for row in rows] == [(True, False), (False, True), (False, False)]
    assert "month [1]" in rows[0]


def test_a_missed_bound_on_one_class_names_it() -> None:
    miss = {"condition": "class_auc.a.min", "metric": "auc", "class_name": "a", "required": 0.9, "received": 0.8}
    lines = gate_lines({"gate": {"passed": False, "missed": [miss]}, "version": 1})
    assert lines[-1] == "  auc of class a is 0.8000 (required: at least 0.9000)"


def test_of_several_classes_the_farthest_shows_the_calibration() -> None:
    missing = {
        "rows": 9,
        "baseline": {"kind": "multiclass", "rows": 40, "auc": 0.5, "log_loss": 1.1},
        "mean_label": [0.5, 0.3, 0.2],
        "by_share": [masked(0.4, [0.4, 0.35, 0.25], share=0.0)],
        "by_feature": [],
    }
    by_share, _ = map(shown, missing_tables(missing))
    assert "-0.1000" in by_share
    assert "calibration" in by_share


def test_jobs_are_listed_with_their_subject_and_duration() -> None:
    reply: dict[str, Any] = {
        "id": "0123456789abcdef",
        "kind": "training",
        "state": "SUCCEEDED",
        "done": True,
        "attempt": 1,
        "createTime": "2026-01-01T00:00:00.000Z",
        "updateTime": "2026-01-01T00:02:05.000Z",
        "progress": {"phase": "publish", "fraction": 1.0, "completedTasks": None, "totalTasks": None},
        "request": {"model": "a-model", "dataset": "d"},
        "response": {},
        "error": None,
        "links": {},
    }
    text = shown(jobs_table([Job.of("modeling", reply)], id_length=12))
    assert text.splitlines()[1].split() == [
        *("modeling", "0123456789ab", "training", "a-model", "SUCCEEDED", "publish", "100%"),
        *("2026-01-01", "00:00:00", "2", "min", "5", "s"),
    ]


def test_names_in_brackets_are_no_markup() -> None:
    assert "[red]x[/red]" in shown(labels_table({"[red]x[/red]": 1}))
