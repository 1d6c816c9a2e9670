"""Lists of both kinds of tokens as parts of the model's inputs."""

from __future__ import annotations

import tensorflow as tf

from contracts.dataset.vocabulary import Vocabulary
from contracts.features import Categorical, Hashed, Many
from contracts.schema import Label, Schema
from modeling.layers.feature_kinds.bags import BagInputs
from modeling.layers.feature_kinds.kind_inputs import RawTensors
from modeling.layers.missing_token import MissingToken


def test_lists_of_all_features_stand_next_to_each_other() -> None:
    schema = Schema(
        features={"c": Categorical(), "h": Hashed(buckets=1, many=Many(max=2)), "l": Categorical(many=Many(max=3))},
        label=Label(column="y"),
    )
    bags = BagInputs(schema, {"l": Vocabulary.of([b"a", b"b"], [9, 5])})
    tokens = tf.constant([["x", "p|q", "b|a|zzz"], ["x", "NA", "[]"], ["x", "[]", ""], ["x", "|", "||"]])
    raw = RawTensors(tf.zeros([4, 0]), tokens, MissingToken([["NA"]] * 3))
    assert list(schema.bags) == ["l", "h"]
    assert bags.ids(raw).numpy().tolist() == [[4, 3, 2, 2, 2], [0, 0, 0, 1, 0], [1, 0, 0, 0, 0], [2, 2, 0, 2, 0]]
    assert len(bags.tables) == 2
