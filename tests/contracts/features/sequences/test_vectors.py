"""Vectors in requests and schemas."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.features import Numeric
from contracts.features.sequences.vectors import MOST_ELEMENTS, element_names
from contracts.schema import Label, Schema


@pytest.mark.parametrize("shape", [[], [0], [-1], [MOST_ELEMENTS + 1], [2, 3], 16, "16", [1.5]])
def test_a_shape_is_one_number_of_elements(shape: Any) -> None:
    with pytest.raises(ValidationError):
        Numeric.model_validate({"kind": "numeric", "shape": shape})


def test_the_largest_shape_is_one() -> None:
    assert len(element_names("v", [MOST_ELEMENTS])) == MOST_ELEMENTS


def schema(**more: Any) -> Schema:
    features = {f"v[{place}]": Numeric(dtype="float64") for place in range(2)}
    return Schema.model_validate({"features": features, "label": Label(column="y"), **more})


def test_a_schema_knows_the_elements_of_its_vectors() -> None:
    assert schema(vectors={"v": ["v[0]", "v[1]"]}).vectors == {"v": ["v[0]", "v[1]"]}
    assert schema(vectors={"v": ["v[0]", "v[1]"]}).fingerprint() != schema().fingerprint()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"vectors": {"v": ["v[0]", "v[2]"]}}, r"elements of vector 'v' must be numeric features"),
        ({"vectors": {"v[1]": ["v[0]"]}}, r"needs a name that no feature has. Received twice: 'v\[1\]'"),
        ({"features": {"a": Numeric(dtype="float64", shape=[2])}}, "a vector is stored as a numeric feature for each"),
    ],
)
def test_a_schema_of_other_vectors_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        schema(**more)
