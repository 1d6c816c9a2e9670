"""Columns that give the label away, for each kind of label, and what could not be checked."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score
from tests.preprocessing.proposals.tables import ROWS, Propose, base, flags, sampled, table

from preprocessing.proposals.labels.label_leaks import Target, telling

LABELS = np.array([0.0, 1.0] * 20)


def test_a_label_needs_rows_of_both_values() -> None:
    assert Target("binary", np.array([0.0] * 5 + [1.0] * 5)).not_enough() is None
    assert Target("binary", np.array([0.0] * 50 + [1.0] * 4 + [np.nan] * 9)).not_enough() is not None


def test_a_number_that_orders_all_rows_tells_the_label_in_either_direction() -> None:
    for sign, auc in ((1, 1.0), (-1, 0.0)):
        found = telling(
            sampled([str(sign * (at + 100 * int(label))) for at, label in enumerate(LABELS)]), Target("binary", LABELS)
        )
        assert (found.auc, found.purity) == (auc, None)
        assert found.why == "the number alone orders all rows by their label"


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=10, max_size=60))
def test_the_area_is_that_of_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    labels = np.array([float(label) for _, label in rows])
    found = telling(sampled([str(number) for number, _ in rows]), Target("binary", labels)).auc
    if min(labels.sum(), len(labels) - labels.sum()) < 5:
        assert found is None
    else:
        assert found == pytest.approx(roc_auc_score(labels, [number for number, _ in rows]))


def test_missing_values_may_tell_the_label_and_rows_without_one_do_not_count() -> None:
    values = ["x" if label else None for label in LABELS]
    assert telling(sampled(values), Target("binary", LABELS)).purity == 1.0
    noisy = telling(sampled([*values, "x", None]), Target("binary", np.append(LABELS, [np.nan, np.nan])))
    assert noisy.why == "all rows with the same value have the same label"
    assert telling(sampled([str(at) for at in range(40)]), Target("binary", LABELS)).purity is None, (
        "every value is rare"
    )


def test_a_rare_label_is_not_given_away_by_every_column() -> None:
    labels = np.array([1.0] * 5 + [0.0] * 9995)
    colours = ["red", "green", "blue"]
    found = telling(sampled([colours[at % 3] for at in range(10_000)]), Target("binary", labels))
    assert (found.purity, found.why) == (0.9995, None)
    leak = telling(sampled(["x" if label else "y" for label in labels]), Target("binary", labels))
    assert leak.why == "all rows with the same value have the same label"


def test_rows_that_disagree_are_counted_in_the_reason() -> None:
    labels = np.array([0.0, 1.0] * 2000)
    values = ["yes" if label else "no" for label in labels]
    found = telling(sampled([*values[:-1], "no"]), Target("binary", labels))
    assert found.why == "99.98% of the rows have the label that is usual for their value"


def grades(rows: int = ROWS, seed: int = 3) -> dict[str, list[Any]]:
    """A label of three classes, columns that give it away, and others that do not."""
    draw = random.Random(seed)
    grade = [draw.choice(["bronze", "silver", "gold"]) for _ in range(rows)]
    low = {"gold": 100, "bronze": 200, "silver": 300}
    return {
        **{name: values for name, values in base(rows).items() if name != "late"},
        "grade": grade,
        "points": [f"{low[each] + draw.uniform(0, 99):.3f}" for each in grade],
        "medal": [f"{each[0]}{draw.randint(0, 2)}" for each in grade],
        "noisy": [f"{low[each] + draw.uniform(0, 150):.3f}" for each in grade],
    }


def test_columns_that_give_a_class_away(proposed: Propose) -> None:
    for label in ({"column": "grade"}, {"column": "grade", "kind": "multiclass"}):
        proposal = proposed(table(grades()), label=label)
        assert proposal.request["exclude"] == ["points", "medal"]
        assert [*flags(proposal, "points")] == [*flags(proposal, "medal")] == ["predicts_label"]
        assert proposal.evidence.features["medal"].label_purity == 1.0
        assert 0.3 < (proposal.evidence.features["colour"].label_purity or 0) < 0.6


def test_columns_that_give_a_number_away(proposed: Propose) -> None:
    draw = random.Random(4)
    price = [draw.lognormvariate(4, 1) for _ in range(ROWS)]
    columns = base() | {
        "price": [f"{each:.4f}" for each in price],
        "tax": [f"{each * 0.19:.5f}" for each in price],
        "refund": [f"{-each:.4f}" if at % 3 else "" for at, each in enumerate(price)],
        "near": [f"{each * draw.uniform(0.8, 1.2):.4f}" for each in price],
    }
    proposal = proposed(table(columns), label={"column": "price", "kind": "regression"})
    assert proposal.request["exclude"] == ["tax", "refund"]
    assert flags(proposal, "tax")["predicts_label"].evidence["correlation"] == pytest.approx(1.0)
    banded = base() | {"cost": [str(at % 40) for at in range(ROWS)], "band": [f"b{at % 40}" for at in range(ROWS)]}
    assert proposed(table(banded), label={"column": "cost", "kind": "regression"}).request["exclude"] == ["band"]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=20, max_size=60))
def test_the_rank_correlation_is_that_of_scipy(rows: list[tuple[int, int]]) -> None:
    labels = np.array([float(label) for _, label in rows])
    found = telling(sampled([str(number) for number, _ in rows]), Target("regression", labels)).correlation
    if len({number for number, _ in rows}) < 2 or len(set(labels)) < 2:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr([number for number, _ in rows], labels)[0])


def test_presence_gives_a_label_away_where_values_are_rare(proposed: Propose) -> None:
    columns = base()
    late: list[Any] = columns["late"]
    columns["cancelled"] = [f"2024-{1 + at % 12:02}-{1 + at % 28:02}" if one else "" for at, one in enumerate(late)]
    columns["reason"] = [f"because of {at}" if one else "" for at, one in enumerate(late)]
    proposal = proposed(table(columns), label={"column": "late"})
    for name in ("cancelled", "reason"):
        assert [*flags(proposal, name)] == ["predicts_label"], "no flag says that it is only a date, or an id"
    assert "whether there is a value" in flags(proposal, "reason")["predicts_label"].reason


@pytest.mark.parametrize(
    ("label", "why"),
    [
        (None, "propose again with the label"),
        ({"expression": "lower(trim(colour)) = 'red'"}, "takes Spark"),
        ({"expression": "CASE WHEN late = 1 THEN 'a' ELSE 'b' END", "kind": "multiclass"}, "takes Spark"),
        ({"column": "colour", "kind": "binary"}, "other than 0 and 1"),
        ({"column": "colour", "kind": "regression"}, "no numbers"),
        ({"column": "rare"}, "5 rows"),
    ],
)
def test_what_was_not_checked_is_flagged(proposed: Propose, label: dict[str, str] | None, why: str) -> None:
    columns = base() | {"rare": [int(at < 4) for at in range(ROWS)]}
    columns["odd"] = columns.pop("late")
    flag = flags(proposed(table(columns), **({} if label is None else {"label": label})), None)["leaks_not_checked"]
    assert why in flag.reason


def test_nothing_is_flagged_as_unchecked_where_all_was_checked(proposed: Propose) -> None:
    assert "leaks_not_checked" not in flags(proposed(table(base()), label={"column": "late"}), None)
    columns = base() | {"note": [f"note {at // 2}" for at in range(ROWS)]}
    flag = flags(proposed(table(columns), label={"column": "late"}), None)["leaks_not_checked"]
    assert flag.evidence == {"columns": ["note"]}


PROPOSED = {"code", "high_cardinality", "mostly_numbers", "sentinel", "missing_spelled_as_code"}
"""Flags that advise how a column is used as a feature."""


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_no_flag_of_an_excluded_column_proposes_it_as_a_feature(proposed: Propose, kind: str) -> None:
    draw = random.Random(5)
    label = [draw.randint(0, 1 if kind == "binary" else 3) for _ in range(ROWS)]
    leaks = {
        "code": [100 + each for each in label],
        "again": [100 + each for each in label],
        "twin": [draw.randint(0, 9) for _ in range(ROWS)],
        "words": [f"{each}" if each else "none" for each in label],
        "last": [-999 if each else draw.randint(0, 9) for each in label],
    }
    columns = {**base(), "goal": label, **leaks, "copy": leaks["twin"]}
    proposal = proposed(table(columns), label={"column": "goal", "kind": kind})
    assert {"code", "again", "words", "copy"} <= set(proposal.request["exclude"])
    for name in proposal.request["exclude"]:
        assert len(flags(proposal, name)) == 1, flags(proposal, name)
        assert not PROPOSED & set(flags(proposal, name))
