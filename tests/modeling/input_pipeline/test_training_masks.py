"""A share of the training rows is masked, at rates of their own, and the same again for the same seed and epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tests.modeling.made import SCHEMA, Made

from contracts.messages.trainings import MaskingSpec
from contracts.schema import Categorical, Cross, Hashed, Numeric
from contracts.storage import Storage
from modeling.distributed.worker_rows import WorkerRows
from modeling.input_pipeline.feature_masking import FeatureMasking
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.input_pipeline.training_masks import TrainingMasks, weights_at
from modeling.layers.model_inputs import ModelInputs

TOKENS = [f"t{index}" for index in range(8)]
WIDE = SCHEMA.model_copy(
    update={
        "features": {
            **{name: Categorical(oov_buckets=2) for name in TOKENS},
            "hash": Hashed(buckets=9),
            "number": Numeric(dtype="float64", indicator=True),
        },
        "crosses": [Cross(features=["t0", "t1"], buckets=50)],
    }
)
ROWS = [{**dict.fromkeys(TOKENS, b"a"), "hash": b"h", "number": float(at), "late": at % 2} for at in range(2000)]


MADE = Made(ROWS, [1] * len(ROWS), schema=WIDE)
LAYER = ModelInputs(WIDE, MADE.statistics, MADE.vocabularies)
UNMASKED_ID = 3
"""Of the one token: after the missing value and two out-of-vocabulary buckets."""


def masked(spec: MaskingSpec, *, seed: int = 1, batch: int = 0, first_row: int = 0, rows: int = 2000) -> Any:
    numeric, ids = tf.zeros([rows, 2]), tf.fill([rows, 10], tf.constant(UNMASKED_ID, tf.int64))
    masks = TrainingMasks(FeatureMasking(LAYER), spec, seed, first_row)
    (numbers, ids), _ = tf.function(masks.apply)((numeric, ids), tf.constant(batch, tf.int64))
    return numbers.numpy(), ids.numpy()


def test_the_share_of_rows_and_of_their_fields() -> None:
    numbers, ids = masked(MaskingSpec(share=0.5, rates=[0.2, 0.4], unseen=0.25))
    tokens = ids[:, :8]
    hidden = tokens != UNMASKED_ID
    assert not hidden[1001:].any()
    assert hidden[:1000].mean() == pytest.approx(0.3, abs=0.03)
    assert (tokens[hidden] > 0).mean() == pytest.approx(0.25, abs=0.04)
    assert set(tokens[hidden]) == {0, 1, 2}, "missing, and both out-of-vocabulary buckets"
    assert numbers[:1000, 1].mean() == pytest.approx(0.3, abs=0.05), "the indicator of a missing number"
    assert set(ids[:, 8]) == {0, UNMASKED_ID}, "a hashed feature is missing, never unseen"


def test_few_and_many_fields_of_a_row_are_masked() -> None:
    _, ids = masked(MaskingSpec(share=1))
    counts = np.bincount((ids[:, :8] != UNMASKED_ID).sum(axis=1), minlength=9) / 2000
    assert counts == pytest.approx(np.full(9, 1 / 9), abs=0.04), "rates that are spread evenly make counts that are"


def test_a_cross_is_missing_where_a_part_is_missing_or_unseen() -> None:
    _, ids = masked(MaskingSpec(share=1, unseen=1))
    hidden = (ids[:, :2] != UNMASKED_ID).any(axis=1)
    assert np.array_equal(ids[:, 9] == 0, hidden)


def test_small_batches_have_the_share_on_average() -> None:
    apply = tf.function(TrainingMasks(FeatureMasking(LAYER), MaskingSpec(share=0.1, rates=[1, 1]), 1, 0).apply)
    inputs = tf.zeros([4, 2]), tf.zeros([4, 10], tf.int64)
    counts = [int(apply(inputs, tf.constant(batch, tf.int64))[0][0][:, 1].numpy().sum()) for batch in range(200)]
    assert set(counts) == {0, 1}
    assert np.mean(counts) == pytest.approx(0.4, abs=0.1)


def test_seed_batch_and_part_decide_what_is_drawn() -> None:
    spec = MaskingSpec(share=1)
    first = masked(spec)[1]
    assert np.array_equal(first, masked(spec)[1])
    for other in (masked(spec, seed=2), masked(spec, batch=1), masked(spec, first_row=7)):
        assert not np.array_equal(first, other[1])


def test_weights_are_inverse_variances() -> None:
    rates = tf.constant([0, 0.1, 0.5, 1], tf.float32)
    assert weights_at(rates, 0.1).numpy() == pytest.approx([1, 0.1 / 0.19, 0.1 / 0.55, 0.1])
    assert weights_at(rates, 1.0).numpy().tolist() == [1] * 4


@pytest.mark.parametrize("weighted", [False, True])
def test_masked_rows_have_weights_by_their_rates(storage: Storage, tmp_path: Any, weighted: bool) -> None:
    tokens: dict[str, Any] = {name: Categorical() for name in TOKENS}
    schema = SCHEMA.model_copy(update={"features": tokens, "weight": "weight" if weighted else None})
    rows = [{**dict.fromkeys(TOKENS, b"a"), "weight": 3.0, "late": at % 2} for at in range(600)]
    dataset = Made(rows, [1] * len(rows), schema=schema).publish(storage)
    layer = ModelInputs(schema, dataset.statistics(), dataset.vocabularies())
    own = 3.0 if weighted else 1.0
    with open_pipeline(dataset, layer, [str(tmp_path)]) as pipeline:
        spec = MaskingSpec(share=0.5, weight=0.1)
        found = [(ids.numpy(), weights.numpy()) for (_, ids), _, weights in pipeline.training(100, 3, masking=spec)]
        equal = next(iter(pipeline.training(100, 3, masking=MaskingSpec(share=0.5, weight=1))))
    hidden = np.concatenate([(ids != 2).mean(axis=1) for ids, _ in found])
    weights = np.concatenate([weights for _, weights in found])
    assert (weights[hidden > 0] < own).all(), "a row with a masked field has a rate above 0"
    assert (weights == np.float32(own)).mean() == pytest.approx(0.5, abs=0.01)
    assert (
        0.1 * own < weights[hidden == 1].mean() < 0.2 * own < 0.3 * own < weights[(hidden > 0) & (hidden < 0.2)].mean()
    )
    assert len(equal) == 2 + weighted, "where all weights are 1 there are none"


def epochs_of(pipeline: Any, **options: Any) -> list[np.ndarray]:
    batches = pipeline.training(64, seed=3, **options)
    return [np.concatenate([numeric, ids, label[:, np.newaxis]], axis=1) for (numeric, ids), label in batches]


def hidden_tokens(batches: list[np.ndarray]) -> np.ndarray:
    """True where a token of a row is masked, whose id is otherwise 2: [rows, tokens]."""
    return np.concatenate(batches)[:, 2:10] != 2


@pytest.mark.parametrize("records", ["none", "raw", "transformed"])
def test_every_record_mode_is_masked_alike_and_resumes_with_the_same_masks(
    storage: Storage, tmp_path: Any, records: Any
) -> None:
    tokens: dict[str, Any] = {name: Categorical() for name in TOKENS}
    schema = SCHEMA.model_copy(update={"features": {**tokens, "number": Numeric(dtype="float64", indicator=True)}})
    rows = [{**dict.fromkeys(TOKENS, b"a"), "number": at, "late": at % 2} for at in range(600)]
    dataset = Made(rows, [1] * len(rows), schema=schema, records=records).publish(storage)
    layer = ModelInputs(schema, dataset.statistics(), dataset.vocabularies())
    spec = MaskingSpec(share=0.5)
    with open_pipeline(dataset, layer, [str(tmp_path)]) as pipeline:
        both = epochs_of(pipeline, epochs=2, masking=spec)
        resumed = epochs_of(pipeline, epochs=2, first_epoch=1, masking=spec)
        plain = epochs_of(pipeline, epochs=1)
        off = epochs_of(pipeline, epochs=1, masking=MaskingSpec(share=0))
        parts = [epochs_of(pipeline, masking=spec, share=WorkerRows(part, 2)) for part in (0, 1)]
        evaluated = [ids.numpy() for (_, ids), _ in pipeline.evaluation("train", 64)]
    first, second = both[: len(both) // 2], both[len(both) // 2 :]
    assert np.array_equal(np.concatenate(second), np.concatenate(resumed))
    assert not np.array_equal(hidden_tokens(first), hidden_tokens(second))
    assert np.array_equal(np.concatenate(plain), np.concatenate(off))
    assert {tuple(row) for ids in evaluated for row in ids} == {(2,) * 8}
    assert hidden_tokens(first).mean() == pytest.approx(0.25, abs=0.05)
    assert not np.array_equal(hidden_tokens(parts[0])[:250], hidden_tokens(parts[1])[:250]), (
        "each worker has draws of its own"
    )
