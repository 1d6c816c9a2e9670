"""The context of SequenceExamples, and their feature lists."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf
from tests.sources.columnar.tfrecord.written import feature, read, write

from contracts.errors import InvalidData


def test_the_context_of_a_sequence_example(tmp_path: Path) -> None:
    lists = tf.train.FeatureLists(feature_list={"words": tf.train.FeatureList(feature=[feature(b"a"), feature(b"b")])})
    context = tf.train.Features(feature={"n": feature(3)})
    sequence = tf.train.SequenceExample(context=context, feature_lists=lists).SerializeToString()
    without = tf.train.SequenceExample(context=context).SerializeToString()
    only = tf.train.SequenceExample(feature_lists=lists).SerializeToString()
    file = write(tmp_path / "t.tfrecord", [without, sequence, only])
    with pytest.raises(InvalidData, match=r"record 2: a SequenceExample with feature lists") as error:
        read(file)
    assert error.value.pointer == "/source/feature_lists"
    assert read(file, feature_lists="ignore") == {"n": [3, 3, None]}
