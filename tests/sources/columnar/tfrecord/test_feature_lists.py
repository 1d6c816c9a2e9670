"""Feature lists of SequenceExamples as columns of lists, and those that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf
from tests.sources.columnar.tfrecord.written import feature, read, write

from contracts.errors import InvalidData
from contracts.features import TextRule


def sequence(lists: dict[str, list[tf.train.Feature]], **context: tf.train.Feature) -> bytes:
    features = {name: tf.train.FeatureList(feature=steps) for name, steps in lists.items()}
    return tf.train.SequenceExample(
        context=tf.train.Features(feature=context), feature_lists=tf.train.FeatureLists(feature_list=features)
    ).SerializeToString()


RULES = {"words": TextRule(separator="|"), "codes": TextRule(separator="|")}


def test_feature_lists_are_lists_of_the_value_of_each_step(tmp_path: Path) -> None:
    steps = [feature(b"a"), feature(b"b")]
    records = [
        sequence({"words": steps, "codes": [feature(7), feature(-1)]}, n=feature(3)),
        sequence({"words": [feature(b"c")], "codes": []}, n=feature(4)),
        sequence({"words": []}),
        tf.train.SequenceExample(context=tf.train.Features(feature={"n": feature(5)})).SerializeToString(),
    ]
    file = write(tmp_path / "t.tfrecord", records)
    assert read(file, feature_lists="read", text_rules=RULES) == {
        "codes": [b"7|-1", b"[]", None, None],
        "n": [3, 4, None, 5],
        "words": [b"a|b", b"c", b"[]", None],
    }


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (sequence({"words": [feature([b"a", b"b"])]}), "step 1 of the feature list 'words' has 2 values"),
        (sequence({"words": [feature(b"a"), tf.train.Feature()]}), "step 2 of the feature list 'words' has 0 values"),
        (
            sequence({"words": [feature(b"a"), feature(1)]}),
            "the steps of the feature list 'words' are of several types",
        ),
        (sequence({"words": [feature(b"a")]}, words=feature(b"b")), "'words' is a feature of the context, too"),
        (sequence({"words": [feature(b"a|b")]}), "holds a token with the separator '|'"),
    ],
)
def test_feature_lists_that_are_no_lists_are_bad_records(tmp_path: Path, record: bytes, reason: str) -> None:
    file = write(tmp_path / "t.tfrecord", [sequence({"words": [feature(b"a")]}), record])
    with pytest.raises(InvalidData, match="record 2") as error:
        read(file, feature_lists="read", text_rules=RULES)
    assert reason in str(error.value)
