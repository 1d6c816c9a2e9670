"""Splits in memory: every form of records has the same rows in the same order, in each epoch another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.modeling.input_pipeline.test_pipeline import FORMS, gather, inputs_of, made

from contracts.storage import Storage
from modeling.input_pipeline.pipeline import open_pipeline


def test_all_records_are_trained_on_in_the_same_order_and_each_epoch_has_another(
    storage: Storage, tmp_path: Path
) -> None:
    epochs: list[np.ndarray] = []
    for form in FORMS:
        dataset = replace(made(*form), name="-".join(form)).publish(storage)
        with open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]) as pipeline:
            numeric, ids, labels = gather(pipeline.training(32, seed=3, epochs=2))
        epochs.append(np.concatenate([numeric, ids, labels[:, np.newaxis]], axis=1))
    for found in epochs[2:]:
        np.testing.assert_allclose(found, epochs[1], rtol=1e-6)
    in_order_of_source = np.split(epochs[0], 2)[0]
    first, second = np.split(epochs[1], 2)
    np.testing.assert_allclose(
        sorted(map(tuple, in_order_of_source.tolist())), sorted(map(tuple, first.tolist())), rtol=1e-6
    )
    assert not np.array_equal(first, second)
    assert sorted(map(tuple, first.tolist())) == sorted(map(tuple, second.tolist()))


def test_rows_are_read_once(storage: Storage, tmp_path: Path) -> None:
    dataset = made().publish(storage)
    with open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]) as pipeline:
        before = gather(pipeline.evaluation("validation", 32))
        for path in tmp_path.rglob("*.tfrecord*"):
            path.unlink()
        for ours, theirs in zip(gather(pipeline.evaluation("validation", 7)), before, strict=True):
            assert np.array_equal(ours, theirs)
        with pytest.raises(Exception, match=r"NOT_FOUND|No such file"):
            gather(pipeline.evaluation("test", 7))
