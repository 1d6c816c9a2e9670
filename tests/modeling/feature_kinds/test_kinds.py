"""Which kind a feature has, and in which matrix its column stands."""

from __future__ import annotations

from contracts.schema import Categorical, Hashed, Label, Numeric, Schema
from modeling.feature_kinds.categorical import CategoricalFeatures
from modeling.feature_kinds.hashed import HashedFeatures
from modeling.feature_kinds.kinds import FeatureKinds
from modeling.feature_kinds.numeric import NumericFeatures
from modeling.feature_kinds.raw_values import RawColumns

SCHEMA = Schema(
    features={
        "h": Hashed(buckets=3),
        "n": Numeric(dtype="int64"),
        "c": Categorical(),
        "m": Numeric(dtype="float64"),
    },
    label=Label(column="y"),
)
KINDS = FeatureKinds(SCHEMA)


def test_each_feature_has_the_kind_of_its_declaration() -> None:
    kinds = {name: type(kind) for name, kind in KINDS.by_feature.items()}
    assert kinds == {"h": HashedFeatures, "n": NumericFeatures, "c": CategoricalFeatures, "m": NumericFeatures}


def test_raw_columns_stand_by_sort_in_the_order_of_the_schema() -> None:
    columns = RawColumns.of_features(SCHEMA)
    assert columns == (["n", "m"], ["h", "c"], []) == RawColumns.of(SCHEMA)
    assert columns.names == ["n", "m", "h", "c"]


def test_distributions_are_counted_as_numbers_or_as_tokens() -> None:
    assert (KINDS.measured_by("numbers"), KINDS.measured_by("tokens")) == (["n", "m"], ["h", "c"])
