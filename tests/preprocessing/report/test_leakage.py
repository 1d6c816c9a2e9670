"""Label leakage: by the label's expression, by missing values, by tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.preprocessing.described import column_statistics, manifest_of, statistics_of
from tests.preprocessing.report.one_column import LABEL, NUMBER, ROWS, TOKEN, noise, only, tokens, warnings_of

from contracts.dataset.manifest import Manifest
from contracts.schema import Feature, Label, Schema
from contracts.statistics import (
    ClassCount,
    ClassLabelStatistics,
    NumberLabelStatistics,
    NumericStatistics,
    Statistics,
)
from preprocessing.report.find_warnings import find_warnings
from preprocessing.report.leakage import label_names, leakage_warnings


def test_a_column_that_the_label_is_computed_from() -> None:
    label = Label(expression="X > 15 AND y <> 'x'")
    found = only(warnings_of(noise(1), NUMBER, label=label))
    assert (found.kind, found.severity) == ("leakage", "serious")
    assert warnings_of(noise(1), NUMBER, label=Label(expression="`x y` > 15 AND y <> 'x'")) == []


def test_a_column_that_the_label_is_computed_from_by_way_of_others() -> None:
    features: dict[str, Feature] = {"x": NUMBER}
    statistics = statistics_of({"train": {"x": noise(1), "label": LABEL}}, features)
    derive = {"late": "delay > 15", "delay": "X - planned", "other": "x"}
    manifest = manifest_of("d", statistics, features)
    for label, leaks in (("late", True), ("other", True), ("sure", False)):
        schema = Schema(features=features, label=Label(column=label), derive=derive)
        found = find_warnings(manifest.model_copy(update={"schema_": schema}), statistics)
        assert [each.kind for each in found] == (["leakage"] if leaks else [])


@pytest.mark.parametrize(("feature", "value"), [(NUMBER, noise(1)), (TOKEN, tokens(1))])
def test_missing_values_that_know_the_label(feature: Feature, value: list[Any]) -> None:
    found = only(warnings_of([None if late else each for each, late in zip(value, LABEL, strict=True)], feature))
    assert (found.kind, found.severity, found.numbers["correlation"]) == ("leakage", "serious", pytest.approx(1.0))
    partly = [None if late and at % 2 else each for at, (each, late) in enumerate(zip(value, LABEL, strict=True))]
    found = only(warnings_of(partly, feature))
    assert (found.kind, found.severity) == ("leakage", "warning")
    assert 0.5 < found.numbers["correlation"] < 0.95


def test_tokens_that_know_the_label() -> None:
    found = only(warnings_of([("late " if late else "fine ") + str(at % 4) for at, late in enumerate(LABEL)], TOKEN))
    assert (found.kind, found.severity, found.numbers["right"]) == ("leakage", "serious", 1.0)
    mixed = [
        token if at % 10 else "cancelled" if late else token
        for at, (token, late) in enumerate(zip(tokens(1), LABEL, strict=True))
    ]
    found = only(warnings_of(mixed, TOKEN))
    assert (found.kind, found.severity, found.numbers["count"]) == ("leakage", "warning", mixed.count("cancelled"))
    assert "“cancelled”" in found.message


@pytest.mark.parametrize(("feature", "value"), [(NUMBER, 5.0), (TOKEN, "x")])
def test_what_leaks_is_not_advised_for_use(feature: Feature, value: Any) -> None:
    assert {"constant", "nearly constant"} & {each.kind for each in warnings_of([value] * ROWS, feature)}
    found = only(warnings_of([value if late else None for late in LABEL], feature))
    assert found.kind == "leakage", "no advice to add an indicator, which would be the leak"


def test_labels_whose_leaks_are_checked_only_in_part() -> None:
    numbers = column_statistics(noise(2), np.array(LABEL), NUMBER)
    assert isinstance(numbers, NumericStatistics)
    classes = ClassLabelStatistics(count=2, classes=[ClassCount(value="a", count=1), ClassCount(value="b", count=1)])
    statistics = statistics_of({"train": {"x": noise(1), "label": LABEL}}, {"x": NUMBER})
    train = statistics.splits["train"]
    for label, words in (
        (classes, "only by its expression"),
        (NumberLabelStatistics(count=ROWS, numbers=numbers), "only by missing values"),
    ):
        changed = Statistics(splits={"train": train.model_copy(update={"label": label})})
        found = only(find_warnings(manifest_of("d", changed, {"x": NUMBER}), changed))
        assert (found.kind, found.severity) == ("leakage not checked", "note")
        assert words in found.message


def test_rare_tokens_do_not_look_like_leakage() -> None:
    assert [each.kind for each in warnings_of([f"t{at // 3}" for at in range(ROWS)], TOKEN)] == []


def test_derived_columns_that_name_one_another_end() -> None:
    derive = {"A": "b + 1", "b": "a - c"}
    schema = Schema(features={"x": NUMBER}, label=Label(column="a"), derive=derive)
    assert label_names(schema) == {"a", "b", "c"}


def test_a_label_of_one_value_knows_nothing() -> None:
    column = [None if at % 3 == 0 else "t" for at in range(ROWS)]
    statistics = statistics_of({"train": {"x": column, "label": [1.0] * ROWS}}, {"x": TOKEN})
    train = statistics.splits["train"]
    schema = Schema(features={"x": TOKEN}, label=Label(column="label"))
    assert [*leakage_warnings(schema, train.label, "x", train.features["x"])] == []


def test_a_manifest_keeps_warnings_and_an_older_one_has_none() -> None:
    column = [None if late else value for value, late in zip(noise(1), LABEL, strict=True)]
    statistics = statistics_of({"train": {"x": column, "label": LABEL}}, {"x": NUMBER})
    manifest = manifest_of("d", statistics, {"x": NUMBER})
    assert manifest.warnings is None
    kept = find_warnings(manifest, statistics)
    read = Manifest.from_json(manifest.model_copy(update={"warnings": kept}).to_json(), "d")
    assert read.warnings == kept
    assert [(warning.feature, warning.concerns_models) for warning in kept] == [("x", True)]
