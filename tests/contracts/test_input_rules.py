"""Rules of a whole schema: in the order of the model's inputs, and the number of ids of each."""

from __future__ import annotations

import pytest

from contracts.input_rules import LEAST_BOUND, BucketInput, id_sizes, number_rules
from contracts.schema import Bucketize, Categorical, Cross, Feature, Hashed, Label, Numeric, Schema
from contracts.statistics import LabelStatistics, NumericStatistics, SplitStatistics, Statistics


def constant(value: float) -> NumericStatistics:
    return NumericStatistics(
        count=1, missing=0, infinite=0, zeros=0, negative=0, mean=value, std=0.0, min=value, max=value
    )


def test_rules_are_of_the_training_split_in_the_order_of_the_models_inputs() -> None:
    features: dict[str, Feature] = {
        "b": Numeric(dtype="int64", bucketize=Bucketize(bounds=[1])),
        "c": Categorical(),
        "z": Numeric(dtype="int64"),
        "a": Numeric(dtype="int64", scale="none"),
    }
    schema = Schema(features=features, label=Label(column="y"))
    label = LabelStatistics(count=1, positives=1)
    train = SplitStatistics(rows=1, features={"a": constant(1), "b": constant(2), "z": constant(3)}, label=label)
    test = SplitStatistics(rows=1, features={name: constant(9) for name in "abz"}, label=label)
    rules = number_rules(schema, Statistics(splits={"train": train, "test": test}))
    assert [(rule.feature, rule.fill) for rule in rules.scaled] == [("z", 3.0), ("a", 1.0)]
    assert [rule.feature for rule in rules.buckets] == ["b"]


def test_inputs_are_bounded_where_the_statistics_say_so() -> None:
    schema = Schema(features={"a": Numeric(dtype="int64")}, label=Label(column="y"))
    split = SplitStatistics(rows=1, features={"a": constant(1)}, label=LabelStatistics(count=1, positives=1))
    old = Statistics(splits={"train": split})
    assert [rule.bound for rule in number_rules(schema, old).scaled] == [None]
    bounded = old.model_copy(update={"has_bounds": True}).only("train")
    assert [rule.bound for rule in number_rules(schema, bounded).scaled] == [LEAST_BOUND]
    assert Statistics.model_validate_json(bounded.model_dump_json()).has_bounds


def test_a_feature_without_statistics_has_no_rule() -> None:
    schema = Schema(features={"a": Numeric(dtype="int64")}, label=Label(column="y"))
    split = SplitStatistics(rows=1, features={}, label=LabelStatistics(count=1, positives=1))
    with pytest.raises(KeyError, match="a"):
        number_rules(schema, Statistics(splits={"train": split}))


def test_only_numbers_need_quantiles() -> None:
    assert Numeric(impute="median").wanted_quantiles == [0.5]
    assert Categorical().wanted_quantiles == Hashed(buckets=2).wanted_quantiles == []


def test_how_many_ids_each_input_has() -> None:
    features: dict[str, Feature] = {
        "h": Hashed(buckets=5),
        "n": Numeric(dtype="int64", bucketize=Bucketize(bounds=[1, 2])),
        "c": Categorical(oov_buckets=3),
    }
    schema = Schema(features=features, crosses=[Cross(features=["c", "h"], buckets=9)], label=Label(column="y"))
    assert schema.id_inputs == ["c", "h", "n", "c_x_h"]
    assert id_sizes(schema, (BucketInput("n", None, (1.0, 2.0)),), {"c": 10}) == [14, 6, 4, 10]
