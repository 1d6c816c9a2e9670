"""Keras's optimizers with TensorFlow's own update kernels, which touch each weight once, and large tables only where looked up.

A gather's gradient names the rows that it looked up. Keras turns that into a gradient of the whole table, and moves all of it:
with millions of ids, that costs many times the rest of a step. For adagrad, ftrl and sgd, a row without a gradient would not
move anyway (but by sgd's momentum, so with it whole tables are updated). For adam it would, by what its averages remember; here
it waits, as in LazyAdam, until it is looked up again.
"""

from __future__ import annotations

from typing import Any, assert_never

import keras
import numpy as np
import tensorflow as tf

from contracts.messages.optimizers import Adagrad, Adam, Ftrl, OptimizerSpec, Sgd

LARGE_TABLE = 65_536
"""Tables of at least this many rows are updated row by row: to find a batch's distinct rows costs as much as that update."""

Rate = Any
"""A learning rate or a `keras.optimizers.schedules.LearningRateSchedule`."""


def make_optimizer(spec: OptimizerSpec, rate: Rate) -> keras.optimizers.Optimizer:
    """Return the optimizer of a request."""
    match spec:
        case Adam():
            return RowAdam(rate, beta_1=spec.beta_1, beta_2=spec.beta_2, epsilon=spec.epsilon)
        case Adagrad():
            return RowAdagrad(rate, initial_accumulator_value=spec.initial_accumulator, epsilon=spec.epsilon)
        case Ftrl():
            return RowFtrl(
                rate,
                initial_accumulator_value=spec.initial_accumulator,
                l1_regularization_strength=spec.l1,
                l2_regularization_strength=spec.l2,
                beta=spec.beta,
            )
        case Sgd():
            return RowSgd(rate, momentum=spec.momentum, nesterov=spec.nesterov)
        case _:
            assert_never(spec)


def _by_row(gradient: Any, variable: Any) -> tf.IndexedSlices | None:
    """Return the gradient of a large table with each row named once; None for any other gradient."""
    if not isinstance(gradient, tf.IndexedSlices) or variable.shape[0] < LARGE_TABLE:
        return None
    rows, place = tf.unique(gradient.indices)
    return tf.IndexedSlices(tf.math.unsorted_segment_sum(gradient.values, place, tf.size(rows)), rows)


class RowAdam(keras.optimizers.Adam):
    """Adam; lazy in large tables: there, only rows that were looked up are moved, and their averages with them."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move one variable."""
        index = self._get_variable_index(variable)
        average, square = self._momentums[index].value, self._velocities[index].value
        steps = tf.cast(tf.convert_to_tensor(self.iterations) + 1, tf.float32)
        powers = tf.pow(self.beta_1, steps), tf.pow(self.beta_2, steps)
        sparse = _by_row(gradient, variable)
        if sparse is None:
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=average.handle,
                v=square.handle,
                beta1_power=powers[0],
                beta2_power=powers[1],
                lr=learning_rate,
                beta1=self.beta_1,
                beta2=self.beta_2,
                epsilon=self.epsilon,
                grad=tf.convert_to_tensor(gradient),
            )
            return
        values, rows = sparse.values, sparse.indices
        averages = tf.gather(average, rows) * self.beta_1 + values * (1 - self.beta_1)
        squares = tf.gather(square, rows) * self.beta_2 + tf.square(values) * (1 - self.beta_2)
        average.scatter_update(tf.IndexedSlices(averages, rows))
        square.scatter_update(tf.IndexedSlices(squares, rows))
        rate = learning_rate * tf.sqrt(1 - powers[1]) / (1 - powers[0])
        variable.scatter_sub(tf.IndexedSlices(rate * averages / (tf.sqrt(squares) + self.epsilon), rows))


class RowAdagrad(keras.optimizers.Adagrad):
    """Adagrad; rows without a gradient do not change."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move one variable."""
        sums = self._accumulators[self._get_variable_index(variable)].value
        sparse = _by_row(gradient, variable)
        common = {"var": variable.handle, "accum": sums.handle, "lr": learning_rate, "epsilon": self.epsilon}
        if sparse is None:
            tf.raw_ops.ResourceApplyAdagradV2(**common, grad=tf.convert_to_tensor(gradient))
        else:
            tf.raw_ops.ResourceSparseApplyAdagradV2(**common, grad=sparse.values, indices=sparse.indices)


class RowFtrl(keras.optimizers.Ftrl):
    """FTRL-proximal; rows without a gradient do not change, once they are 0 (in a small table)."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move one variable."""
        index = self._get_variable_index(variable)
        sparse = _by_row(gradient, variable)
        common = {
            "var": variable.handle,
            "accum": self._accumulators[index].value.handle,
            "linear": self._linears[index].value.handle,
            "lr": learning_rate,
            "l1": self.l1_regularization_strength,
            "l2": self.l2_regularization_strength + self.beta / (2 * learning_rate),
            "l2_shrinkage": self.l2_shrinkage_regularization_strength,
            "lr_power": self.learning_rate_power,
        }
        if sparse is None:
            tf.raw_ops.ResourceApplyFtrlV2(**common, grad=tf.convert_to_tensor(gradient))
        else:
            tf.raw_ops.ResourceSparseApplyFtrlV2(**common, grad=sparse.values, indices=sparse.indices)

    def without_gradient(self, table: Any) -> np.ndarray[Any, Any]:
        """Return which rows of a table never had a gradient, bool [rows]: it moves those to 0, and with l1 others as well."""
        sums = self._accumulators[self._get_variable_index(table)].numpy()
        return np.all(sums == np.float32(self.initial_accumulator_value), axis=1)


class RowSgd(keras.optimizers.SGD):
    """Stochastic gradient descent; with momentum, rows without a gradient move on, and so whole tables are updated."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move one variable."""
        if self.momentum or not isinstance(gradient, tf.IndexedSlices):
            super().update_step(tf.convert_to_tensor(gradient), variable, learning_rate)
        else:
            variable.scatter_sub(tf.IndexedSlices(gradient.values * learning_rate, gradient.indices))
