"""The version that a gate compares with, asked about another dataset's rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.modeling.made import SCHEMA, SPLIT_RULE, Made, make_rows
from tests.modeling.trained import Trained

from contracts.dataset.published import Dataset
from contracts.dataset.split_rule import SplitRule
from contracts.errors import InvalidRequest
from contracts.messages.gates import BetterThan
from contracts.schema import Categorical, Hashed, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.evaluation.incumbent import find_incumbent, predict_with_incumbent
from modeling.repository.labels import change_labels
from modeling.repository.versions import VersionManifest, read_manifest
from preprocessing.expressions.parsing.parse_expression import parse_expression

CHAMPION = BetterThan(label="champion")


@pytest.fixture
def version(trained: Trained, storage: Storage) -> VersionManifest:
    """Version 2 of model `m`, which has the label `champion`; its files are not needed."""
    manifest = read_manifest(trained.storage, "m", 2)
    storage.write("models/m/2/tandem.json", manifest.to_json())
    change_labels(storage, "m", lambda _: {"champion": 2})
    return manifest


def dataset(storage: Storage, schema: Schema = SCHEMA, **more: Any) -> Dataset:
    options: dict[str, Any] = {"schema": schema, "name": "other", "fingerprint": "e" * 64, **more}
    return Made(make_rows(4), [1] * 4, **options).publish(storage)


def with_features(**features: Any) -> Schema:
    return SCHEMA.model_copy(update={"features": {**SCHEMA.features, **features}})


@pytest.mark.usefixtures("version")
def test_without_a_label_there_is_nothing_to_beat(storage: Storage) -> None:
    other = dataset(storage)
    assert find_incumbent(storage, "m", None, other) is None
    assert find_incumbent(storage, "m", BetterThan(label="canary"), other) is None
    assert find_incumbent(storage, "another", CHAMPION, other) is None


def test_on_the_rows_that_it_was_evaluated_on_its_metrics_are_known(storage: Storage, version: VersionManifest) -> None:
    same = dataset(storage, fingerprint=version.dataset.fingerprint)
    incumbent = find_incumbent(storage, "m", CHAMPION, same)
    assert incumbent is not None
    assert incumbent.manifest == version
    assert incumbent.known == version.result.evaluation.test


def test_on_other_rows_it_has_to_be_asked(storage: Storage, version: VersionManifest) -> None:
    hashed = dataset(storage, schema=with_features(always=Hashed(buckets=3)))
    incumbent = find_incumbent(storage, "m", CHAMPION, hashed)
    assert incumbent is not None
    assert (incumbent.manifest, incumbent.known) == (version, None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"records": "transformed"}, "hold no raw values; make the dataset with records raw or none"),
        (
            {"schema": SCHEMA.model_copy(update={"label": Label(column="late", kind="regression")})},
            "it predicts labels of kind binary, and these are regression",
        ),
        (
            {"schema": SCHEMA.model_copy(update={"features": {"origin": Categorical()}})},
            "features that the dataset does not have: 'distance km', 'carrier/日本', 'class'",
        ),
        ({"schema": with_features(always=Numeric(dtype="float64"))}, "of another kind here: 'always'$"),
        (
            {"schema": with_features(origin=Categorical(spelling="canonical"))},
            "as their spelling is another: 'origin'$",
        ),
        ({"schema": with_features(origin=Categorical(fold_case=True))}, "by strip or fold_case: 'origin'$"),
    ],
)
@pytest.mark.usefixtures("version")
def test_a_dataset_without_its_inputs_is_refused_with_the_reason(
    storage: Storage, change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidRequest, match=f"version 2, which has the label 'champion'.*{reason}") as caught:
        find_incumbent(storage, "m", CHAMPION, dataset(storage, **change))
    assert caught.value.pointer == "/require/better_than"


def with_computed(sql: str | None) -> Schema:
    """The schema in which `class` is computed from `distance km`; of None, in which it is a column."""
    if sql is None:
        return SCHEMA
    tree = parse_expression(sql, {"distance km": "double"})
    return SCHEMA.model_copy(update={"computed": {"class": tree}, "columns": {"distance km": "float64"}})


@pytest.mark.parametrize(
    ("its", "ours"),
    [
        (None, "floor(`distance km` / 500)"),
        ("floor(`distance km` / 500)", None),
        ("floor(`distance km` / 500)", "floor(`distance km` / 501)"),
    ],
)
def test_features_that_are_computed_otherwise_are_refused(
    storage: Storage, version: VersionManifest, its: str | None, ours: str | None
) -> None:
    storage.delete("models/m/2/tandem.json")
    manifest = version.model_copy(update={"schema_": with_computed(its)})
    storage.write("models/m/2/tandem.json", manifest.to_json())
    reason = "version 2, which has the label 'champion'.*: it needs features that are computed otherwise here: 'class'$"
    with pytest.raises(InvalidRequest, match=reason) as caught:
        find_incumbent(storage, "m", CHAMPION, dataset(storage, with_computed(ours)))
    assert caught.value.pointer == "/require/better_than"
    alike = dataset(storage, with_computed(its), name="alike", fingerprint="d" * 64)
    incumbent = find_incumbent(storage, "m", CHAMPION, alike)
    assert incumbent is not None
    assert incumbent.manifest.schema_.computed == with_computed(its).computed


@pytest.mark.usefixtures("version")
def test_a_label_on_a_version_that_was_removed_is_nothing_to_compare_with(storage: Storage) -> None:
    other = dataset(storage)
    storage.delete_folder("models/m/2")
    with pytest.raises(InvalidRequest, match="no version 2, which has the label 'champion': move the label") as caught:
        find_incumbent(storage, "m", CHAMPION, other)
    assert caught.value.pointer == "/require/better_than"


@pytest.mark.parametrize(
    ("its", "ours", "reason"),
    [
        (None, SPLIT_RULE, "which rows it was trained on is not known.*Run its dataset's job again"),
        (SPLIT_RULE, None, "the dataset does not record what decides a row's split. Run the dataset's job again"),
        (
            SPLIT_RULE,
            SPLIT_RULE.model_copy(update={"shares": {"train": 0.7, "test": 0.3}}),
            "by the shares 0.8 / 0 / 0.2, and this one by 0.7 / 0 / 0.3. Make both datasets with the same splits",
        ),
    ],
)
def test_rows_that_it_may_have_been_trained_on_are_refused(
    storage: Storage, version: VersionManifest, its: SplitRule | None, ours: SplitRule | None, reason: str
) -> None:
    trained_from = version.dataset.model_copy(update={"split_rule": its})
    manifest = version.model_copy(update={"dataset": trained_from})
    storage.delete("models/m/2/tandem.json")
    storage.write("models/m/2/tandem.json", manifest.to_json())
    other = dataset(storage, split_rule=ours)
    with pytest.raises(InvalidRequest, match=f"version 2, which has the label 'champion'.*{reason}") as caught:
        find_incumbent(storage, "m", CHAMPION, other)
    assert caught.value.pointer == "/require/better_than"
    same = dataset(storage, split_rule=ours, name="same", fingerprint=version.dataset.fingerprint)
    assert find_incumbent(storage, "m", CHAMPION, same) is not None, "its test split is the one it was evaluated on"


def test_a_version_records_the_rule_of_its_dataset(version: VersionManifest) -> None:
    assert version.dataset.split_rule == SPLIT_RULE


def test_columns_are_passed_by_name(storage: Storage, version: VersionManifest) -> None:
    schema = Schema(
        features={
            "more": Categorical(),
            **dict(reversed(SCHEMA.features.items())),
            "number": Numeric(dtype="float64"),
        },
        label=SCHEMA.label,
    )
    rows = [{**row, "more": b"x", "number": 1.0} for row in make_rows(4)]
    wide = Made(rows, [1] * 4, schema=schema, name="wide").publish(storage)
    asked: list[list[list[Any]]] = []

    def call(numbers: np.ndarray, tokens: np.ndarray) -> dict[str, np.ndarray]:
        asked.append([numbers.tolist(), tokens.tolist()])
        return {"predictions": np.array([0.25], np.float32)}

    numbers = np.array([[f"0.{at}" for at in range(len(schema.number_columns))]], np.float32)
    tokens = np.array([list(schema.token_columns)], object)
    predictions = predict_with_incumbent(call, version, wide)(numbers, tokens)
    assert (predictions.dtype, predictions.tolist()) == (np.float64, [0.25])
    places = [list(schema.number_columns).index(name) for name in SCHEMA.number_columns]
    assert asked == [[[numbers[0, places].tolist()], [list(SCHEMA.token_columns)]]]


def test_probabilities_are_of_the_datasets_classes_and_zero_for_those_unknown(
    storage: Storage, version: VersionManifest
) -> None:
    schema = Schema(features=SCHEMA.features, label=Label(column="late", kind="multiclass"))
    classes = Made(make_rows(4), [1] * 4, schema=schema, classes=["new", "b", "a"], name="classes").publish(storage)
    rival = version.model_copy(update={"schema_": schema, "classes": ["a", "gone", "b"]})

    def call(numbers: np.ndarray, tokens: np.ndarray) -> dict[str, np.ndarray]:
        return {"probabilities": np.tile(np.array([0.5, 0.125, 0.375], np.float32), (len(numbers), 1))}

    ask = predict_with_incumbent(call, rival, classes)
    empty = np.zeros((2, len(SCHEMA.number_columns)), np.float32), np.full((2, len(SCHEMA.token_columns)), b"", object)
    assert ask(*empty).tolist() == [[0.0, 0.375, 0.5]] * 2
    assert ask(*(part[:0] for part in empty)).shape == (0, 3)
