"""A dataset without a fold has the rows of the other folds to train on, and those of the fold to test on, and no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.modeling.made import Made, make_rows

from contracts.dataset.published import Dataset
from contracts.storage import Storage
from modeling.distributed.worker_rows import WorkerRows
from modeling.input_pipeline import pipeline as pipeline_module
from modeling.input_pipeline.fold_pipeline import FoldPipeline
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs

COUNT = 300
FORMS = [("none", "packed", "none"), ("raw", "columns", "gzip"), ("transformed", "packed", "none")]


@pytest.fixture(params=["held", "streamed"], autouse=True)
def held_or_streamed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "streamed":
        monkeypatch.setattr(pipeline_module, "HELD_BYTES", 0)


def opened(storage: Storage, records: Any, layout: Any, compression: Any) -> tuple[Dataset, ModelInputs]:
    splits = [(1, 1, 1, 2, 3, 0)[index % 6] for index in range(COUNT)]
    made = Made(make_rows(COUNT), splits, records=records, layout=layout, compression=compression)
    dataset = made.publish(storage)
    return dataset, ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())


def rows_of(batches: Any) -> np.ndarray:
    parts = [
        np.concatenate([numbers.numpy(), ids.numpy(), label.numpy()[:, np.newaxis]], axis=1)
        for (numbers, ids), label in batches
    ]
    return np.concatenate(parts)


def in_any_order(rows: np.ndarray) -> list[tuple[float, ...]]:
    return sorted(map(tuple, rows.tolist()))


@pytest.mark.parametrize(("records", "layout", "compression"), FORMS)
def test_the_fold_is_tested_on_and_the_others_are_trained_on(
    storage: Storage, tmp_path: Path, records: str, layout: str, compression: str
) -> None:
    dataset, model_inputs = opened(storage, records, layout, compression)
    with open_pipeline(dataset, model_inputs, [str(tmp_path)]) as whole:
        everything = rows_of(whole.evaluation("train", 64))
        held_out = np.random.default_rng(1).random(len(everything)) < 0.3
        fold = FoldPipeline.without(whole, held_out)
        assert (fold.rows("train"), fold.rows("test")) == (int((~held_out).sum()), int(held_out.sum()))
        np.testing.assert_array_equal(rows_of(fold.evaluation("test", 16)), everything[held_out])
        np.testing.assert_array_equal(rows_of(fold.evaluation("train", 16)), everything[~held_out])
        epochs = rows_of(fold.training(32, seed=5, epochs=2))
        for epoch in np.split(epochs, 2):
            assert in_any_order(epoch) == in_any_order(everything[~held_out])
        first, second = np.split(epochs, 2)
        assert not np.array_equal(first, second)
        np.testing.assert_array_equal(rows_of(fold.training(32, seed=5, epochs=2)), epochs)
        np.testing.assert_array_equal(
            rows_of(fold.evaluation("validation", 16)), rows_of(whole.evaluation("validation", 16))
        )
        parts = [
            rows_of(fold.training(32, seed=5, share=WorkerRows(worker, 2)))  # two machines
            for worker in range(2)
        ]
        assert in_any_order(np.concatenate(parts)) == in_any_order(everything[~held_out])
        shares = [rows_of(fold.evaluation("test", 16, WorkerRows(worker, 2))) for worker in range(2)]
        assert in_any_order(np.concatenate(shares)) == in_any_order(everything[held_out])


def test_values_as_recorded_are_those_of_the_fold(storage: Storage, tmp_path: Path) -> None:
    dataset, model_inputs = opened(storage, "raw", "packed", "none")
    with open_pipeline(dataset, model_inputs, [str(tmp_path)]) as whole:
        tokens = np.concatenate([batch[1].numpy() for batch in whole.recorded("train", 64)])
        held_out = np.arange(len(tokens)) % 3 == 0
        fold = FoldPipeline.without(whole, held_out)
        ours = np.concatenate([batch[1].numpy() for batch in fold.recorded("test", 64)])
    np.testing.assert_array_equal(ours, tokens[held_out])
