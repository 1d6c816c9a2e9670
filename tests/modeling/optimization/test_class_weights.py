"""Weights of classes equal scikit-learn's, or are those asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight
from tests.modeling.made import Made

from contracts.errors import InvalidRequest
from contracts.schema import Label, Numeric, Schema
from contracts.statistics import AnyLabelStatistics, ClassCount, ClassLabelStatistics, LabelStatistics
from modeling.optimization.class_weights import weights_of_classes

BINARY = LabelStatistics(count=100, positives=20)


def classes(**counts: int) -> ClassLabelStatistics:
    return ClassLabelStatistics(
        count=sum(counts.values()), classes=[ClassCount(value=name, count=count) for name, count in counts.items()]
    )


def test_none_are_asked_for() -> None:
    assert weights_of_classes("binary", BINARY, None) is None


@given(counts=st.lists(st.integers(1, 50), min_size=2, max_size=5))
def test_balanced_weights_are_scikit_learns(counts: list[int]) -> None:
    label = classes(**{f"class {number}": count for number, count in enumerate(counts)})
    labels = np.repeat(np.arange(len(counts)), counts)
    expected = compute_class_weight("balanced", classes=np.arange(len(counts)), y=labels)
    assert weights_of_classes("multiclass", label, "balanced") == pytest.approx(tuple(expected))


def test_balanced_classes_have_the_same_share_of_the_weight() -> None:
    assert weights_of_classes("binary", BINARY, "balanced") == pytest.approx((100 / 160, 100 / 40))
    assert weights_of_classes("multiclass", classes(a=10, never=0), "balanced") == pytest.approx((0.5, 5.0))


def test_weights_go_by_the_order_of_ids_and_are_1_where_none_is_named() -> None:
    label = classes(b=5, a=3, c=2)
    assert weights_of_classes("multiclass", label, {"c": 0.0, "b": 2.5}) == (2.5, 1.0, 0.0)
    assert weights_of_classes("binary", BINARY, {"1": 4.0}) == (1.0, 4.0)
    whole = ClassLabelStatistics(count=3, classes=[ClassCount(value=7, count=2), ClassCount(value=-1, count=1)])
    assert weights_of_classes("multiclass", whole, {"-1": 2.0}) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("label", "asked", "pointer", "message"),
    [
        (BINARY, {"yes": 2.0}, "/class_weights/yes", r"no class of that name; there are '0', '1'\. Received: 'yes'"),
        (classes(a=1, b=2), {"a/b": 1.0}, "/class_weights/a~1b", "there are 'a', 'b'"),
        (BINARY, {"0": 0.0, "1": 0.0}, "/class_weights", "at least one class must have a weight above 0"),
    ],
)
def test_what_cannot_be_weighed_is_refused(
    label: AnyLabelStatistics, asked: dict[str, float], pointer: str, message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        weights_of_classes("binary" if label is BINARY else "multiclass", label, asked)
    assert caught.value.pointer == pointer


def test_a_number_has_no_classes() -> None:
    schema = Schema(features={"x": Numeric(dtype="float64")}, label=Label(column="y", kind="regression"))
    made = Made([{"x": 1.0, "y": 2.0}], [1], schema=schema)
    with pytest.raises(InvalidRequest, match="a label that is a number has no classes"):
        weights_of_classes("regression", made.statistics.splits["train"].label, "balanced")
