"""Loss, metrics and outputs of an objective, against plain formulas; `test_fits` and `tests/modeling/training` train with them.

Covers `tensor_operations`, with `tests/modeling/label_kinds/test_operations.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from modeling.label_kinds import TrainingLabels
from modeling.optimization.objective import Target

BINARY = Target("binary", TrainingLabels(0.5))
CLASSES = Target("multiclass", TrainingLabels([0.5, 0.3, 0.2], (10, 20, 30)))
NUMBERS = Target("regression", TrainingLabels(7.0, center=7.0, deviation=2.0))
ODDS = np.array([-1.0, 0.5, 2.0], np.float32)
SCORES = np.array([[1, 2, 0], [0, 0, 3], [4, 1, 1]], np.float32)


def test_a_loss_is_the_weighted_mean_of_its_rows() -> None:
    truth, weights = np.array([3.0, 7.0, 9.0], np.float32), np.array([1.0, 0.0, 3.0], np.float32)
    errors = ((truth - 7) / 2 - ODDS) ** 2
    found: Any = NUMBERS.loss()(tf.constant((truth - 7) / 2), tf.constant(ODDS), sample_weight=tf.constant(weights))
    assert float(found) == pytest.approx((errors * weights).sum() / weights.sum())
    whole: Any = BINARY.loss()(tf.constant([0.0, 1.0, 1.0]), tf.constant(ODDS))
    probability = 1 / (1 + np.exp(-ODDS))
    assert float(whole) == pytest.approx(-np.log([1 - probability[0], *probability[1:]]).mean(), rel=1e-6)


@pytest.mark.parametrize(
    ("target", "output", "names"),
    [
        (BINARY, ODDS, ["predictions"]),
        (CLASSES, SCORES, ["probabilities", "class_id", "class"]),
        (NUMBERS, ODDS, ["predictions"]),
    ],
)
def test_exported_outputs_are_the_predictions_of_evaluation(target: Target, output: Any, names: list[str]) -> None:
    found = target.named_outputs(tf.constant(output))
    assert list(found) == names
    np.testing.assert_allclose(found[names[0]].numpy(), target.predictions(output), rtol=1e-6)
    assert found[names[0]].dtype == (tf.float64 if target is NUMBERS else tf.float32)
    assert target.no_predictions().shape == (0, *output.shape[1:])


def test_the_most_probable_class_has_its_name() -> None:
    found = CLASSES.named_outputs(tf.constant(SCORES))
    assert found["class_id"].numpy().tolist() == [1, 2, 0]
    assert found["class"].numpy().tolist() == [20, 30, 10]
    assert (CLASSES.outputs, BINARY.outputs) == (3, 1)


def test_errors_after_each_epoch_are_in_the_unit_of_the_label_and_weighted() -> None:
    truth, weights = np.array([3.0, 7.0, 9.0], np.float32), np.array([1.0, 0.0, 3.0], np.float32)
    errors = truth - (7 + 2 * ODDS)
    found: dict[str, float] = {}
    for metric in NUMBERS.metrics():
        metric.update_state(tf.constant((truth - 7) / 2), tf.constant(ODDS), sample_weight=tf.constant(weights))
        found[metric.name] = float(metric.result())
    assert found == {
        "rmse": pytest.approx(np.sqrt((errors**2 * weights).sum() / 4)),
        "mae": pytest.approx((np.abs(errors) * weights).sum() / 4),
    }
    assert [metric.name for metric in (*BINARY.metrics(), *CLASSES.metrics())] == ["auc", "accuracy"]


def test_class_weights_multiply_those_of_rows() -> None:
    weighted = Target("binary", TrainingLabels(0.5), class_weights=(1.0, 4.0))
    rows = (np.zeros(2, np.float32), np.array([0.0, 1.0], np.float32), np.array([2.0, 2.0], np.float32))
    (batch,) = weighted.weighted(tf.data.Dataset.from_tensors(rows))
    assert batch[2].numpy().tolist() == [2.0, 8.0]
    (alone,) = weighted.weighted(tf.data.Dataset.from_tensors(rows[:2]))
    assert alone[2].numpy().tolist() == [1.0, 4.0]


@pytest.mark.parametrize(
    ("center", "deviation"), [(1e9, 1.0), (-1e15, 1e3), (0.0, 1e20), (0.0, 1e-60), (3e99, 1e99), (7.0, 2.0)]
)
def test_numbers_lose_nothing_to_an_offset_or_a_unit(center: float, deviation: float) -> None:
    """Labels are float64 until they are learned, float32 in deviations, and float64 again as predictions and as errors."""
    target = Target("regression", TrainingLabels(center, center=center, deviation=deviation))
    wanted = np.array([-1.5, 0.25, 2.0])
    labels = center + deviation * wanted
    for weights in ([], [np.array([1.0, 0.0, 3.0], np.float32)]):
        (batch,) = target.learned(tf.data.Dataset.from_tensors((np.zeros(3, np.float32), labels, *weights)))
        assert (batch[1].dtype, len(batch)) == (tf.float32, 2 + len(weights))
        np.testing.assert_allclose(batch[1].numpy(), wanted, rtol=1e-3, atol=1e-3)
    output = tf.constant(wanted, tf.float32)
    np.testing.assert_allclose(target.named_outputs(output)["predictions"].numpy(), labels, rtol=1e-15)
    for metric in target.metrics():
        metric.update_state(output + 0.5, output)
        assert float(metric.result()) == pytest.approx(deviation / 2, rel=1e-6)


def test_a_label_far_beyond_those_of_training_costs_a_finite_loss() -> None:
    target = Target("regression", TrainingLabels(0.0, center=0.0, deviation=1.0))
    (batch,) = target.learned(tf.data.Dataset.from_tensors((np.zeros(2, np.float32), np.array([1e100, -1e100]))))
    loss: Any = target.loss()(batch[1], tf.zeros(2))
    assert float(loss) == pytest.approx(1e30)


def test_labels_of_other_kinds_are_learned_as_they_are() -> None:
    for target in (BINARY, CLASSES):
        (batch,) = target.learned(tf.data.Dataset.from_tensors((np.zeros(2, np.float32), np.array([0, 1], np.float32))))
        assert (batch[1].dtype, batch[1].numpy().tolist()) == (tf.float32, [0, 1])
