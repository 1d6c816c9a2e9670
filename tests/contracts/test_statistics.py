"""Statistics of a dataset: quantiles between the published ones, tokens of any bytes, and what each kind of label has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.statistics import (
    CategoricalStatistics,
    ClassCount,
    ClassLabelStatistics,
    LabelStatistics,
    NumberLabelStatistics,
    NumericStatistics,
    Quantiles,
    QuantileSketch,
    SplitStatistics,
    Statistics,
    TokenCount,
    TopToken,
)

SKETCH = QuantileSketch(probabilities=[0.5], values=[1.0], lower=[0.5], upper=[2.0])
NUMERIC = NumericStatistics(
    count=2, missing=0, infinite=0, zeros=0, negative=0, mean=1.0, std=0.0, min=1.0, max=1.0, quantile_sketch=SKETCH
)
CATEGORICAL = CategoricalStatistics(count=1, missing=1, distinct=1, average_length=1.0, top=[TopToken.of(b"a", 1, 0.5)])
BINARY = LabelStatistics(count=4, positives=1)
CLASSES = ClassLabelStatistics(count=3, classes=[ClassCount(value=2, count=0), ClassCount(value=10, count=3)])
NUMBERS = NumberLabelStatistics(count=2, numbers=NUMERIC)


def statistics(label: LabelStatistics | ClassLabelStatistics | NumberLabelStatistics = BINARY) -> Statistics:
    split = SplitStatistics(rows=2, features={"n": NUMERIC, "c": CATEGORICAL}, label=label)
    return Statistics(splits={"train": split, "test": split.model_copy(update={"rows": 7})})


@settings(max_examples=50)
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9),
    shares=st.lists(st.floats(0, 1), max_size=4),
    probability=st.floats(0, 1),
)
def test_a_quantile_lies_between_its_neighbours(values: list[float], shares: list[float], probability: float) -> None:
    known = sorted({0.0, 1.0, *shares})
    published = Quantiles(probabilities=known, values=np.quantile(values, known).tolist())
    expected = np.interp(probability, known, published.values)
    assert published.at(probability) == pytest.approx(expected, abs=1e-9)
    assert published.values[0] <= published.at(probability) <= published.values[-1]
    assert [published.at(share) for share in known] == published.values


def test_rounding_never_exceeds_the_next_quantile() -> None:
    published = Quantiles(probabilities=[0.0, 0.1, 1.0], values=[0.1, 0.1, 0.1 + 2e-16])
    assert published.at(0.7) <= published.at(1.0)


@given(token=st.binary(max_size=20))
def test_token_counts_survive_json(token: bytes) -> None:
    one = TokenCount.of(token, 3)
    again = TokenCount.model_validate_json(one.model_dump_json())
    assert again == one
    assert again.token == token


def test_text_of_invalid_utf8_is_shown_with_a_replacement() -> None:
    top = TopToken.of(b"a\xff", 2, 0.25)
    assert (top.text, top.token, top.count, top.label_mean) == ("a�", b"a\xff", 2, 0.25)


@pytest.mark.parametrize("label", [BINARY, CLASSES, NUMBERS], ids=lambda label: type(label).__name__)
def test_statistics_survive_json_with_any_kind_of_label(
    label: LabelStatistics | ClassLabelStatistics | NumberLabelStatistics,
) -> None:
    one = statistics(label)
    again = Statistics.model_validate_json(one.model_dump_json())
    assert again == one
    assert type(again.splits["train"].label) is type(label)


def test_statistics_of_a_column_are_found_by_kind_and_split() -> None:
    found = statistics()
    assert found.numeric("n") == NUMERIC
    assert found.categorical("c", "test") == CATEGORICAL
    for find, name in ((found.numeric, "c"), (found.categorical, "n"), (found.numeric, "z")):
        with pytest.raises(KeyError, match=name):
            find(name)
    assert {name: split.rows for name, split in found.only("test").splits.items()} == {"test": 7}


def test_reproducible_statistics_lack_only_randomized_sketches() -> None:
    found = statistics(NUMBERS).reproducible()
    plain = NUMERIC.model_copy(update={"quantile_sketch": None})
    for split in found.splits.values():
        assert split.features == {"n": plain, "c": CATEGORICAL}
        assert split.label == NumberLabelStatistics(count=2, numbers=plain)
    assert statistics(CLASSES).reproducible().splits["train"].label == CLASSES
    assert found == found.reproducible()


def test_only_a_binary_label_has_positives() -> None:
    assert statistics().splits["train"].binary_label.mean == 0.25
    assert LabelStatistics(count=0, positives=0).mean == 0.0
    for label, kind in ((CLASSES, "multiclass"), (NUMBERS, "regression")):
        with pytest.raises(TypeError, match=rf"must be binary\. Received: {kind}"):
            _ = statistics(label).splits["train"].binary_label


def test_classes_are_named_in_the_order_of_their_ids() -> None:
    assert CLASSES.names == [2, 10]
