"""Numbers of which quantiles are learned: the network's outputs are quantiles in training deviations from the training mean.

The outputs ascend, as the network makes them. Each prediction that is one number is the quantile nearest to the median.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modeling.label_kinds.operations import LossOperations
from modeling.label_kinds.regression import RegressionLabels


class QuantileLabels(RegressionLabels):
    """A regression by quantiles of ascending levels. Its metrics are those of a regression, of the point prediction."""

    def __init__(self, levels: Sequence[float]) -> None:
        self.levels = list(levels)

    @property
    def point(self) -> int:
        """Return the index of the median, else of the level nearest to it, of two the lower.

        >>> [QuantileLabels(levels).point for levels in ([0.1, 0.5, 0.9], [0.25, 0.75], [0.6, 0.9])]
        [1, 0, 0]
        """
        return min(range(len(self.levels)), key=lambda index: (round(abs(self.levels[index] - 0.5), 9), index))

    def loss(self, learned: Any, output: Any, operations: LossOperations) -> Any:
        """Return the mean pinball loss of the quantiles, [batch, levels], in deviations."""
        above = learned[:, None] - output
        levels = operations.float32(self.levels)
        return operations.mean_of_last(operations.maximum(levels * above, (levels - 1) * above))
