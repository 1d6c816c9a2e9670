"""Overrides of numeric transforms in a training request: other rules from the dataset's statistics, without Spark.

Records `raw` and the source itself (`none`) hold raw values, which the graph can impute and scale by any rule for which there are
statistics. Records `transformed` hold the results of the dataset's own rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from contracts.dataset.published import Dataset
from contracts.errors import InvalidRequest, pointer
from contracts.features import Numeric
from contracts.input_rules import number_rules
from contracts.messages.trainings import NumericOverride
from contracts.schema import Feature, Schema
from contracts.validation.invalid_fields import invalid_fields
from modeling.feature_kinds.kinds import FeatureKinds

_NULLABLE = {"bucketize", "clip"}
"""Fields for which null is a value; for others it means that the field is not overridden."""


def overridden(dataset: Dataset, overrides: Mapping[str, NumericOverride]) -> Schema:
    """Return the dataset's schema with overridden transforms of some numeric features.

    Raises `InvalidRequest` with a pointer into the training request where records hold final numbers, where there is no such
    numeric feature, where rules do not fit together, and where the statistics lack what they need.
    """
    schema = dataset.schema
    if not overrides:
        return schema
    manifest = dataset.manifest
    if manifest.records == "transformed":
        raise InvalidRequest(
            f"the records of dataset {manifest.name!r} hold numbers that are filled in and scaled already (records transformed); "
            "leave features out, or make the dataset again with records raw or none",
            pointer="/features",
        )
    kinds = FeatureKinds(schema)
    features: dict[str, Feature] = dict(schema.features)
    for name, override in overrides.items():
        features[name] = _feature(kinds, schema, name, override)
    try:
        changed = Schema.model_validate(schema.model_copy(update={"features": features}).model_dump())
    except ValidationError as error:
        raise InvalidRequest(invalid_fields(error.errors(), Schema, None)[0].detail, pointer="/features") from error
    try:
        number_rules(changed, dataset.statistics())
    except InvalidRequest as error:
        raise InvalidRequest(error.message, pointer="/features") from error
    return changed


def _feature(kinds: FeatureKinds, schema: Schema, name: str, override: NumericOverride) -> Feature:
    kind = kinds.by_feature.get(name)
    if kind is None:
        known = ", ".join(map(repr, list(schema.of_kind(Numeric))[:20])) or "none"
        raise InvalidRequest(
            f"the dataset has no feature {name!r}; its numeric features: {known}", pointer=pointer("features", name)
        )
    given = {field: value for field, value in override.model_dump().items() if value is not None or field in _NULLABLE}
    return kind.overridden(name, given)
