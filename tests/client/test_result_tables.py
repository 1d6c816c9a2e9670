"""Results on the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from tandem.messages import Job
from tandem.result_tables import dataset_line, gate_lines, jobs_table, labels_table, metrics_table


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
    ]
    lines = gate_lines({"gate": {"passed": False, "missed": missed}})
    assert lines[1:] == [
        "  auc is 0.7000 (required: at least 0.8000)",
        "  log_loss is undefined on this test split (required: better than 0.4000)",
    ]
    assert gate_lines({"label": "champion", "version": 3}) == ["label champion is on version 3"]
    assert gate_lines({}) == []


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
