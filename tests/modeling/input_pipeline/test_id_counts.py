"""Training rows of each id, counted as the network sees them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.modeling.input_pipeline.test_pipeline import FORMS, gather, inputs_of, made

from contracts.messages.trainings import MaskingSpec
from contracts.storage import Storage
from modeling.input_pipeline import id_counts
from modeling.input_pipeline.id_counts import rows_by_id
from modeling.input_pipeline.pipeline import open_pipeline


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_records_has_the_same_rows_by_id(
    storage: Storage, tmp_path: Path, form: tuple[str, str, str]
) -> None:
    dataset = made(*form).publish(storage)
    inputs = inputs_of(dataset)
    with open_pipeline(dataset, inputs, [str(tmp_path)]) as pipeline:
        found = rows_by_id(pipeline, 3, None)
        ids = gather(pipeline.evaluation("train", 50))[1]
    assert [len(rows) for rows in found] == list(inputs.sizes)
    for rows, column in zip(found, ids.T, strict=True):
        expected = np.bincount(column, minlength=len(rows)) + 0.5
        np.testing.assert_allclose(rows, expected)


def test_a_masked_field_counts_as_a_missing_one(storage: Storage, tmp_path: Path) -> None:
    dataset = made(count=1200).publish(storage)
    with open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]) as pipeline:
        plain = rows_by_id(pipeline, 3, None)
        masked = rows_by_id(pipeline, 3, MaskingSpec(share=1.0))
    for before, after in zip(plain, masked, strict=True):
        assert after.sum() == pytest.approx(before.sum())
        assert after[0] > before[0] + 50 or before[0] > 500, "the second of a column that is always missing"


def test_of_many_rows_a_sample_stands_for_all(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(id_counts, "COUNTED_ROWS", 200)
    monkeypatch.setattr(id_counts, "_BATCH", 100)
    dataset = made(count=2400).publish(storage)
    with open_pipeline(dataset, inputs_of(dataset), [str(tmp_path)]) as pipeline:
        found = rows_by_id(pipeline, 3, None)
        assert pipeline.rows("train") == 1200
    for rows in found:
        assert rows.sum() == pytest.approx(1200 + len(rows) * 3)
    assert min(rows.min() for rows in found) == 3, "half a row of six, for an id that the sample lacks"
