from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from contracts.classes import ClassName
from contracts.messages.tuning.calibration import Calibration
from modeling.label_kinds import TrainingLabels
from modeling.metrics.calibration_error import calibration_error
from modeling.optimization.objective import Target
from modeling.tuning.temperature import FEWEST_ROWS, corrected, fit_temperature
from modeling.tuning.validation_split import ValidationRows

BINARY = Target("binary", TrainingLabels(0.3))
NAMES: tuple[ClassName, ...] = ("a", "b", "c")
CLASSES = Target("multiclass", TrainingLabels([1 / 3, 1 / 3, 1 / 3], NAMES))


def binary(rows: int, seed: int, sharpness: float, mean: float = -1.0) -> ValidationRows:
    """Labels, and log-odds whose distances from their mean are too large by a factor."""
    generator = np.random.default_rng(seed)
    odds = generator.normal(mean, 1.5, rows)
    labels = (generator.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.float32)
    return ValidationRows(labels, (mean + sharpness * (odds - mean)).astype(np.float32), np.ones(rows))


def classes(rows: int, seed: int, sharpness: float) -> ValidationRows:
    generator = np.random.default_rng(seed)
    scores = generator.normal(0, 1.5, (rows, 3))
    labels = (scores + generator.gumbel(size=(rows, 3))).argmax(axis=1).astype(np.float32)
    return ValidationRows(labels, (sharpness * scores).astype(np.float32), np.ones(rows))


@pytest.mark.parametrize("sharpness", [0.6, 1.8])
@pytest.mark.parametrize(("target", "drawn"), [(BINARY, binary), (CLASSES, classes)])
def test_probabilities_that_are_off_are_corrected(target: Target, drawn: Any, sharpness: float) -> None:
    found = fit_temperature(target, drawn(4000, 0, sharpness), "auto")
    assert found is not None
    assert found.verdict == "corrected"
    assert found.temperature == found.fitted == pytest.approx(sharpness, rel=0.1)
    assert found.deviations is not None
    assert (found.deviations < -5) == (sharpness > 1)
    assert found.fitted_log_loss is not None
    assert found.log_loss is not None
    assert found.fitted_log_loss < 0.99 * found.log_loss
    fresh = drawn(4000, 1, sharpness)
    errors: list[float] = []
    for each in (target, corrected(target, found)):
        predictions = each.predictions(fresh.outputs)
        if target is CLASSES:
            truth, predictions = predictions.argmax(axis=1) == fresh.labels, predictions.max(axis=1)
        else:
            truth = fresh.labels
        error = calibration_error(truth, predictions)
        assert error is not None
        errors.append(error)
    assert errors[1] < 0.5 * errors[0]


def test_the_mean_label_is_predicted_as_before() -> None:
    rows = binary(4000, 0, 2.0)
    trained = replace(BINARY, labels=TrainingLabels(0.3))
    found = fit_temperature(trained, rows, "auto")
    assert found is not None
    assert found.fixed == pytest.approx([np.log(0.3 / 0.7)])
    weighted = fit_temperature(trained, replace(rows, weights=np.arange(1, 4001) / 1000), "auto")
    assert weighted is not None
    assert weighted.fixed == pytest.approx([0.0], abs=1.0)
    assert weighted.fixed != pytest.approx(found.fixed)
    outputs = np.array([found.fixed[0], found.fixed[0] + 2 * found.temperature], np.float32)
    stays, moves = corrected(BINARY, found).predictions(outputs)
    assert stays == pytest.approx(0.3, abs=1e-5)
    assert np.log(moves / (1 - moves)) == pytest.approx(found.fixed[0] + 2, abs=1e-5)


def test_the_graph_corrects_as_numpy_does() -> None:
    for target, drawn in ((BINARY, binary), (CLASSES, classes)):
        rows = drawn(500, 3, 2.0)
        tempered = corrected(target, fit_temperature(target, rows, "auto"))
        assert tempered.temperature is not None
        in_graph = tempered.linked(rows.outputs + 0).numpy()
        np.testing.assert_allclose(in_graph, tempered.predictions(rows.outputs), rtol=1e-5, atol=1e-6)
        assert np.abs(in_graph - target.linked(rows.outputs + 0).numpy()).max() > 0.05


