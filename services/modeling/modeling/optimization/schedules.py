"""The learning rate as a function of the step."""

from __future__ import annotations

import math
from typing import Any, assert_never

import keras
import tensorflow as tf

from contracts.messages.optimizers import ConstantSchedule, Cosine, Exponential, Plateau, ScheduleSpec, Step


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """`rate`, decayed over `steps_per_epoch` · `epochs` steps by `spec`, after its warm-up.

    In step s (from 0) of a warm-up of w steps the rate is multiplied by (s + 1) / w. `reduce` lowers the rate of a `plateau`.
    """

    def __init__(self, spec: ScheduleSpec, rate: float, steps_per_epoch: int, epochs: int) -> None:
        super().__init__()
        self._spec, self._rate, self._steps_per_epoch, self._epochs = spec, rate, steps_per_epoch, epochs
        self._reduced = tf.Variable(tf.constant(1.0), trainable=False) if isinstance(spec, Plateau) else None

    @property
    def most_reductions(self) -> int:
        """Return how often the rate may be reduced: 0 but for a `plateau`."""
        return self._spec.reductions if isinstance(self._spec, Plateau) else 0

    def reduce(self, times: int) -> None:
        """Set the rate to that after this number of reductions. Only for a `plateau`."""
        assert isinstance(self._spec, Plateau)
        assert self._reduced is not None
        self._reduced.assign(self._spec.factor**times)

    def __call__(self, step: Any) -> tf.Tensor:
        """Return the rate in that step, float32 []."""
        position = tf.cast(step, tf.float32)
        warmth = tf.constant(1.0)
        if self._spec.warmup_epochs:
            warmth = tf.minimum((position + 1) / max(self._spec.warmup_epochs * self._steps_per_epoch, 1.0), 1.0)
        return self._rate * warmth * self._share(position / self._steps_per_epoch)

    def _share(self, epoch: tf.Tensor) -> tf.Tensor:
        spec = self._spec
        match spec:
            case ConstantSchedule():
                return tf.constant(1.0)
            case Cosine():
                done = tf.minimum(epoch / self._epochs, 1.0)
                return spec.final + (1 - spec.final) * 0.5 * (1 + tf.cos(math.pi * done))
            case Exponential():
                return tf.pow(spec.factor, epoch / spec.epochs)
            case Step():
                return tf.pow(spec.factor, tf.floor(epoch / spec.epochs))
            case Plateau():
                assert self._reduced is not None
                return tf.convert_to_tensor(self._reduced)
            case _:
                assert_never(spec)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, as Keras requires."""
        return {
            "spec": self._spec.model_dump(),
            "rate": self._rate,
            "steps_per_epoch": self._steps_per_epoch,
            "epochs": self._epochs,
        }
