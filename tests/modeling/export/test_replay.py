"""A version with training/serving skew is not published; a published one keeps the rows that it was checked with."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.forms import FORMS
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.trained import Trained, run

from chassis.engine.engine import JobContext
from contracts.dataset.published import open_dataset
from contracts.dataset.vocabulary import Vocabulary
from contracts.errors import CorruptData, InvalidRequest, PredictionMismatch
from contracts.storage import Storage
from modeling.export import saved_model
from modeling.layers.feature_kinds.categorical import CategoricalInputs
from modeling.layers.feature_kinds.numeric import NumericInputs
from modeling.layers.impute import Impute
from modeling.layers.vocabulary_lookup import VocabularyLookup
from modeling.repository.versions import checked_folder, read_manifest
from modeling.repository.warm_up_rows import KEPT_ROWS, read_kept_rows
from modeling.training import train

REQUEST: dict[str, Any] = {"network": {"kind": "dnn", "hidden": [8]}, "epochs": 1, "batch_size": 64}
Tamper = Callable[[Any], None]


def another_mean(model_inputs: Any) -> None:
    (numbers,) = (kind for kind in model_inputs.kinds if isinstance(kind, NumericInputs))
    numbers.impute = Impute([1000.5, *([0.0] * 3)])


def another_vocabulary(model_inputs: Any) -> None:
    vocabularies = [Vocabulary.of([b"stranger"], [1])] * 3
    (tokens,) = (kind for kind in model_inputs.kinds if isinstance(kind, CategoricalInputs))
    tokens.look_up = VocabularyLookup(vocabularies, [SCHEMA.null_tokens] * 3)


def publish(storage: Storage, records: str = "raw", layout: str = "packed") -> None:
    splits = [(1, 1, 1, 2, 3)[at % 5] for at in range(300)]
    Made(make_rows(300), splits, records=records, layout=layout).publish(storage)  # pyright: ignore[reportArgumentType]


def tampered(monkeypatch: pytest.MonkeyPatch, tamper: Tamper) -> None:
    """Change a layer right before the saved_model."""
    real = saved_model.export

    def broken(schema: Any, model_inputs: Any, network: Any, *more: Any) -> None:
        tamper(model_inputs)
        real(schema, model_inputs, network, *more)

    monkeypatch.setattr(train, "export", broken)


@pytest.mark.parametrize(
    ("records", "layout", "tamper", "words"),
    [
        *((*form, another_mean, "model input 'distance km'.*and training saw") for form in FORMS),
        ("raw", "columns", another_vocabulary, "model input 'origin'"),
        ("transformed", "packed", another_vocabulary, "model input 'origin'"),
    ],
)
def test_a_version_that_was_tampered_with_is_not_published(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, records: str, layout: str, tamper: Tamper, words: str
) -> None:
    publish(storage, records, layout)
    tampered(monkeypatch, tamper)
    with pytest.raises(PredictionMismatch, match=words) as caught:
        run(storage, REQUEST, JobContext.alone())
    assert "signature 'transform'" in str(caught.value) or "signature 'packed_transform'" in str(caught.value)
    assert not storage.exists("models/m"), "nothing is left of it"


def test_other_weights_are_found_too(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(storage)
    real = saved_model.export

    def broken(schema: Any, model_inputs: Any, network: Any, *more: Any) -> None:
        bias = network.weights[-1]
        kept = bias.numpy()
        bias.assign(kept + 0.01)
        real(schema, model_inputs, network, *more)
        bias.assign(kept)

    monkeypatch.setattr(train, "export", broken)
    with pytest.raises(PredictionMismatch, match="the output 'predictions'"):
        run(storage, REQUEST, JobContext.alone())
    assert not storage.exists("models/m")


def test_records_that_hold_other_numbers_than_the_source_had_are_found(storage: Storage) -> None:
    """As if Spark had imputed another mean than the graph does."""
    publish(storage, "transformed", "packed")
    dataset = open_dataset(storage, "made")
    sample = dataset.sample()
    changed = sample.features.to_pydict()
    known = next(at for at, value in enumerate(changed["class"]) if value is not None)
    changed["class"][known] += 1
    data = dataclasses.replace(sample, features=type(sample.features).from_pydict(changed, sample.features.schema))
    artifact = dataset.manifest.sample
    assert artifact is not None
    _republish(storage, dataset, data.to_bytes())
    with pytest.raises(PredictionMismatch, match=f"row {sample.positions[known]} of the split train.*'class'"):
        run(storage, REQUEST, JobContext.alone())


def _republish(storage: Storage, dataset: Any, data: bytes) -> None:
    dataset.files.write(dataset.manifest.sample.path, data)
    artifact = dataset.manifest.sample.model_copy(
        update={"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    )
    manifest = dataset.manifest.model_copy(update={"sample": artifact})
    storage.write(f"datasets/{manifest.name}/manifest.json", manifest.to_json())


def test_a_dataset_of_an_earlier_release_is_refused(storage: Storage) -> None:
    publish(storage)
    dataset = open_dataset(storage, "made")
    manifest = dataset.manifest.model_copy(update={"sample": None})
    storage.write("datasets/made/manifest.json", manifest.to_json())
    with pytest.raises(InvalidRequest, match="make it again") as caught:
        run(storage, REQUEST, JobContext.alone())
    assert caught.value.pointer == "/dataset"


def test_a_version_keeps_the_rows_that_it_was_checked_with(trained: Trained) -> None:
    manifest = read_manifest(trained.storage, "m", 2)
    assert KEPT_ROWS in manifest.files
    with checked_folder(trained.storage, manifest) as folder:
        numeric, tokens, integers = read_kept_rows(folder, manifest.schema_)
    assert integers is None
    sample = open_dataset(trained.storage, "made").sample()
    assert numeric.shape == (2 + len(sample), len(SCHEMA.number_columns))
    assert tokens.shape == (2 + len(sample), len(SCHEMA.token_columns))
    assert np.isnan(numeric[0]).all()
    assert set(tokens[0]) == {b""}
    assert [value or b"" for value in sample.features.column("origin").to_pylist()] == tokens[2:, 1].tolist()


def test_kept_rows_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(CorruptData):
        read_kept_rows(tmp_path, SCHEMA)
    (tmp_path / KEPT_ROWS).write_bytes(b"ARROW1")
    with pytest.raises(CorruptData):
        read_kept_rows(tmp_path, SCHEMA)
