"""The label's expression on sampled rows: the job's label for each, and proposals that check for leaks of it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from tests.preprocessing.proposals.tables import flags, table

from contracts.messages.schemas import InferRequest, Proposal
from preprocessing.engine import SparkEngine
from preprocessing.proposals.propose import propose
from preprocessing.sampled_rows import SampledRows

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
    assert {"Cancellation Date", "refund"} & set(proposal.request["exclude"]) >= {"Cancellation Date"}
    assert [*flags(proposal, "Cancellation Date")] == ["predicts_label"]
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
        types={"word": "bytes", "whole": "int64", "part": "float64"},
        columns={"word": ["a", None, "c"], "whole": [1, 2, 3], "part": [0.25, 1.0, None]},
    )
    assert engine.answer(sample.model_dump(mode="json")) == {"labels": [0.75, None, None]}
