"""What a version keeps of its training split."""

from __future__ import annotations

import numpy as np
import pytest
from tests.modeling.made import SCHEMA, Made, Row
from tests.modeling.made_records import numbers
from tests.modeling.skew.logged import log_rows
from tests.modeling.trained import Trained

from contracts.errors import Conflict, CorruptData, InvalidRequest
from contracts.messages.skew import SkewRequest
from contracts.schema import Label, Numeric, Schema
from contracts.storage import Storage
from modeling.repository.versions import VersionManifest
from modeling.skew import training_counts
from modeling.skew.compare import skew
from modeling.skew.training_counts import read_trained_on
from sources.drift.sortable_keys import doubles


def test_a_version_keeps_how_often_the_values_of_its_training_split_occur(
    trained: Trained, manifest: VersionManifest, place: Storage
) -> None:
    kept = read_trained_on(place, manifest)
    rows = trained.made.of("train")
    for name in SCHEMA.number_columns:
        values = numbers(rows, name)
        expected, counts = np.unique(values[np.isfinite(values)].astype(np.float64), return_counts=True)
        np.testing.assert_array_equal(doubles(kept.numbers[name].keys), expected)
        np.testing.assert_array_equal(kept.numbers[name].counts, counts)
        assert kept.numbers[name].shift == 0
    for name, vocabulary in trained.made.vocabularies.items():
        assert kept.tokens[name].tokens.to_pylist() == vocabulary.tokens.to_pylist()
        assert kept.tokens[name].counts.to_pylist() == vocabulary.counts.to_pylist()
    assert kept.statistics == trained.made.statistics.splits["train"]


def test_counts_by_intervals_are_those_of_the_float32s_that_the_model_sees(storage: Storage) -> None:
    schema = Schema(features={"x": Numeric(dtype="float64")}, label=Label(column="late"))
    rows: list[Row] = [{"x": value, "late": at % 2} for at, value in enumerate([0.1, 0.1 + 1e-12, 0.7, 1 / 3])]
    dataset = Made(rows, [1] * 4, schema=schema).publish(storage)
    assert dataset.values("x").counts("train").to_pylist() == [1] * 4, "the dataset counts them as doubles"
    ((meaning, counted),) = training_counts._values(dataset, ["x"])
    assert meaning == {"feature": "x", "shift": 0}
    assert counted.column("value").to_pylist() == [float(np.float32(value)) for value in (0.1, 1 / 3, 0.7)]
    assert counted.column("count").to_pylist() == [2, 1, 1]


def test_without_what_it_was_trained_on(trained: Trained, manifest: VersionManifest, place: Storage) -> None:
    log_rows(place, manifest, trained.made.of("train")[:50])
    early = manifest.model_copy(update={"files": {"saved_model.pb": manifest.files["saved_model.pb"]}})
    with pytest.raises(Conflict, match="train it again"):
        skew(place, early, SkewRequest())
    place.write("models/m/2/training_tokens.arrow", b"other")
    with pytest.raises(CorruptData, match="checksum"):
        skew(place, manifest, SkewRequest())
    with pytest.raises(InvalidRequest, match="no feature 'nosuch'"):
        skew(place, manifest, SkewRequest.model_validate({"thresholds": {"features": {"nosuch": {}}}}))
