from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics as oracle

from contracts.messages.metrics import Metrics
from modeling.evaluation.missing_plan import SHARES, Masks, SingleMask
from modeling.evaluation.missing_values import evaluate_missing
from modeling.evaluation.sampled_inputs import SampledInputs

ROWS, FEATURES = 6000, 4


def loss_of(metrics: Metrics) -> float | None:
    assert metrics.kind != "regression"
    return metrics.log_loss


def rmse_of(metrics: Metrics) -> float | None:
    assert metrics.kind == "regression"
    return metrics.rmse


def descending(values: list[float | None]) -> bool:
    return values == sorted(values, key=lambda value: -np.inf if value is None else -value)


Array = np.ndarray[Any, np.dtype[Any]]


def made(rows: int = ROWS) -> tuple[Array, Array]:
    """Numbers of four features, and labels that the first two decide."""
    generator = np.random.default_rng(0)
    numbers = generator.normal(0, 1, (rows, FEATURES)).astype(np.float32)
    odds = 2 * numbers[:, 0] + numbers[:, 1] - 0.5
    return numbers, (generator.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.float32)


def sample_of(*parts: Array) -> SampledInputs:
    sample = SampledInputs(len(parts[0]), len(parts[0]), 0)
    for half in (slice(0, 2500), slice(2500, None)):  # as batches pass
        sample.add(*(part[half] for part in parts))
    return sample


class Model:
    """A model to which a missing number is 0 and an unseen one 1; it keeps the masks that it was asked about."""

    def __init__(self) -> None:
        self.masks: list[tuple[Array, Array]] = []

    def __call__(self, numbers: Array, ids: Array, missing: Array, unseen: Array) -> Array:
        assert len(numbers) == len(ids) == len(missing) == len(unseen)
        self.masks.append((missing, unseen))
        missing, unseen = missing[:, :FEATURES], unseen[:, :FEATURES]
        values = np.where(missing, 0, np.where(unseen, 1, numbers)).astype(np.float64)
        return 1 / (1 + np.exp(-(2 * values[:, 0] + values[:, 1] - 0.5)))


SINGLES = tuple(SingleMask(f"f{at}", at, unseen, 5) for at in range(FEATURES) for unseen in (False, True))


def test_a_field_alone_is_masked_in_every_row_and_the_worst_comes_first() -> None:
    numbers, labels = made()
    sample = sample_of(numbers, np.zeros((ROWS, 2), np.int64), labels)
    found = evaluate_missing("binary", sample, Masks((0.0,), SINGLES, FEATURES + 3), 0.4, Model(), 0)
    assert found is not None
    assert (found.rows, found.other_features) == (ROWS, 3)
    losses = [loss_of(single.metrics) for single in found.by_feature]
    assert descending(losses)
    assert {single.feature for single in found.by_feature[:2]} == {"f0"}
    by_mask = {(single.feature, single.masked_as): single for single in found.by_feature}
    for value, masked_as in ((0, "missing"), (1, "unseen")):
        expected = 1 / (1 + np.exp(-(2 * numbers[:, 0].astype(float) + value - 0.5)))
        single = by_mask["f1", masked_as]
        assert loss_of(single.metrics) == pytest.approx(oracle.log_loss(labels, expected))
        assert single.mean_prediction == pytest.approx(expected.mean())
    whole = found.by_share[0]
    for useless in ("f2", "f3"):
        assert by_mask[useless, "missing"].metrics == whole.metrics
    assert found.mean_label == pytest.approx(labels.mean())
    assert loss_of(found.baseline) == pytest.approx(oracle.log_loss(labels, np.full(ROWS, 0.4)))


def test_fields_are_missing_at_random_and_stay_missing_at_greater_shares() -> None:
    numbers, labels = made()
    sample, model = sample_of(numbers, np.zeros((ROWS, 0), np.int64), labels), Model()
    found = evaluate_missing("binary", sample, Masks(SHARES, (), FEATURES), 0.4, model, 7)
    assert found is not None
    assert [masked.share for masked in found.by_share] == list(SHARES)
    masks = np.split(np.concatenate([missing for missing, _ in model.masks]), len(SHARES))
    assert not any(unseen.any() for _, unseen in model.masks)
    for share, mask, greater in zip(SHARES, masks, [*masks[1:], masks[-1]], strict=True):
        assert mask.mean(axis=0) == pytest.approx(share, abs=0.03)
        assert np.all(greater[mask])
    middle = masks[3].astype(float)
    assert np.abs(np.corrcoef(middle.T) - np.eye(FEATURES)).max() < 0.06
    assert abs(np.corrcoef(middle[:-1, 0], middle[1:, 0])[0, 1]) < 0.06
    losses = [loss_of(masked.metrics) for masked in found.by_share]
    assert losses[0] == pytest.approx(oracle.log_loss(labels, Model()(numbers, numbers, *[numbers > 99] * 2)))
    assert descending(losses[::-1])


