"""Labels that teach nothing are refused, with the reason and its place."""

from __future__ import annotations

import pytest
from tests.preprocessing.number_states import described, state_of

from contracts.dataset.manifest import LeftOut
from contracts.errors import InvalidData, UnusableLabel
from contracts.label_kinds import LabelKind
from contracts.schema import Label, Numeric, Schema
from contracts.statistics import NumberLabelStatistics, SplitStatistics, Statistics
from preprocessing.statistics.analyze import Partial, RowSums
from preprocessing.statistics.label_checks import check_label, check_number_label, check_weights


def schema_of(kind: LabelKind = "binary", *, column: bool = True) -> Schema:
    label = Label(column="y", kind=kind) if column else Label(expression="x > 1", kind=kind)
    return Schema(features={"x": Numeric(dtype="float64")}, label=label)


def partial_of(*rows: tuple[int, int]) -> Partial:
    """Rows and positive rows of each split."""
    padded = [*rows, *[(0, 0)] * (3 - len(rows))]
    return Partial(0, [RowSums(count, positives, 0) for count, positives in padded])


def test_both_labels_in_training_are_enough() -> None:
    check_label(partial_of((2, 1)), LeftOut(without_label=5, filtered=7, unknown_class=1), schema_of())


@pytest.mark.parametrize(
    ("partial", "left_out", "words", "pointer"),
    [
        (partial_of(), LeftOut(without_label=4), "no row has a label: 4 rows were read", "/label/column"),
        (
            partial_of(),
            LeftOut(without_label=4, filtered=3),
            "no row has a label: 4 rows were read, besides 3 that the filter left out",
            "/label/column",
        ),
        (
            partial_of(),
            LeftOut(without_label=0, filtered=3),
            "the filter is true for no row: 3 rows were read",
            "/filter",
        ),
        (
            partial_of((0, 0), (2, 1), (1, 0)),
            LeftOut(without_label=9),
            "no training row has a label: 3 rows of other splits have",
            "/label/column",
        ),
        (
            partial_of(),
            LeftOut(without_label=0, unknown_class=2),
            "no training row has a label: 2 rows of other splits have",
            "/label/column",
        ),
        (
            partial_of((3, 3), (2, 1)),
            LeftOut(without_label=0),
            "the label is the same in all 3 training rows, of which 3 are positive; there is nothing to learn",
            "/label/column",
        ),
    ],
)
def test_the_reason_is_named(partial: Partial, left_out: LeftOut, words: str, pointer: str) -> None:
    with pytest.raises(UnusableLabel) as caught:
        check_label(partial, left_out, schema_of())
    assert (str(caught.value), caught.value.pointer) == (words, pointer)


def test_an_expression_is_pointed_at() -> None:
    with pytest.raises(UnusableLabel, match="all 2 training rows, of which 0 are positive") as caught:
        check_label(partial_of((2, 0)), LeftOut(without_label=0), schema_of(column=False))
    assert caught.value.pointer == "/label/expression"


@pytest.mark.parametrize("kind", ["multiclass", "regression"])
def test_only_a_binary_label_needs_positive_rows(kind: LabelKind) -> None:
    check_label(partial_of((2, 0)), LeftOut(without_label=0), schema_of(kind))


def statistics_of(labels: list[float]) -> Statistics:
    numbers = described(state_of(labels), len(labels))
    label = NumberLabelStatistics(count=len(labels), numbers=numbers)
    return Statistics(splits={"train": SplitStatistics(rows=len(labels), features={}, label=label)})


def test_training_numbers_must_differ() -> None:
    check_number_label(statistics_of([2.5, 2.5, 2.75]), schema_of("regression"))
    with pytest.raises(
        UnusableLabel, match=r"^the label is the same in all 2 training rows: 2\.5; there is nothing"
    ) as caught:
        check_number_label(statistics_of([2.5, 2.5]), schema_of("regression"))
    assert caught.value.pointer == "/label/column"


def test_training_numbers_must_differ_by_what_can_be_squared() -> None:
    check_number_label(statistics_of([0.0, 1e-99]), schema_of("regression"))
    check_number_label(statistics_of([1e9, 1e9 + 1e-6]), schema_of("regression"))
    with pytest.raises(UnusableLabel, match=r"^the label 'y' differs by no more than 5e-121 in its 2 training rows"):
        check_number_label(statistics_of([0.0, 1e-120]), schema_of("regression"))
    with pytest.raises(UnusableLabel, match=r"in all 2 training rows: 1000000000\.5; there"):
        check_number_label(statistics_of([1e9 + 0.5, 1e9 + 0.5]), schema_of("regression"))


def test_each_split_needs_a_row_that_weighs_something() -> None:
    schema = schema_of().model_copy(update={"weight": "importance"})
    check_weights(partial_of((9, 1), (2, 1)), [(0, 1, 0), (3, 0, 0)], schema)
    with pytest.raises(InvalidData, match="the weights 'importance' of all 2 rows of the test split are 0") as caught:
        check_weights(partial_of((9, 1), (0, 0), (2, 1)), [(4, 0, 0), (3, 0, 0)], schema)
    assert caught.value.pointer == "/weight"
