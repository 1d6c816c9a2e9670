"""The label among the columns: which could be one, of which kind, and which columns give it away."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tests.preprocessing.proposals.tables import ROWS, Propose, base, flags, numbers, sampled, table

from preprocessing.proposals.labels.label_candidates import (
    as_expression,
    candidates,
    equal_columns,
    truth,
    truth_of,
)
from preprocessing.proposals.sampled_columns import Column


def test_columns_that_give_the_label_away(proposed: Propose) -> None:
    draw = random.Random(6)
    columns = base()
    late: list[Any] = columns["late"]
    columns |= {
        "delay": [draw.uniform(16, 90) if each else draw.uniform(-20, 15) for each in late],
        "speed": [draw.uniform(0, 1) if each else draw.uniform(1.1, 2) for each in late],
        "status": [draw.choice(["paid", "sent"]) if each else draw.choice(["open", "new"]) for each in late],
        "refund": [draw.randint(1, 3) if each else "" for each in late],
        "hint": [each if draw.random() < 0.95 else 1 - each for each in late],
    }
    proposal = proposed(table(columns), label={"column": "late"})
    assert proposal.request["exclude"] == ["delay", "speed", "status", "refund"]
    for column in proposal.request["exclude"]:
        assert list(flags(proposal, column))[-1] == "predicts_label"
    features = proposal.evidence.features
    assert (features["delay"].label_auc, features["speed"].label_auc) == (1.0, 0.0)
    assert (features["status"].label_purity, features["refund"].label_purity) == (1.0, 1.0)
    assert 0.9 < (features["hint"].label_purity or 0) < 0.99
    assert 0.4 < (features["size"].label_auc or 0) < 0.6


def test_an_expression_that_compares_one_column_is_looked_at_too(proposed: Propose) -> None:
    draw = random.Random(7)
    delay = [draw.randint(-20, 90) for _ in range(ROWS)]
    columns = {"delay": delay, "fine": [each * 2 + 1 for each in delay], **base()}
    proposal = proposed(table(columns), label={"expression": "delay > 15"})
    assert proposal.request["label"] == {"expression": "delay > 15", "kind": "binary"}
    assert proposal.request["exclude"] == ["fine"]
    assert "delay" not in proposal.request["features"]
    assert proposal.evidence.features["delay"].kind == "label"
    other = proposed(label={"expression": "delay + 1 > 15"})
    assert "fine" in other.request["features"]
    assert other.evidence.features["fine"].label_auc is None


def test_labels_that_are_words_become_an_expression(proposed: Propose) -> None:
    columns = base()
    columns["answer"] = ["Yes" if each else "No" for each in columns.pop("late")]
    proposal = proposed(table(columns), label={"column": "answer"})
    assert proposal.request["label"] == {"expression": "`answer` = 'Yes'", "kind": "binary"}
    assert "label" in flags(proposal, "answer")
    assert "answer" not in proposal.request["features"]
    asked = proposed(table(base()), label={"column": "colour", "kind": "binary"})
    assert "must be 0 or 1" in flags(asked, "colour")["label"].reason


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["red", "green", "blue"], "multiclass"),
        ([-1, 0, 1, 2], "multiclass"),
        (list(range(200)), "regression"),
        ([0.5, 1.25, 7, 9.5], "regression"),
    ],
    ids=["text", "few whole numbers", "many whole numbers", "fractions"],
)
def test_the_kind_of_a_label_follows_from_its_values(proposed: Propose, values: list[Any], kind: str) -> None:
    columns = base() | {"goal": [values[at % len(values)] for at in range(ROWS)]}
    proposal = proposed(table(columns), label={"column": "goal"})
    assert proposal.request["label"] == {"column": "goal", "kind": kind}
    assert f"proposed as kind {kind}" in flags(proposal, "goal")["label"].reason
    other = "regression" if kind == "multiclass" else "multiclass"
    kept = proposed(table(columns), label={"column": "goal", "kind": other})
    assert kept.request["label"] == {"column": "goal", "kind": other}


def test_a_column_called_label_gives_way_to_an_expression(proposed: Propose) -> None:
    proposal = proposed(table(base() | {"label": numbers()}), label={"expression": "late = 1"})
    assert "name_taken" in flags(proposal, "label")
    assert proposal.request["exclude"] == ["label"]


def columns(**values: Sequence[str | None]) -> dict[str, Column]:
    return {name: sampled(cells, name) for name, cells in values.items()}


def test_a_binary_label_is_read_as_a_job_reads_it() -> None:
    np.testing.assert_array_equal(truth(sampled(["1", "false", None, "true", "0"])), [1, 0, np.nan, 1, 0])
    assert truth(sampled(["1", "0", "2"])) is None
    assert truth(sampled(["yes", "no"])) is None


@pytest.mark.parametrize(
    ("expression", "labels"),
    [
        ("x > 2", [0, 0, 1, np.nan]),
        ("`x` <= 2", [1, 1, 0, np.nan]),
        ("x=-1.5", [1, 0, 0, np.nan]),
        ("x <> .5e0", None),
        ("k != 'a'", [0, 1, 1, np.nan]),
        ("k == 'b'", [0, 1, 1, np.nan]),
        ("k > 'a'", None),
        ("k > 2", None),
        ("x > 2 AND x < 9", None),
        ("unknown > 2", None),
        ("x > 1.2.3", None),
        ("x > .", None),
    ],
)
def test_only_a_comparison_of_one_column_with_one_value_is_evaluated(
    expression: str, labels: list[float] | None
) -> None:
    found = truth_of(expression, columns(x=["-1.5", "2", "7", None], k=["a", "b", "b", None]))
    if labels is None:
        assert found is None
    else:
        np.testing.assert_array_equal(found, labels)


def test_columns_of_two_values_are_candidates_those_with_a_labels_name_first() -> None:
    found = candidates(
        columns(sex=["m", "f"], flag=["0", "1"], Churn=["0", "1"], three=["a", "b", "c"], one=["1", "1"])
    )
    assert found == ["Churn", "flag", "sex"]


@pytest.mark.parametrize(
    ("values", "expression"),
    [
        (["Yes", "No", "No"], "`x` = 'Yes'"),
        (["a", "b", "b"], "`x` = 'a'"),
        (["yes", "true", "true"], "`x` = 'yes'"),
        (["0", "1"], None),
        (["a", "b", "c"], None),
        (["it's", "b", "b"], None),
        (["a\n", "b", "b"], None),
    ],
)
def test_the_positive_one_of_two_spellings(values: list[str], expression: str | None) -> None:
    assert as_expression(sampled(values)) == expression


def test_equal_columns_are_found_whatever_their_spelling() -> None:
    found = equal_columns(
        columns(
            a=["1", "2", "1"],
            spelled=["1.0", "2", "1.0"],
            word=["u", "v", "u"],
            same=["u", "v", "u"],
            other=["v", "u", "v"],
            constant=["1", "1", "1"],
            again=["1", "1", "1"],
            holes=["1", None, "1"],
        )
    )
    assert found == {"spelled": "a", "same": "word"}


def test_bytes_that_are_not_utf8_are_compared_too() -> None:
    values = {"a": [b"\xff", b"x"], "b": [b"\xfe", b"x"], "c": [b"\xff", b"x"]}
    assert equal_columns({name: sampled(cells, name) for name, cells in values.items()}) == {"c": "a"}