def test_calibrated_probabilities_are_left_alone() -> None:
    verdicts = [fit_temperature(BINARY, binary(1000, seed, 1.0), "auto") for seed in range(60)]
    corrections = [found for found in verdicts if found is not None and found.verdict == "corrected"]
    assert len(corrections) <= 3
    found = fit_temperature(BINARY, binary(1000, 0, 1.0), "auto")
    assert found is not None
    assert (found.verdict, found.temperature, found.fixed) == ("calibrated", 1.0, [])
    assert corrected(BINARY, found) is BINARY


def test_a_small_gain_is_left_alone_however_certain() -> None:
    found = fit_temperature(BINARY, binary(400_000, 0, 1.05), "auto")
    assert found is not None
    assert found.deviations is not None
    assert found.deviations < -5
    assert found.verdict == "calibrated"


def test_nothing_is_corrected_by_few_rows_or_against_a_request_or_without_probabilities() -> None:
    few = fit_temperature(BINARY, binary(FEWEST_ROWS - 1, 0, 3.0), "auto")
    off = fit_temperature(BINARY, binary(4000, 0, 3.0), "none")
    assert few is not None
    assert off is not None
    assert (few.verdict, few.rows, few.fitted) == ("too_few_rows", FEWEST_ROWS - 1, None)
    assert (off.verdict, off.temperature) == ("off", 1.0)
    numbers = Target("regression", TrainingLabels(0.0))
    assert fit_temperature(numbers, binary(4000, 0, 3.0), "auto") is None


def test_weights_count_as_in_the_loss() -> None:
    """Half of the rows are too sharp, and weigh nothing or almost all."""
    right, sharp = binary(2000, 0, 1.0), binary(2000, 1, 2.5)
    labels, outputs = (np.concatenate(pair) for pair in ((right.labels, sharp.labels), (right.outputs, sharp.outputs)))
    for weights, verdict in (((1.0, 1e-3), "calibrated"), ((1e-3, 1.0), "corrected")):
        rows = ValidationRows(labels, outputs, np.repeat(weights, 2000))
        found = fit_temperature(BINARY, rows, "auto")
        assert found is not None
        assert found.verdict == verdict


def test_predictions_that_weights_of_classes_moved_are_no_fault() -> None:
    """Trained with weights that make classes even, log-odds are moved; of the same weights the validation split is even, too."""
    rows = binary(4000, 0, 1.0, mean=-2.0)
    weights = 1 / np.array([1 - rows.labels.mean(), rows.labels.mean()]) / 2
    moved = ValidationRows(rows.labels, rows.outputs + float(np.log(weights[1] / weights[0])), rows.weights)
    plain = fit_temperature(BINARY, moved, "auto")
    weighted = fit_temperature(Target("binary", BINARY.labels, tuple(weights.tolist())), moved, "auto")
    assert plain is not None
    assert weighted is not None
    assert plain.verdict == "corrected"
    assert weighted.verdict == "calibrated"


def test_the_most_probable_class_is_that_of_the_corrected_probabilities() -> None:
    """Towards the mean label, a frequent class may come before a rare one that had the greatest score."""
    target = corrected(CLASSES, Calibration(verdict="corrected", temperature=3.0, fixed=[-3.0, -0.5, -1.0]))
    outputs = np.array([[1.0, 0.9, 0.0], [5.0, 0.0, 0.0]], np.float32)
    named = {name: tensor.numpy() for name, tensor in target.named_outputs(tf.constant(outputs)).items()}
    assert named["class_id"].tolist() == named["probabilities"].argmax(axis=1).tolist() == [1, 0]
    assert named["class"].tolist() == [b"b", b"a"]
    np.testing.assert_allclose(named["probabilities"], target.predictions(outputs), rtol=1e-6)
