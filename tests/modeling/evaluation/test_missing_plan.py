from __future__ import annotations

import pytest
from tests.modeling.made import Made

from contracts.features import Categorical, Hashed, Numeric
from contracts.schema import Label, Schema
from modeling.evaluation.missing_plan import (
    FEWEST_PREDICTIONS,
    FEWEST_ROWS,
    MASKS_PER_FEATURE,
    MOST_BYTES,
    MOST_FEATURES,
    MOST_PREDICTIONS,
    MOST_ROWS,
    SHARES,
    TrainedOn,
    plan_masks,
    single_masks,
)


def test_the_demo_is_evaluated_on_all_test_rows() -> None:
    plan = plan_masks(7, test_rows=32_754, trained_rows=10 * 262_000, row_bytes=56)
    assert (plan.rows, plan.shares, plan.features) == (32_754, SHARES, 7)


@pytest.mark.parametrize("features", [1, 30, 400, 10_000])
@pytest.mark.parametrize("trained_rows", [100, 1_000_000, 100_000_000])
@pytest.mark.parametrize("test_rows", [0, 30, 10_000_000])
@pytest.mark.parametrize("outputs", [1, 300])
def test_predictions_stay_within_the_budget(features: int, trained_rows: int, test_rows: int, outputs: int) -> None:
    plan = plan_masks(features, test_rows=test_rows, trained_rows=trained_rows, row_bytes=8 * features, outputs=outputs)
    predictions = plan.rows * (len(plan.shares) + MASKS_PER_FEATURE * plan.features)
    assert predictions <= min(max(trained_rows / 2, FEWEST_PREDICTIONS), MOST_PREDICTIONS)
    assert plan.rows * 8 * features <= max(MOST_BYTES, FEWEST_ROWS * 8 * features)
    assert plan.rows <= min(test_rows, MOST_ROWS)
    assert plan.rows >= min(test_rows, FEWEST_ROWS)
    assert plan.features <= min(features, MOST_FEATURES)


def test_a_required_share_is_one_of_those_evaluated() -> None:
    plan = plan_masks(3, test_rows=10, trained_rows=100, row_bytes=8, share=0.2)
    assert plan.shares == (0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0)
    assert plan_masks(3, test_rows=10, trained_rows=100, row_bytes=8, share=0.3).shares == SHARES


def test_masks_state_how_many_training_rows_were_so_by_themselves() -> None:
    schema = Schema(
        features={
            "number": Numeric(dtype="float64"),
            "word": Categorical(),
            "hashed": Hashed(buckets=5),
        },
        label=Label(column="late"),
    )
    rows = [
        {"number": None if at < 4 else float(at), "word": word, "hashed": b"h", "late": at % 2}
        for at, word in enumerate([None, b"once", b"a", b"a", b"b", b"b", b"c", b"c", b"c", b"only"])
    ]
    made = Made(rows, [1] * len(rows), schema=schema, unknown=frozenset({b"once", b"only"}))
    trained = TrainedOn(1, made.statistics.splits["train"], made.vocabularies)
    masks = single_masks(schema, trained, ["word", "hashed", "number"])
    assert [(mask.feature, mask.column, mask.unseen, mask.training_rows) for mask in masks] == [
        ("word", 1, False, 1),
        ("word", 1, True, 2),
        ("hashed", 2, False, 0),
        ("hashed", 2, True, None),
        ("number", 0, False, 4),
    ]
