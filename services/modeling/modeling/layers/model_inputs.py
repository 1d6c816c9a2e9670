"""The layers of this package put together: raw values in, model inputs out; the one place that chooses a kind's layer."""

from __future__ import annotations

from typing import Any, assert_never

import keras
import tensorflow as tf

from contracts.dataset.vocabulary import Vocabulary
from contracts.features import Categorical, Feature, Hashed, Numeric
from contracts.input_rules import NumberRules, id_sizes, number_rules
from contracts.schema import Schema
from contracts.statistics import Statistics
from modeling.layers.crossing import Crossing
from modeling.layers.feature_kinds.bags import BagInputs
from modeling.layers.feature_kinds.categorical import CategoricalInputs
from modeling.layers.feature_kinds.hashed import HashedInputs
from modeling.layers.feature_kinds.kind_inputs import KindInputs, RawTensors
from modeling.layers.feature_kinds.numeric import NumericInputs
from modeling.layers.missing_token import MissingToken


class ModelInputs(keras.layers.Layer):
    """Packed raw tensors to packed model inputs.

    `numeric`: float32 [batch, N], NaN where missing, and `categorical`: string [batch, M], empty where missing, in the order of
    `schema.number_columns` and `schema.token_columns`. To float32 [batch, `schema.number_inputs`] and int64 [batch,
    `id_width`], in the columns of `schema.id_columns`. Without inputs of a sort its width is 0. `number_width`: the number of
    inputs that are numbers; `sizes`: the number of ids of each of the others, `named_sizes`: the same by the input's name.
    """

    def __init__(
        self, schema: Schema, statistics: Statistics, vocabularies: dict[str, Vocabulary], **options: Any
    ) -> None:
        super().__init__(trainable=False, **options)
        self.schema, self.vocabularies = schema, vocabularies
        rules = number_rules(schema, statistics)
        self.number_width = len(schema.number_inputs)
        self.sizes = id_sizes(
            schema, rules.buckets, {name: len(vocabulary) for name, vocabulary in vocabularies.items()}
        )
        self.named_sizes = dict(zip(schema.id_inputs, self.sizes, strict=True))
        self.id_width = sum(schema.id_places)
        single = {feature.kind: feature for _, feature in schema.by_kind() if feature.bag is None}
        self.kinds = [_kind_inputs(feature, schema, rules, vocabularies) for feature in single.values()]
        self.bags = BagInputs(schema, vocabularies) if schema.bags else None
        tokens = list(schema.token_columns)
        self.missing = MissingToken([schema.nulls_of(name) for name in tokens])
        pairs = [(tokens.index(cross.features[0]), tokens.index(cross.features[1])) for cross in schema.crosses]
        self.cross = Crossing(pairs, [cross.buckets for cross in schema.crosses]) if pairs else None
        self.built = True

    @property
    def tables(self) -> list[Any]:
        """Resources that have to be saved with a graph that makes model inputs."""
        tables = [table for kind in self.kinds for table in kind.tables]
        return tables if self.bags is None else [*tables, *self.bags.tables]

    def call(self, numeric: tf.Tensor, categorical: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return numbers, then indicators; and ids, kind by kind, then those of crosses, then those of lists."""
        raw = RawTensors(numeric, categorical, self.missing)
        parts = [kind.inputs_of(raw) for kind in self.kinds]
        numbers = [part.numbers for part in parts] + [part.indicators for part in parts]
        ids = [part.ids for part in parts]
        if self.cross is not None:
            ids.append(self.cross(categorical, raw.missing_tokens))
        if self.bags is not None:
            ids.append(self.bags.ids(raw))
        rows = tf.shape(categorical)[0]
        return _side_by_side(numbers, rows, tf.float32), _side_by_side(ids, rows, tf.int64)


def _kind_inputs(
    feature: Feature, schema: Schema, rules: NumberRules, vocabularies: dict[str, Vocabulary]
) -> KindInputs:
    """Return the layer for all features of this one's kind."""
    match feature:
        case Numeric():
            return NumericInputs(schema, rules)
        case Categorical():
            return CategoricalInputs(schema, vocabularies)
        case Hashed():
            return HashedInputs(schema)
        case _:
            assert_never(feature)


def _side_by_side(parts: list[tf.Tensor | None], rows: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Return the matrices of [batch, …] that are not None as one; [batch, 0] without any."""
    made = [part for part in parts if part is not None]
    if not made:
        return tf.zeros([rows, 0], dtype)
    return made[0] if len(made) == 1 else tf.concat(made, axis=1)
