"""Random masks of training rows, drawn so that runs repeat, and the weights of these rows."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from contracts.messages.trainings import MaskingSpec
from modeling.input_pipeline.feature_masking import FeatureMasking
from modeling.input_pipeline.shuffle_records import Batches
from modeling.layers.model_inputs import ModelInputs

_tf: Any = tf
"""Untyped: the stubs lack parts of `tf.random.experimental`."""

Parts = tuple[tf.Tensor, tf.Tensor]
"""Numbers and ids of model inputs, as `FeatureMasking` has them."""

_STREAM = 0x6D61736B
"""Sets these draws apart from those of the order of rows, which have the same seed."""


class TrainingMasks:
    """Masks a share of the rows of each batch, each row at a rate of its own.

    The rows at the beginning of a batch are masked: batches are in random order, so these are a random sample of the rows, and
    another one in each epoch. The draws depend on the seed, the first row of the worker's part, and the number of the batch
    since the beginning of training. A hashed feature is never made unseen, as every bucket may be that of a known token, and a
    cross with an unseen token is missing: buckets that no training row has stay untrained.
    """

    def __init__(self, masking: FeatureMasking, spec: MaskingSpec, seed: int, first_row: int) -> None:
        self._masking = masking
        self._spec = spec
        self._seed = (seed ^ _STREAM, first_row)

    def apply(self, inputs: Parts, batch: tf.Tensor) -> tuple[Parts, tf.Tensor]:
        """Return model inputs with some rows masked, and each row's rate, float32 [rows], 0 where it is not masked.

        `batch`: its number, int64 [].
        """
        spec, numeric, categorical = self._spec, *inputs
        assert spec.share is not None, "a settled request has it"
        seeds = _tf.random.split(_tf.random.experimental.stateless_fold_in(tf.constant(self._seed, tf.int64), batch), 4)
        # The remainder decides by chance, so that small batches have the share on average.
        wanted = tf.cast(tf.shape(numeric)[0], tf.float32) * spec.share + _tf.random.stateless_uniform([], seeds[0])
        rows = tf.cast(wanted, tf.int32)
        low, high = spec.rates
        rates = _tf.random.stateless_uniform([rows, 1], seeds[1], low, high) if low < high else tf.fill([rows, 1], low)
        draws = _tf.random.stateless_uniform([rows, len(self._masking.features)], seeds[2])
        masked = draws < rates
        # Below its rate, a draw is even as well: one draw decides both.
        unseen = (draws < rates * spec.unseen) & self._masking.has_vocabulary
        buckets = _tf.random.stateless_uniform([rows], seeds[3], None, None, tf.int64)
        hidden = self._masking.masked(
            (numeric[:rows], categorical[:rows]), masked & ~unseen, unseen, draws=buckets, unseen_pairs="missing"
        )
        masked_inputs = tf.concat([hidden[0], numeric[rows:]], 0), tf.concat([hidden[1], categorical[rows:]], 0)
        return masked_inputs, tf.pad(rates[:, 0], [[0, tf.shape(numeric)[0] - rows]])


def weights_at(rates: tf.Tensor, weight: float) -> tf.Tensor:
    """Return w / (w + (1 - w)·rate), float32 as the rates: 1 of a whole row, w of one that is masked throughout.

    Of a label whose variance is w given all fields, and 1 given none, these are the inverse variances if it grows evenly between.
    """
    return weight / (weight + (1 - weight) * rates)


def masked_batches(
    batches: Batches,
    *,
    model_inputs: ModelInputs,
    spec: MaskingSpec | None,
    seed: int,
    first_row: int,
    first_batch: int,
) -> Batches:
    """Return training batches with masked rows and their weights, if they have any; the same batches if `spec` masks none.

    `first_row`: of the worker's part of the split; `first_batch`: the number of batches in the epochs before these.
    """
    if spec is None or not spec.masks_anything:
        return batches
    masks = TrainingMasks(FeatureMasking(model_inputs), spec, seed, first_row)

    @tf.autograph.experimental.do_not_convert
    def masked(index: tf.Tensor, batch: Any) -> Any:
        inputs, label, *weight = batch
        hidden, rates = masks.apply(inputs, index)
        if spec.weight is None or spec.weight == 1:
            return hidden, label, *weight
        weights = weights_at(rates, spec.weight)
        return hidden, label, weights * weight[0] if weight else weights

    return batches.enumerate(first_batch).map(masked, tf.data.AUTOTUNE)
