"""Features of a batch made missing or unseen, in the model's inputs: for training with feature masking, and for evaluation.

It works on model inputs, so that records of every form are masked alike, and the result is bit for bit what serving computes for
a row without those fields. Nothing is drawn here: callers say which features of which rows are hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from contracts.features import FIRST_ID, NO_ID, Categorical, Feature, Hashed
from contracts.schema import Schema
from modeling.layers.model_inputs import ModelInputs

UnseenPairs = Literal["hashed", "missing"]
"""The id of a cross with an unseen token: that of some bucket, as a hash chooses in serving, or that of a missing pair."""

Inputs = tuple[tf.Tensor, tf.Tensor] | tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
"""Numbers, float32 [rows, `number_width`], and ids, int64 [rows, ids], of `ModelInputs`."""

Mask = tf.Tensor | np.ndarray[Any, np.dtype[np.bool_]]
"""Bool [rows, features]."""

_ROW_FACTOR = -7046029254386353131
_COLUMN_FACTOR = -4658895280553007687
"""Odd numbers of SplitMix64, as int64: products with them differ in their upper bits for neighboring rows and columns."""
_UPPER_BITS = 32


class FeatureMasking:
    """Makes features of model inputs missing, or unseen.

    Masks are bool [rows, features], features in the order of `features`, which is that of the schema. A missing feature becomes
    what imputation makes of it: the fill value after scaling, indicator 1, id 0 of a token, the id of a bucketized number without
    a value. An unseen token becomes an out-of-vocabulary id of its feature, or a bucket of a hashed one; only features that
    `can_be_unseen` can be, and of others that part of the mask is ignored. A cross is missing where one of its tokens is, and
    otherwise unseen where one of them is. A feature that is both is missing.
    """

    def __init__(self, model_inputs: ModelInputs) -> None:
        schema = model_inputs.schema
        features = schema.features
        self.features: tuple[str, ...] = tuple(features)
        unseen_ids = {name: _unseen_ids(feature) for name, feature in features.items()}
        self.can_be_unseen = np.array([unseen_ids[name] > 0 for name in self.features])
        """For each feature whether it has a value that training may not have seen: bool [features]."""
        self.has_vocabulary = np.array([isinstance(features[name], Categorical) for name in self.features])
        """For each feature whether its unseen tokens have ids that known ones never have: bool [features]."""
        place = {name: index for index, name in enumerate(self.features)}
        self._number_places = _number_places(schema, place)
        single = [name for name, feature in schema.by_kind() if feature.bag is None for _ in feature.id_inputs(name)]
        crosses = [(cross.features[0], cross.features[1]) for cross in schema.crosses]
        lists = [name for name, bag in schema.bags.items() for _ in range(bag.max)]
        pairs = [(name, name) for name in single] + crosses + [(name, name) for name in lists]
        self._id_places = [(place[first], place[second]) for first, second in pairs]
        self._is_cross = np.array([False] * len(single) + [True] * len(crosses) + [False] * len(lists))
        buckets = [unseen_ids[name] for name in single] + [cross.buckets for cross in schema.crosses]
        self._buckets = np.array([*buckets, *(unseen_ids[name] for name in lists)], np.int64)
        later = [place > 0 for bag in schema.bags.values() for place in range(bag.max)]
        self._is_unused = np.array([False] * len(buckets) + later)
        self._first_ids = np.array([FIRST_ID] * len(buckets) + [FIRST_ID + 1] * len(lists), np.int64)
        absent = model_inputs(
            tf.constant(np.full((1, len(schema.number_columns)), np.nan, np.float32)),
            tf.constant(np.full((1, len(schema.token_columns)), b"", object), tf.string),
        )
        self._missing_numbers, self._missing_ids = (part.numpy() for part in absent)

    def masked(
        self,
        inputs: Inputs,
        missing: Mask,
        unseen: Mask | None = None,
        *,
        draws: tf.Tensor | None = None,
        unseen_pairs: UnseenPairs = "hashed",
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return model inputs `(numeric, categorical)` with these features missing or unseen; eagerly or inside a graph.

        `draws`: int64 [rows], from which the buckets of unseen tokens follow, as from a hash; by default the rows' indices.
        """
        numeric, categorical = map(tf.convert_to_tensor, inputs)
        if self._number_places:
            hidden = tf.gather(missing, self._number_places, axis=1)
            numeric = tf.where(hidden, self._missing_numbers, numeric)
        if not self._id_places:
            return numeric, categorical
        if unseen is not None:
            numbers = tf.range(tf.shape(categorical)[0], dtype=tf.int64) if draws is None else draws
            categorical = tf.where(
                self._of_ids(unseen & self.can_be_unseen), self._unseen(numbers, unseen_pairs), categorical
            )
        return numeric, tf.where(self._of_ids(missing), self._missing_ids, categorical)

    def _of_ids(self, mask: Mask) -> tf.Tensor:
        """Return for each id input whether one of its features is masked, bool [rows, ids]."""
        first, second = zip(*self._id_places, strict=True)
        masked = tf.gather(mask, first, axis=1)
        return masked | tf.gather(mask, second, axis=1) if self._is_cross.any() else masked

    def _unseen(self, draws: tf.Tensor, unseen_pairs: UnseenPairs) -> tf.Tensor:
        """Return an id of an unseen token for each row and id input, int64 [rows, ids]."""
        columns = np.arange(len(self._buckets), dtype=np.int64) + 1
        with np.errstate(over="ignore"):
            columns = columns * np.int64(_COLUMN_FACTOR)
        mixed = tf.bitwise.right_shift(draws[:, tf.newaxis] * _ROW_FACTOR + columns, np.int64(_UPPER_BITS))
        ids = tf.math.floormod(mixed, np.maximum(self._buckets, 1)) + self._first_ids
        if self._is_unused.any():  # an unseen list is a single token that no training row had
            ids = tf.where(self._is_unused, tf.constant(NO_ID, tf.int64), ids)
        return tf.where(self._is_cross, self._missing_ids, ids) if unseen_pairs == "missing" else ids


def _number_places(schema: Schema, place: Mapping[str, int]) -> list[int]:
    """Return the place of the feature of each of `schema.number_inputs`."""
    numbers = [place[name] for name, feature in schema.by_kind() for _ in feature.number_inputs(name)]
    return [*numbers, *(place[name] for name, feature in schema.by_kind() for _ in feature.indicator_inputs(name))]


def _unseen_ids(feature: Feature) -> int:
    """Return the number of ids, from `FIRST_ID`, that an unseen token of the feature may have; 0 for a number."""
    match feature:
        case Categorical():
            return feature.oov_buckets
        case Hashed():
            return feature.buckets
        case _:
            return 0
