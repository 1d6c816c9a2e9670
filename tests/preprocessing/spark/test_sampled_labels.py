"""The label's expression on sampled rows: the job's label for each, and proposals that check for leaks of it."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.preprocessing.proposals.tables import flags, table

from contracts.dataset.data_folder import DataFolder
from contracts.errors import Cancelled
from contracts.messages.schemas import InferRequest, Proposal
from preprocessing.engine import SparkEngine
from preprocessing.proposals.labels.label_candidates import SECONDS
from preprocessing.proposals.propose import propose
from preprocessing.sampled_rows import SampledRows
from preprocessing.spark.run_parts import run_parts

ROWS = 600


def churn() -> dict[str, list[Any]]:
    """Customers: what they said of churn in many spellings, columns that give it away, and others."""
    draw = random.Random(8)
    left = [draw.random() < 0.3 for _ in range(ROWS)]
    return {
        "Churn": [draw.choice([" Yes", "yes", "YES "] if gone else ["No", "no ", ""]) for gone in left],
        "months": [draw.randint(0, 80) for _ in range(ROWS)],
        "plan": [draw.choice(["basic", "plus", "max"]) for _ in range(ROWS)],
        "Cancellation Date": [f"2024-{draw.randint(1, 12):02}-0{draw.randint(1, 9)}" if gone else "" for gone in left],
        "refund": [f"{draw.uniform(5, 90) if gone else 0:.2f}" for gone in left],
    }


def proposed(engine: SparkEngine, folder: Path, columns: dict[str, list[Any]], label: dict[str, str]) -> Proposal:
    (folder / "churn.csv").write_text(table(columns))

    def evaluate(sample: SampledRows) -> list[str | float | None]:
        return engine.answer(sample.model_dump(mode="json"))["labels"]

    request = InferRequest.model_validate({"uris": ["churn.csv"], "label": label})
    return propose(request, [str(folder)], evaluate)


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("lower(trim(Churn)) = 'yes'", "binary"),
        ("CASE WHEN lower(trim(Churn)) = 'yes' THEN 1 ELSE 0 END", "binary"),
        ("concat('has ', coalesce(lower(trim(`Churn`)), 'no'))", "multiclass"),
        ("if(lower(trim(Churn)) = 'yes', 100, 2.5) * 10", "regression"),
    ],
)
def test_leaks_of_an_expression_are_found(engine: SparkEngine, tmp_path: Path, expression: str, kind: str) -> None:
    columns = churn()
    if kind != "multiclass":
        columns["Churn"] = [value or "No" for value in columns["Churn"]]
    proposal = proposed(engine, tmp_path, columns, {"expression": expression, "kind": kind})
    assert [*flags(proposal, "Cancellation Date")] == ["predicts_label"]
    # Numbers are compared with a number by rank and by what a line explains: amounts above 0 need not follow the label's.
    assert ("predicts_label" in flags(proposal, "refund")) == (kind != "regression")
    assert {"months", "plan"} <= set(proposal.request["features"])
    assert "leaks_not_checked" not in flags(proposal, None)


@pytest.mark.parametrize(
    ("expression", "kind", "why"),
    [
        ("lower(trim(Churn) = 'yes'", "binary", "not valid"),
        ("rand() + months > 3", "binary", "deterministic"),
        ("max(months) > 3", "binary", "aggregate"),
        ("months", "binary", "0 or 1"),
        ("concat(plan, Churn)", "regression", "must be"),
        ("1 = 1", "binary", "names no column"),
    ],
)
def test_an_expression_that_spark_refuses_is_told(
    engine: SparkEngine, tmp_path: Path, expression: str, kind: str, why: str
) -> None:
    proposal = proposed(engine, tmp_path, churn(), {"expression": expression, "kind": kind})
    reason = flags(proposal, None)["leaks_not_checked"].reason
    assert why in reason


def test_labels_are_those_of_spark_with_types_and_missing_values(engine: SparkEngine) -> None:
    sample = SampledRows(
        expression="CASE WHEN word IS NULL THEN NULL ELSE whole / 2 + part END",
        kind="regression",
        seconds=SECONDS,
        types={"word": "bytes", "whole": "int64", "part": "float64"},
        columns={"word": ["a", None, "c"], "whole": [1, 2, 3], "part": [0.25, 1.0, None]},
    )
    assert engine.answer(sample.model_dump(mode="json")) == {"labels": [0.75, None, None]}


def sampled(expression: str, kind: str, seconds: float = SECONDS, **columns: list[Any]) -> dict[str, Any]:
    types = {name: {int: "int64", float: "float64", str: "bytes"}[type(column[0])] for name, column in columns.items()}
    question = {"expression": expression, "kind": kind, "seconds": seconds, "types": types, "columns": columns}
    return SampledRows.model_validate(question).model_dump(mode="json")


def test_whole_numbers_are_exact(engine: SparkEngine, tmp_path: Path) -> None:
    wide = [(1 << 63) - 1, (1 << 53) + 1, 4]
    assert engine.answer(sampled("wide % 2", "binary", wide=wide)) == {"labels": [1.0, 1.0, 0.0]}
    ids = [(1 << 53) + row for row in range(ROWS)]
    columns = {
        "id": [*ids[:-1], (1 << 63) - 1],
        "plan": [["basic", "plus", "max"][row % 3] for row in range(ROWS)],
        "gives": [["even", "odd"][row % 2] for row in range(ROWS - 1)] + ["odd"],
    }
    proposal = proposed(engine, tmp_path, columns, {"expression": "id % 2 = 0", "kind": "binary"})
    assert "predicts_label" in flags(proposal, "gives")


def test_a_question_waits_for_no_job_and_survives_its_cancel(engine: SparkEngine, data_folder: DataFolder) -> None:
    assert engine.session is not None
    spark, cores = engine.session, engine.session.sparkContext.defaultParallelism
    began, cancelled = threading.Event(), threading.Event()

    def sleep(part: int) -> int:
        time.sleep(60)
        return part

    def progress(_: int) -> None:
        began.set()
        if cancelled.is_set():
            raise Cancelled("cancelled")

    def job() -> None:
        with pytest.raises(Cancelled):
            run_parts(spark, sleep, 4 * cores, data_folder, progress)

    running = threading.Thread(target=job)
    running.start()
    assert began.wait(60)
    assert engine.answer(sampled("x > 1", "binary", x=[1, 2])) == {"labels": [0.0, 1.0]}
    cancelled.set()
    running.join(60)
    assert not running.is_alive()
    assert engine.answer(sampled("x > 1", "binary", x=[1, 2])) == {"labels": [0.0, 1.0]}
