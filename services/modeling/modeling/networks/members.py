"""Networks of several members: each member has a loss of its own in training, and their mean predicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from modeling.networks.base import Network


class MemberNetwork(Network):
    """A network whose `outputs_of` returns float32 [batch, members, outputs], without an activation.

    In training these are the outputs, and the loss is the mean of the members' losses. Else their mean is, [batch, outputs]: it
    is of log-odds and scores, so the output means the same as any other network's.
    """

    def __init__(self, name: str, outputs: int, members: int) -> None:
        super().__init__(name, outputs)
        self.members = members

    def finished(self, outputs: tf.Tensor, *, training: bool) -> tf.Tensor:
        """Return float32 [batch, outputs], or in training [batch, members, outputs].

        Outputs that ascend are ordered in each member, and their mean ascends as well.
        """
        steps = self.steps(outputs)
        return self.added(steps if training else tf.reduce_mean(steps, axis=1))

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,  # noqa: FBT001, FBT002 - Keras's signature
    ) -> Any:
        """Return the loss of the mean, or in training the mean of the members' losses."""
        if self._is_by_member(y_pred):
            y_pred = tf.reshape(y_pred, [-1, *y_pred.shape[2:]])
            y = tf.repeat(y, self.members)
            sample_weight = None if sample_weight is None else tf.repeat(sample_weight, self.members)
        return super().compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the metrics of the members' mean."""
        mean = tf.reduce_mean(y_pred, axis=1) if self._is_by_member(y_pred) else y_pred
        return super().compute_metrics(x, y, mean, sample_weight)

    def _is_by_member(self, outputs: tf.Tensor) -> bool:
        return outputs.shape.rank == (2 if self.outputs_wide == 1 else 3)


class IndependentNetworks(MemberNetwork):
    """Networks of one kind that share nothing: each begins with weights of its own and learns from the same batches."""

    def __init__(self, networks: Sequence[Network], outputs: int) -> None:
        super().__init__(networks[0].name, outputs, len(networks))
        self.networks = list(networks)

    def outputs_of(self, inputs: Any, *, training: bool) -> tf.Tensor:
        """Return float32 [batch, members, outputs], without an activation."""
        return tf.stack([one.outputs_of(inputs, training=training) for one in self.networks], axis=1)