def test_the_seed_determines_the_masks() -> None:
    numbers, labels = made(500)
    by_seed = [
        evaluate_missing("binary", sample_of(numbers, numbers, labels), Masks((0.5,), (), FEATURES), 0.4, Model(), seed)
        for seed in (1, 1, 2)
    ]
    assert by_seed[0] == by_seed[1]
    assert by_seed[0] != by_seed[2]


def test_weights_weigh_metrics_and_means() -> None:
    numbers, labels = made(500)
    twice = np.r_[np.arange(500), np.arange(250)]
    weights = np.where(np.arange(500) < 250, 2, 1).astype(np.float32)
    masks = Masks((0.0, 1.0), (SINGLES[0],), FEATURES)
    weighed = evaluate_missing("binary", sample_of(numbers, numbers, labels, weights), masks, 0.4, Model(), 0)
    repeated = evaluate_missing(
        "binary", sample_of(numbers[twice], numbers[twice], labels[twice]), masks, 0.4, Model(), 0
    )
    assert weighed is not None
    assert repeated is not None
    assert weighed.mean_label == pytest.approx(repeated.mean_label)
    for one, other in zip(
        [*weighed.by_share, *weighed.by_feature], [*repeated.by_share, *repeated.by_feature], strict=True
    ):
        assert loss_of(one.metrics) == pytest.approx(loss_of(other.metrics))
        assert one.mean_prediction == pytest.approx(other.mean_prediction)
    nothing = evaluate_missing("binary", sample_of(numbers, numbers, labels, 0 * weights), masks, 0.4, Model(), 0)
    assert nothing is not None
    assert nothing.mean_label is None
    assert loss_of(nothing.by_share[0].metrics) is None


def test_several_classes_have_a_mean_probability_each() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 900).astype(np.float32)
    shares = [0.5, 0.3, 0.2]

    def predict(numbers: Array, ids: Array, missing: Array, unseen: Array) -> Array:
        del ids, unseen
        known = np.eye(3)[numbers[:, 0].astype(int)] * 0.7 + 0.1
        return np.where(missing, shares, known)

    sample = sample_of(labels[:, None], np.zeros((900, 0), np.int64), labels)
    found = evaluate_missing("multiclass", sample, Masks((0.0, 1.0), (), 1), shares, predict, 0)
    assert found is not None
    assert found.mean_label == pytest.approx(np.bincount(labels.astype(int)) / 900)
    assert found.by_share[1].mean_prediction == pytest.approx(shares)
    assert loss_of(found.by_share[1].metrics) == pytest.approx(loss_of(found.baseline))
    assert loss_of(found.by_share[0].metrics) == pytest.approx(-np.log(0.8))


def test_a_regression_has_its_own_metrics() -> None:
    truth = np.random.default_rng(0).normal(10, 2, 800)

    def predict(numbers: Array, ids: Array, missing: Array, unseen: Array) -> Array:
        del ids, unseen
        return np.where(missing[:, 0], 10.0, numbers[:, 0])

    sample = sample_of(truth[:, None], np.zeros((800, 0), np.int64), truth)
    found = evaluate_missing("regression", sample, Masks((0.0, 1.0), SINGLES[:1], 1), 10.0, predict, 0)
    assert found is not None
    assert rmse_of(found.by_share[0].metrics) == pytest.approx(0, abs=1e-9)
    assert found.by_share[1].metrics == found.baseline
    assert rmse_of(found.by_feature[0].metrics) == pytest.approx(np.sqrt(np.mean((truth - 10) ** 2)))


def test_without_rows_there_is_nothing() -> None:
    assert evaluate_missing("binary", SampledInputs(0, 10, 0), Masks(SHARES, (), 3), 0.5, Model(), 0) is None
