"""The operations of which links and losses are made: one formula, evaluated by NumPy and by TensorFlow.

TensorFlow's are in `modeling.optimization.tensor_operations`. Arrays and tensors are both `Any` here; formulas use arithmetic
operators on them, too.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from modeling.metrics.binary import probabilities
from sources.arrays import Array


class LinkOperations(Protocol):
    """Elementwise, but for `softmax`."""

    def sigmoid(self, x: Any) -> Any:
        """Return the probabilities of log-odds."""
        ...

    def softmax(self, x: Any) -> Any:
        """Return the probabilities of scores, over the last axis."""
        ...


class LossOperations(LinkOperations, Protocol):
    """Operations of losses, on top of those of links; only the graph evaluates them."""

    def clip(self, x: Any, bound: float) -> Any:
        """Return x, between -bound and bound."""
        ...

    def float32(self, x: Any) -> Any:
        """Return x as float32."""
        ...

    def square(self, x: Any) -> Any:
        """Return x²."""
        ...

    def maximum(self, x: Any, y: Any) -> Any:
        """Return the greater one."""
        ...

    def mean_of_last(self, x: Any) -> Any:
        """Return the mean over the last axis."""
        ...

    def sigmoid_cross_entropy(self, truth: Any, log_odds: Any) -> Any:
        """Return the negative log-likelihood of 0 or 1, both float32 [batch]."""
        ...

    def softmax_cross_entropy(self, class_ids: Any, scores: Any) -> Any:
        """Return the negative log-likelihood of class ids [batch], given scores [batch, classes]."""
        ...


class NumpyOperations:
    """`LinkOperations` on float64 arrays."""

    def sigmoid(self, x: Array) -> Array:
        """Return the probabilities of log-odds."""
        return probabilities(x)

    def softmax(self, x: Array) -> Array:
        """Return the probabilities of scores, over the last axis."""
        powers = np.exp(x - x.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)
