"""NumPy and TensorFlow evaluate a formula alike."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
import tensorflow as tf

from contracts.label_kinds import LabelKind, label_traits
from modeling.label_kinds import TrainingLabels, labels_of_kind
from modeling.label_kinds.operations import NumpyOperations
from modeling.optimization.tensor_operations import TensorOperations

NUMPY, GRAPH = NumpyOperations(), TensorOperations()
OUTPUT = np.array([[-30.0, 0.0, 2.5], [0.1, 0.2, 0.3], [88.0, -88.0, 1.0]])


@pytest.mark.parametrize("name", ["sigmoid", "softmax"])
def test_each_operation(name: str) -> None:
    in_graph = getattr(GRAPH, name)(tf.constant(OUTPUT)).numpy()
    np.testing.assert_allclose(getattr(NUMPY, name)(OUTPUT), in_graph, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("kind", get_args(LabelKind))
def test_the_link_of_each_kind(kind: LabelKind) -> None:
    labels = TrainingLabels(0.5, ("a", "b", "c"), center=7.0, deviation=3.0)
    output: Any = OUTPUT if label_traits(kind).has_classes else OUTPUT[:, 2]
    link = labels_of_kind(kind).link
    in_graph = link(tf.constant(output), labels, GRAPH).numpy()
    np.testing.assert_allclose(link(output, labels, NUMPY), in_graph, rtol=1e-12)


def test_cross_entropies_are_those_of_the_probabilities() -> None:
    truth, log_odds = np.array([0.0, 1.0, 1.0]), np.array([-2.0, 0.0, 3.0])
    found = GRAPH.sigmoid_cross_entropy(tf.constant(truth), tf.constant(log_odds)).numpy()
    positive = NUMPY.sigmoid(log_odds)
    np.testing.assert_allclose(found, -np.log(np.where(truth == 1, positive, 1 - positive)))
    ids = np.array([2, 0, 1])
    scores = np.array([[0.0, 1.0, 2.0], [3.0, 0.0, -1.0], [0.5, 0.5, 0.5]])
    found = GRAPH.softmax_cross_entropy(tf.constant(ids), tf.constant(scores)).numpy()
    np.testing.assert_allclose(found, -np.log(NUMPY.softmax(scores)[np.arange(3), ids]))
