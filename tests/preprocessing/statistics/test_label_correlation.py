"""What statistics of features say of the label, by its kind."""

from __future__ import annotations

import numpy as np
import pytest
from tests.preprocessing.number_states import described, state_of
from tests.preprocessing.runs import Rows, add

from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.statistics import (
    CategoricalStatistics,
    ClassLabelStatistics,
    FeatureStatistics,
    LabelStatistics,
    NumberLabelStatistics,
)
from preprocessing.kernels.exact_sums import SUM_BIAS
from preprocessing.statistics.analyze import Partial, RowSums
from preprocessing.statistics.describe import categorical_statistics
from preprocessing.statistics.label_correlation import label_correlation
from preprocessing.statistics.label_sums import LabelSums
from preprocessing.vocabularies.token_sums import token_sums
from preprocessing.vocabularies.token_table import TokenTable

ROWS: Rows = [(b"a", 1, True), (None, 1, False), (b"a", 1, False), (b"b", 1, True)]
X = [1.0, 2.0, None, 3.0]
LABELS = [4.0, 1.0, 10.0, 5.0]


def features() -> dict[str, FeatureStatistics]:
    table = TokenTable()
    add(table, ROWS)
    rows = RowSums(4, 2, 0)
    return {
        "c": categorical_statistics(token_sums(table)[0], rows),
        "x": described(state_of(X, [int(positive) for _, _, positive in ROWS]), 4, 2),
    }


def schema_of(label: Label) -> Schema:
    return Schema(features={"c": Categorical(), "x": Numeric(dtype="float64")}, label=label)


def partial_of(labels: LabelSums | None = None) -> Partial:
    rows = [RowSums(4, 2, 0), RowSums(0, 0, 0), RowSums(0, 0, 0)]
    return Partial(0, rows) if labels is None else Partial(0, rows, labels)


def test_a_binary_label_is_in_the_statistics_already() -> None:
    label = LabelStatistics(count=4, positives=2)
    assert label_correlation(features(), schema_of(Label(column="y")), partial_of(), 0, label) == features()


def test_a_number_correlates_by_its_sums() -> None:
    one = 1 << SUM_BIAS
    sums = LabelSums((20 * one, 0, 0), {"c": (one, 0, 0), "x": (10 * one, 0, 0)})
    label = NumberLabelStatistics(count=4, numbers=described(state_of(LABELS), 4))
    found = label_correlation(features(), schema_of(Label(column="y", kind="regression")), partial_of(sums), 0, label)
    for name, gone in (("c", [0, 1, 0, 0]), ("x", [0, 0, 1, 0])):
        both = found[name].label
        assert both is not None
        assert both.mean_where_missing == np.dot(gone, LABELS)
        assert both.mean_where_present == (20 - np.dot(gone, LABELS)) / 3
        assert both.correlation == pytest.approx(np.corrcoef(gone, LABELS)[0, 1])
    tokens = found["c"]
    assert isinstance(tokens, CategoricalStatistics)
    assert [(token.token, token.count, token.label_mean) for token in tokens.top] == [(b"a", 2, None), (b"b", 1, None)]


def test_a_feature_that_is_never_missing_has_no_sums() -> None:
    label = NumberLabelStatistics(count=4, numbers=described(state_of(LABELS), 4))
    present: dict[str, FeatureStatistics] = {"x": described(state_of([1.0] * 4), 4)}
    sums = LabelSums((20 << SUM_BIAS, 0, 0), {})
    found = label_correlation(present, schema_of(Label(column="y", kind="regression")), partial_of(sums), 0, label)
    both = found["x"].label
    assert both is not None
    assert (both.mean_where_missing, both.mean_where_present, both.correlation) == (None, 5.0, None)


def test_classes_have_no_mean() -> None:
    label = ClassLabelStatistics(count=4, classes=[])
    found = label_correlation(features(), schema_of(Label(column="y", kind="multiclass")), partial_of(), 0, label)
    assert [feature.label for feature in found.values()] == [None, None]
    assert found["x"].model_copy(update={"label": features()["x"].label}) == features()["x"]
