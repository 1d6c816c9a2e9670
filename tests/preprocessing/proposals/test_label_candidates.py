"""What a proposal says of the label: what gives it away, and which kind it is."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.preprocessing.proposals.tables import ROWS, Propose, base, flags, numbers, table


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
